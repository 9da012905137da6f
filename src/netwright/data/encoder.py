"""One encoder for whatever the inputs are: images or rows. Systems add their targets to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Protocol, TypeAlias

from pydantic import Field

from netwright.base.errors import DataError
from netwright.contract import Examples
from netwright.data.images.columns import is_images
from netwright.data.images.encoder import ImageEncoder, fit_images
from netwright.data.images.learned.whitening import whitened
from netwright.data.tables.encoder import RowEncoder, fit_encoder_of_rows
from netwright.data.tables.rows import is_rows
from netwright.recipe import nets

if TYPE_CHECKING:
    from netwright.data.images.pixel_array import Pixels
    from netwright.recipe import ImageOrRowRecipe

Encoder: TypeAlias = Annotated[ImageEncoder | RowEncoder, Field(discriminator="kind")]


class _Encodes(Protocol):
    """A codec of whatever the inputs are."""

    @property
    def encoder(self) -> Encoder: ...


def pictured(codec: _Encodes, inputs: Sequence[Any]) -> Pixels | None:
    """Prepared images as they were before; None of rows. It is ``contract.System.pictured``."""
    encoder = codec.encoder
    return encoder.pixels(inputs[0]) if isinstance(encoder, ImageEncoder) else None


def of_moments(
    mu: Sequence[float], sigma: Sequence[float], recipe: ImageOrRowRecipe
) -> ImageEncoder:
    """How the images of published weights were standardized; of what size matters to nobody."""
    side = recipe.data.image_size if recipe.data.image_size != "auto" else 1
    return ImageEncoder(side, side, len(mu), tuple(mu), tuple(sigma))


def fit_encoder(
    train: Examples, recipe: ImageOrRowRecipe, before: Encoder | None = None
) -> Encoder:
    """The encoder for these inputs, learned from the training split alone.

    Args:
        before: of an earlier run that training starts from, whose weights expect its mu and sigma.

    Raises:
        DataError: the inputs are neither images nor rows, or not what they were before.
    """
    if is_images(train.inputs) and not isinstance(before, RowEncoder):
        encoder = fit_images(train, recipe, before)
        fresh = before is None and recipe.model.name in nets.WHITENED
        return whitened(encoder, train) if fresh else encoder
    if is_rows(train.inputs) and not isinstance(before, ImageEncoder):
        return fit_encoder_of_rows(train, recipe) if before is None else before
    if before is not None:
        raise DataError(
            f"the inputs are not {before.kind}, which the run that training starts from has learned"
            " from: start from another run, or from none."
        )
    raise DataError(
        f"the inputs are {type(train.inputs).__name__}: expected images or rows of a table."
    )
