"""How long the usual methods beside the net may take, once it is trained."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from netwright.contract import AnySystem
from netwright.recipe import Recipe

KNOB = "training.reference_seconds"

PART = 0.1
"""Of the time that a training is given, at most."""


def seconds_of(system: AnySystem, recipe: Recipe, limit: Mapping[str, Any] | None) -> float:
    """What the recipe allows, within the time given; 0 where there are none.

    Args:
        limit: as the run notes it; None: the training has all the time it takes.
    """
    if system.references is None or KNOB in system.unread(recipe):
        return 0.0
    wanted = recipe.training.reference_seconds
    return wanted if limit is None else min(wanted, PART * limit["seconds"])
