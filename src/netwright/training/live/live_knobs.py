"""Which settings can change while a run trains, and which need a new one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from netwright.base.errors import RecipeError
from netwright.recipe import Recipe, expected, knobs, live

NEEDS = {
    "model": "a new net",
    "data": "other data",
    "split": "another split",
    "optimizer": "an optimizer that begins anew",
}
"""What a change of a section's knobs that are not live needs; else a new run."""


def changed(recipe: Recipe, changes: Mapping[str, Any], *, epoch: int = 0) -> Recipe:
    """The recipe with these changes, if they can be made while it trains.

    Args:
        epoch: the epoch that training is in: it cannot end before.

    Raises:
        RecipeError: an unknown knob, a value it refuses, or a change that needs another run.
    """
    fields = knobs(type(recipe))
    after = recipe.changed(changes)  # refuses what is unknown or of the wrong kind
    for key in changes:
        if key not in live(type(recipe)):
            needs = NEEDS.get(key.partition(".")[0], "a new run")
            raise RecipeError(
                f"{key} cannot change while a run trains: it needs {needs}; train again with --set"
                f" {key}={changes[key]}."
            )
        if after.value(key) in ("auto", "find"):
            raise RecipeError(
                f"{key} = '{after.value(key)}' is chosen before training: expected a value now,"
                f" {expected(fields[key])}."
            )
    if "training.epochs" in changes and int(after.value("training.epochs")) < epoch:
        raise RecipeError(
            f"training.epochs = {after.value('training.epochs')}: the run is in epoch {epoch}"
            " already; expected at least that."
        )
    return after
