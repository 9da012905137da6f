"""What training makes small: one section for systems of classes, one for those of
numbers, one for those of tags."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from netwright.recipe.knobs import Auto, Fraction, Section, knob
from netwright.recipe.turns import Turn, less, only

TEMPERATURE = knob(
    "none",
    "one temperature for all probabilities, set on dev after training: none, or fit (that of the"
    " least log loss)",
    scale="choice",
)


class LabelObjective(Section):
    """What training makes small, where a target is a class."""

    LIVE: ClassVar[tuple[str, ...]] = ("label_smoothing", "focal_gamma")

    loss: Auto | str = knob(
        "auto", "the loss per example: cross_entropy (auto), focal", scale="choice"
    )
    label_smoothing: Auto | Fraction = knob(
        "auto",
        "fraction of the truth spread over all classes",
        low=0.0,
        high=0.2,
        tier=3,
        turns=(
            Turn("less regularization", less(2)),
            Turn("more regularization", only((0, 0.0), 0.1)),
        ),
    )
    focal_gamma: Annotated[float, Field(ge=0, le=20)] = knob(
        2.0,
        "focal: how much less an example counts that is right already",
        low=0.0,
        high=5.0,
        when=("objective.loss", ("focal",)),
    )
    class_weights: Literal["none", "balanced"] | dict[str, Annotated[float, Field(ge=0)]] = knob(
        "none",
        "how much each class counts in the loss: balanced (the rare more), or as in {cat: 10};"
        " others count 1",
    )
    temperature: Literal["none", "fit"] = TEMPERATURE


class TagObjective(Section):
    """What is set once training has made the binary cross entropy of tags small."""

    temperature: Literal["none", "fit"] = TEMPERATURE


class NumberObjective(Section):
    """What training makes small, where a target is a number."""

    loss: Auto | str = knob(
        "auto", "the loss per example: squared (auto), absolute, huber", scale="choice"
    )
