"""Statistics and steps of the systems whose inputs are images or rows of a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from netwright.base.errors import RecipeError
from netwright.contract import Examples, Synthesis, SynthesisStep
from netwright.data.images.columns import is_images
from netwright.data.images.encoder import channels_of
from netwright.data.synthesis import image_steps
from netwright.data.synthesis.image_statistics import of_images
from netwright.data.synthesis.row_statistics import of_rows
from netwright.recipe import ImageOrRowRecipe, resolved

Floats = np.ndarray[Any, np.dtype[np.float64]]


def statistics(examples: Examples, others: Examples, recipe: ImageOrRowRecipe) -> dict[str, Floats]:
    """Of images how they look, of rows each column."""
    if not is_images(examples.inputs):
        return of_rows(examples, others)
    return of_images(examples, resolved(recipe.data.image_size), channels_of(others))


def _steps(examples: Examples, recipe: ImageOrRowRecipe) -> Sequence[SynthesisStep]:
    return image_steps.steps(examples, recipe) if is_images(examples.inputs) else ()


def _change(examples: Examples, rows: Sequence[int], recipe: ImageOrRowRecipe) -> Examples:
    """Images as the recipe changes them.

    Raises:
        RecipeError: the inputs are rows.
    """
    if not is_images(examples.inputs):
        raise RecipeError(
            "synthesis changes images, and the source is a table: leave synthesis out."
        )
    return image_steps.change(examples, rows, recipe)


SYNTHESIS: Synthesis[Any] = Synthesis(_steps, _change)
