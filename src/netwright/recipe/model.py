"""Which net is trained."""

from __future__ import annotations

from netwright.recipe.knobs import Section, knob

OWN = "own-"
"""How the model's name begins when the net is a person's own module."""


class Model(Section):
    """The net."""

    name: str = knob("auto", "the architecture", scale="choice", tier=3)
    start: str = knob(
        "", "the run whose weights and codec training starts from; empty: weights are drawn anew"
    )
