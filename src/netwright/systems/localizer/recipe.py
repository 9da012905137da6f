"""Every hyperparameter of a localizer."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from netwright.recipe import Augment, ImageData, Initialization, Model, Recipe, Section, knob
from netwright.recipe.knobs import Auto, Fraction, Units
from netwright.recipe.turns import for_dropout, for_width


class BoxData(ImageData):
    """What to learn from."""

    several_boxes: Literal["refuse", "leave_out"] = knob(
        "refuse", "what to do with images that have more than one box"
    )


class BoxModel(Model):
    """The net: residual stages whose places vote for the box."""

    width: Units = knob(
        16,
        "channels of the first stage",
        low=8,
        high=64,
        scale="log",
        tier=2,
        turns=for_width(),
    )
    dropout: Fraction = knob(
        0.0,
        "fraction of the last map that is dropped before it votes",
        low=0.0,
        high=0.5,
        tier=3,
        turns=for_dropout(),
    )


class BoxAugment(Augment):
    """Changes that move a box with its image, drawn anew at every epoch (notes 2.1.5, 4.2.13)."""

    fill: Literal["mirror", "edge", "black"] = knob(
        "black", "what lies outside of the image (mirror shows a thing twice)", scale="choice"
    )


class BoxObjective(Section):
    """What training makes small: p_c's cross entropy, and where there is a box, what follows."""

    LIVE: ClassVar[tuple[str, ...]] = ("box_weight",)

    box_loss: Auto | Literal["giou", "smooth_l1", "squared"] = knob(
        "auto", "the loss of a box: giou (auto), smooth_l1, squared", scale="choice"
    )
    box_weight: Annotated[float, Field(ge=0, le=1000)] = knob(
        1.0,
        "how much the box counts beside whether there is one",
        low=0.1,
        high=10,
        scale="log",
        tier=3,
    )


class LocalizerRecipe(Recipe):
    """What every system has, the net of votes, and how images are augmented with their boxes."""

    data: BoxData = BoxData()
    model: BoxModel = BoxModel()
    initialization: Initialization = Initialization()
    augment: BoxAugment = BoxAugment()
    objective: BoxObjective = BoxObjective()
