"""What training makes small."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from netwright.recipe.knobs import Auto, Fraction, Section, knob


class Objective(Section):
    """What training makes small."""

    loss: Auto | str = knob(
        "auto",
        "the loss per example: cross_entropy, focal; squared, absolute, huber",
        scale="choice",
    )
    label_smoothing: Auto | Fraction = knob(
        "auto", "fraction of the truth spread over all classes", low=0.0, high=0.2, tier=3
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
