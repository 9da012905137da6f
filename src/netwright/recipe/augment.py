"""How the inputs are changed while training."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from netwright.recipe.knobs import Auto, Fraction, Section, knob
from netwright.recipe.turns import Turn, less, times


def _turns(most: float, start: float) -> tuple[Turn, ...]:
    return Turn("less regularization", less(2)), Turn(
        "more augmentation", times(1.5, most=most, start=start)
    )


class Augment(Section):
    """Changes that keep the label, drawn anew at every epoch (notes 2.1.5, 4.2.13).

    Images only, but for mixup.

    Off is 0 or false. ``auto`` becomes small shifts, turns, zooms and shears, everything else off;
    or what ``strength`` says.
    """

    LIVE: ClassVar[Literal["all"]] = "all"

    shift: Auto | Fraction = knob(
        "auto",
        "shift by up to this fraction of the side, each way",
        low=0.0,
        high=0.15,
        tier=3,
        turns=_turns(0.15, 0.1),
    )
    rotate: Auto | Annotated[float, Field(ge=0, le=180)] = knob(
        "auto",
        "turn by up to this many degrees, each way",
        low=0,
        high=20,
        tier=3,
        turns=_turns(20, 10.0),
    )
    zoom: Auto | Fraction = knob(
        "auto",
        "up to this fraction larger or smaller",
        low=0.0,
        high=0.2,
        tier=3,
        turns=_turns(0.2, 0.1),
    )
    shear: Auto | Annotated[float, Field(ge=0, le=60)] = knob(
        "auto",
        "slant by up to this many degrees, each way",
        low=0,
        high=15,
        tier=3,
        turns=_turns(15, 5.0),
    )
    mirror: Auto | bool = knob(
        "auto",
        "left and right exchanged for half of the images (never for digits, text; auto: for"
        " photographs, where classes allow it)",
    )
    flip: bool = knob(
        False,
        "top and bottom exchanged for half of the images (seen from above, under a microscope)",
    )
    crop: Auto | Fraction = knob(
        "auto",
        "padded by this fraction of the side and cut back at a random place, by whole pixels",
        low=0.0,
        high=0.15,
    )
    resized_crop: Auto | Fraction = knob(
        "auto",
        "up to this fraction of the area cut away, the rest brought back to full size",
        low=0.0,
        high=0.75,
    )
    fill: Literal["mirror", "edge", "black"] = knob(
        "mirror", "what lies outside of the image", scale="choice"
    )
    brightness: Auto | Fraction = knob(
        "auto", "up to this fraction brighter or darker", low=0.0, high=0.4
    )
    contrast: Auto | Fraction = knob(
        "auto", "up to this fraction more or less contrast", low=0.0, high=0.4
    )
    saturation: Auto | Fraction = knob(
        "auto", "up to this fraction more or less saturated (colour images)", low=0.0, high=0.4
    )
    hue: Auto | Annotated[float, Field(ge=0, le=180)] = knob(
        "auto",
        "up to this many degrees around the circle of colours, each way (colour images)",
        low=0,
        high=30,
    )
    pca: Auto | Annotated[float, Field(ge=0, le=1)] = knob(
        "auto",
        "principal colours of the training pixels added, times a normal number of this deviation"
        " (AlexNet: 0.1)",
        low=0.0,
        high=0.2,
    )
    grey: Auto | Annotated[float, Field(ge=0, le=1)] = knob(
        "auto", "fraction of the images that lose their colours (colour images)", low=0.0, high=0.2
    )
    blur: Auto | Annotated[float, Field(ge=0, le=10)] = knob(
        "auto", "Gaussian blur of a deviation of up to this many pixels", low=0.0, high=1.5
    )
    noise: Auto | Fraction = knob(
        "auto",
        "Gaussian noise of a deviation of up to this fraction of the range from black to white",
        low=0.0,
        high=0.1,
    )
    erase: Auto | Fraction = knob(
        "auto",
        "a rectangle of up to this fraction of the area takes the mean colour",
        low=0.0,
        high=0.3,
    )
    mixup: Annotated[float, Field(ge=0, le=10)] = knob(
        0.0, "each example and its target averaged with another's by a weight from Beta(this, this)"
    )
    cutmix: Annotated[float, Field(ge=0, le=10)] = knob(
        0.0,
        "a rectangle taken from another image, the target by its area; that from Beta(this, this)",
    )
    strength: Annotated[float, Field(ge=0, le=1)] | None = knob(
        None,
        "one number instead of many: each auto above becomes this fraction of the top of its range",
        low=0.0,
        high=1.0,
    )
