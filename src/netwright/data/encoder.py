"""One encoder for whatever the inputs are: images or rows. Systems add their targets to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypeAlias

from pydantic import Field

from netwright.base.errors import DataError
from netwright.contract import Examples
from netwright.data.images.columns import is_images
from netwright.data.images.encoder import ImageEncoder, fit_images
from netwright.data.tables.encoder import RowEncoder, fit_rows
from netwright.data.tables.rows import is_rows

if TYPE_CHECKING:
    from netwright.recipe import ImageOrRowRecipe

Encoder: TypeAlias = Annotated[ImageEncoder | RowEncoder, Field(discriminator="kind")]


def fit_encoder(train: Examples, recipe: ImageOrRowRecipe) -> Encoder:
    """The encoder for these inputs, learned from the training split alone.

    Raises:
        DataError: the inputs are neither images nor rows.
    """
    if is_images(train.inputs):
        return fit_images(train, recipe)
    if is_rows(train.inputs):
        return fit_rows(train)
    raise DataError(
        f"the inputs are {type(train.inputs).__name__}: expected images or rows of a table."
    )
