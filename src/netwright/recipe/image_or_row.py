"""The recipe of a system whose inputs are images or rows of a table, read by the nets for both."""

from __future__ import annotations

from typing import Annotated, Literal, Protocol

from pydantic import Field

from netwright.recipe.augment import Augment
from netwright.recipe.data import Data
from netwright.recipe.knobs import Auto, Count, knob
from netwright.recipe.nets import Initialization, NetModel
from netwright.recipe.recipe import Recipe
from netwright.recipe.synthesis import ImageSynthesis

SMALLEST_IMAGE = 4
"""The least side that images are brought to."""


LARGEST_IMAGE = 2048
"""The largest: a batch of 32 takes 400 MB as bytes."""


class ImageData(Data):
    """What to learn from."""

    image_size: Auto | Annotated[int, Field(ge=SMALLEST_IMAGE, le=LARGEST_IMAGE)] = knob(
        "auto", "height and width that images are brought to"
    )
    white: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = knob(
        None, "the value that becomes white, of images of more than 8 bits; null: by what they hold"
    )


class ImageSettings(Protocol):
    """What of a recipe the encoder of images reads."""

    @property
    def data(self) -> ImageData:
        """With the size that images are brought to."""
        ...

    @property
    def augment(self) -> Augment:
        """How images are augmented."""
        ...


class ImageOrRowData(ImageData):
    """What to learn from."""

    first_size: Auto | Annotated[float, Field(ge=0.25, le=1)] = knob(
        "auto",
        "training begins with images of this fraction of the side, which grow to all of it; 1: full"
        " size throughout (images)",
        low=0.5,
        high=1.0,
    )
    encoding: Auto | Literal["standard", "quantile"] = knob(
        "auto",
        "quantile: numbers by their place among those of training; standard: by mean and deviation"
        " (tables)",
        scale="choice",
    )
    rare: Auto | Count = knob(
        "auto",
        "rows in training that a known category has; rarer ones are pooled with the unknown"
        " (tables)",
    )


class ImageOrRowModel(NetModel):
    """The net: one of the table of architectures for images and rows."""

    mirror_answers: Auto | bool = knob(
        "auto",
        "answer an image by the mean over it and its mirror, in twice the time (auto: photographs"
        " that are mirrored)",
    )


class ImageOrRowRecipe(Recipe):
    """What every system has, the nets for images and rows, and how images are augmented.

    A system adds what training makes small.
    """

    data: ImageOrRowData = ImageOrRowData()
    model: ImageOrRowModel = ImageOrRowModel()
    initialization: Initialization = Initialization()
    augment: Augment = Augment()
    synthesis: ImageSynthesis = ImageSynthesis()
