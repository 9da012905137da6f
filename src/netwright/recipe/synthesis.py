"""What makes training examples of other domains look like those of the target (notes 3.2.9)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from netwright.recipe.knobs import Section, knob

Rate = Annotated[float, Field(ge=0, le=1)]


class ImageSynthesis(Section):
    """Images of train and train-dev that are not of the target domain, made to look like its
    images: lit, blurred, noisy and compressed as they are, each in its own way and the same at
    every epoch. ``netwright mismatch RUN`` fits these numbers to the target. 0 is off.
    """

    brightness: Annotated[float, Field(ge=-1, le=3)] = knob(
        0.0, "this fraction brighter; below 0 darker"
    )
    contrast: Annotated[float, Field(ge=-1, le=3)] = knob(
        0.0, "this fraction more contrast around the image's mean; below 0 less"
    )
    saturation: Annotated[float, Field(ge=-1, le=3)] = knob(
        0.0, "this fraction more saturated; below 0 less, -1 grey (colour images)"
    )
    warmth: Annotated[float, Field(ge=-1, le=1)] = knob(
        0.0, "red this fraction brighter and blue darker; below 0 the other way (colour images)"
    )
    blur: Annotated[float, Field(ge=0, le=10)] = knob(
        0.0, "Gaussian blur of this deviation, in pixels of what the net reads"
    )
    noise: Annotated[float, Field(ge=0, lt=1)] = knob(
        0.0, "Gaussian noise of this deviation, a fraction of the range from black to white"
    )
    compression: Annotated[float, Field(ge=0, lt=1)] = knob(
        0.0, "saved as JPEG of the quality 100 (1 - this)"
    )
    vary: Rate = knob(
        0.0,
        "each image's own strengths, but for compression, lie up to this fraction above or below",
    )
    fraction: Rate = knob(1.0, "fraction of the images that are changed")


class TextSynthesis(Section):
    """Texts of train and train-dev that are not of the target domain, made to look like its texts:
    with its slips of the keyboard and its case, the same at every epoch. ``netwright mismatch
    RUN`` fits these numbers to the target. 0 is off.
    """

    typos: Rate = knob(
        0.0, "fraction of the words of 4 letters and more that get a slip of the keyboard"
    )
    unpunctuated: Rate = knob(0.0, "fraction of the punctuation marks that are left out")
    lower: Rate = knob(0.0, "fraction of the texts that lose their capitals")
    upper: Rate = knob(0.0, "fraction of the texts that become all capitals")
