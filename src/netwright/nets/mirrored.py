"""Answers to an image and to its mirror, averaged (test-time augmentation; notes 4.2.14)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from netwright.recipe import ImageOrRowRecipe

if TYPE_CHECKING:
    from torch import nn

    from netwright.contract import Batch

RecipeT = TypeVar("RecipeT", bound=ImageOrRowRecipe)


def forward(net: nn.Module, batch: Batch, recipe: ImageOrRowRecipe) -> Any:
    """What the net makes of the batch's inputs; outside of training, where the recipe mirrors
    answers, the mean of that and of what it makes of the mirrored images.
    """
    if net.training or recipe.model.mirror_answers is not True:
        return net(*batch.inputs)
    (images,) = batch.inputs
    other = net(images.flip(3))  # first: who watches the layers sees the image itself last
    return (net(images) + other) / 2


def each_epoch(recipe: RecipeT) -> RecipeT:
    """The recipe without mirrored answers: single ones, in half of the time, compare epochs."""
    if recipe.model.mirror_answers is not True:
        return recipe
    return recipe.changed({"model.mirror_answers": False})
