"""A sheet of augmented images: each row an example, then how eleven epochs would see it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from netwright.base.errors import DataError, RecipeError
from netwright.contract import Draws, Examples
from netwright.data import defaults
from netwright.data.images.augment import augment, policy
from netwright.data.images.augment.mix import draw_mix, mix, mixes
from netwright.data.images.columns import is_images
from netwright.data.images.encoder import fit_images
from netwright.data.images.sheets import rows
from netwright.data.images.sheets.examples import by_class, spread
from netwright.data.images.sheets.page import expect_png, file_name
from netwright.recipe import Augment, ImageOrRowRecipe

if TYPE_CHECKING:
    from torch import Tensor

EXAMPLES = 12
"""Rows of the sheet: so many examples, of as many classes as there are."""


def draw_augmented(
    examples: Examples, labels: Sequence[str | None], recipe: ImageOrRowRecipe, path: Path
) -> Augment:
    """Write a PNG of examples with what the recipe's augmentation makes of them.

    Args:
        labels: the class of each example; None where it has none.
        recipe: its ``auto`` values are chosen as for training.

    Returns:
        The policy that was drawn, without ``auto``.

    Raises:
        DataError: the examples are no images, or the name does not end in .png.
        RecipeError: the augmentation would destroy the labels, does not suit the images, or is off
            altogether.
    """
    expect_png(path)
    if not is_images(examples.inputs):
        raise DataError("--augment draws images, and this source holds none.")
    complete = defaults.complete(recipe, examples)
    if not policy.wanted(complete.augment) and not mixes(complete.augment):
        raise RecipeError(
            "nothing is augmented, so there is nothing to draw: turn a knob on, for example --set"
            " augment.rotate=10."
        )
    rows.write(list(_rows(examples, labels, complete)), path)
    return complete.augment


def _rows(
    examples: Examples, labels: Sequence[str | None], recipe: ImageOrRowRecipe
) -> Iterator[rows.SheetRow]:
    import torch

    encoder = fit_images(examples, recipe)
    named = _chosen(labels)
    (pixels,) = encoder.encode(examples.take([at for _, at in named]))
    copies = rows.COLUMNS - 1
    draws = Draws(recipe.training.seed, 0, torch.device("cpu"), copies * len(named), slice(None))
    changed, _ = augment(
        pixels.repeat_interleave(copies, dim=0),
        recipe.augment,
        draws,
        mean=encoder.mu,
        axes=encoder.axes,
    )
    if mixes(recipe.augment):
        changed = _mixed(changed, recipe, copies)
    bytes_ = (
        changed.permute(0, 2, 3, 1)
        .round()
        .to(torch.uint8)
        .view(len(named), copies, *pixels.shape[1:])
    )
    for (name, at), own, others in zip(named, pixels.numpy(), bytes_.numpy(), strict=True):
        yield rows.SheetRow(name, file_name(examples.sources[at])[-rows.NOTE :], [own, *others])


def _mixed(changed: Tensor, recipe: ImageOrRowRecipe, copies: int) -> Tensor:
    """(rows * copies, C, H, W): each column of the sheet mixed as one batch.

    A row's partners stand in the other rows.
    """
    import torch

    columns = []
    for step, column in enumerate(changed.view(-1, copies, *changed.shape[1:]).unbind(1)):
        drawn = draw_mix(recipe.augment, recipe.training.seed, step, len(column), column.shape[2:])
        columns.append(mix(column, column, drawn.partners, drawn))
    return torch.stack(columns, dim=1).flatten(0, 1)


def _chosen(labels: Sequence[str | None]) -> list[tuple[str, int]]:
    """(label, place) of up to twelve examples: one or more of each class."""
    classes = by_class(labels)[:EXAMPLES]
    each = max(1, EXAMPLES // max(1, len(classes)))
    return [(name, at) for name, places in classes for at in spread(places, each)]
