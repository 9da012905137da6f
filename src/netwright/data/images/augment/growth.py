"""Images that begin small and grow to their full size while a net trains.

Howard et al. 2018 for DAWNBench, "progressive resizing": early steps at a part of the side take a
fraction of the time and learn as much.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from netwright.base.errors import RecipeError
from netwright.recipe import nets

if TYPE_CHECKING:
    from torch import Tensor

    from netwright.recipe import ImageOrRowRecipe

SMALL, GROWN = 0.2, 0.5
"""The fractions of the training after which images begin to grow, and have their full size."""

LEAST = 16
"""Pixels a side below which no image shrinks: nets that pool leave nothing of less."""

STEPS = 8
"""Sizes are eighths of the side, so that there are few shapes of batches."""


def check(recipe: ImageOrRowRecipe) -> None:
    """Refuse images that grow for a net that takes one size alone.

    Raises:
        RecipeError: the recipe asks for it.
    """
    first, name = recipe.data.first_size, recipe.model.name
    if first not in ("auto", 1) and name not in ("auto", *nets.ANY_SIDE):
        raise RecipeError(
            f"data.first_size = {first:g}: model '{name}' reads images of one size alone; expected"
            f" 1, or one of the nets {', '.join(nets.ANY_SIDE)}."
        )


def part_of_side(first: float, progress: float) -> float:
    """The part of the side at which a step sees its images.

    ``first`` for a fifth of the training; then it grows evenly, by eighths, and is 1 for the second
    half.

    >>> [part_of_side(0.625, done) for done in (0, 0.2, 0.3, 0.4, 0.5, 1)]
    [0.625, 0.625, 0.75, 0.875, 1.0, 1.0]
    """
    grown = min(1.0, max(0.0, (progress - SMALL) / (GROWN - SMALL)))
    part = first + (1 - first) * grown
    return max(first, math.floor(part * STEPS + 1e-9) / STEPS)


def shrunk(images: Tensor, part: float) -> Tensor:
    """(B, C, H, W) -> the same at this part of each side, antialiased; the channels last."""
    from torch.nn import functional as F

    if part >= 1:
        return images
    size = [max(min(side, LEAST), round(part * side)) for side in images.shape[2:]]
    return F.interpolate(images, size, mode="bilinear", antialias=True, align_corners=False)
