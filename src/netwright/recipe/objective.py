"""What training makes small."""

from __future__ import annotations

from netwright.recipe.knobs import Auto, Section, Share, knob


class Objective(Section):
    """What training makes small."""

    loss: Auto | str = knob("auto", "the loss per example", scale="choice")
    label_smoothing: Auto | Share = knob(
        "auto", "share of the truth spread over all classes", low=0.0, high=0.2, tier=3
    )
