"""What a run states of dev, as its calibration is judged by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from netwright.base.errors import RunError
from netwright.contract import AnySystem
from netwright.recipe import Recipe, knobs
from netwright.runs.record import Record

if TYPE_CHECKING:
    from netwright.doctor.calibration_findings import Stated

KNOB = "objective.temperature"
SMOOTHING = "objective.label_smoothing"
MOST = 10_000
"""Answers that are looked at: the first."""


def of_dev(record: Record, system: AnySystem, recipe: Recipe) -> Stated | None:
    """The probabilities of its answers on dev; None where it states none, its examples have groups,
    within which answers are right together, or the file cannot be read, of which others warn.
    """
    import numpy as np

    from netwright.doctor.calibration_findings import Stated

    try:
        kept = record.read_predictions("dev")
    except RunError:
        return None
    if not kept.forms:  # of an earlier release, which did not keep answers whole
        return None
    examples = record.examples("dev", system)
    labels = system.labels(examples.targets)
    answered, stated = (kept.frame[name].to_list() for name in ("answered", "stated"))
    rows = [
        row
        for row, parts in enumerate(zip(labels, answered, stated, strict=True))
        if None not in parts
    ][:MOST]
    if not rows or examples.groups is not None:
        return None

    def whole() -> tuple[Any, Any, tuple[list[int], list[int]]]:
        from netwright.training.recording.choosing import halves

        answers = record.answers("dev", system)
        found = [system.probabilities(answers[row]) or {} for row in rows]
        names = sorted({*found[0], *(str(labels[row]) for row in rows)})
        places = {name: at for at, name in enumerate(names)}
        matrix = np.array([[one.get(name, 0.0) for name in names] for one in found])
        truth = np.array([places[str(labels[row])] for row in rows])
        return matrix, truth, halves(examples.take(rows))

    weights = None if examples.weights is None else np.array([examples.weights[at] for at in rows])
    right = np.array([labels[row] == answered[row] for row in rows])
    every = np.array([stated[row] for row in rows])
    return Stated(every, right, weights, _smoothing(recipe), whole)


def _smoothing(recipe: Recipe) -> float:
    found = recipe.value(SMOOTHING) if SMOOTHING in knobs(type(recipe)) else 0.0
    return 0.0 if found == "auto" else float(found)


def command(recipe: Recipe, again: str) -> str | None:
    """What trains anew with a temperature; None where there is one already, or none is known."""
    if KNOB not in knobs(type(recipe)) or recipe.value(KNOB) != "none":
        return None
    return f"{again} --set {KNOB}=fit"
