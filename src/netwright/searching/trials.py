"""The trials of a search as plain rows, without Optuna."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from netwright.base.measure import Measure

if TYPE_CHECKING:
    from datetime import datetime

    from optuna.trial import FrozenTrial

Ended = Literal["complete", "stopped early", "diverged", "failed"]
ENDED: tuple[Ended, ...] = ("complete", "stopped early", "diverged", "failed")


FIGURES = "facts"
"""Name of a trial's figures in its storage and in search.json, the same in every release."""


@dataclass(frozen=True)
class TrialRow:
    """One trial.

    Args:
        state: ``waiting``, ``running``, ``complete``, ``stopped early`` (by the pruner),
            ``diverged``, ``failed``, or ``lost`` (its worker died; its settings are tried again).
        values: knob -> value.
        value: the single number on dev of the weights that its run keeps; None unless complete.
        run: its run's id.
        began, ended: seconds since the epoch.
        curve: epoch -> the single number on dev.
        figures: what bounds may limit: name -> figure.
        measured: the single number with its interval.
        loss: on dev.
        again: the trials of the same settings whose worker died.
        why: for people, when it did not complete.
    """

    round: int
    number: int
    state: str
    values: Mapping[str, Any] = field(default_factory=dict)
    value: float | None = None
    run: str = ""
    began: float = 0.0
    ended: float = 0.0
    curve: Mapping[int, float] = field(default_factory=dict)
    figures: Mapping[str, float] = field(default_factory=dict)
    measured: Measure | None = None
    loss: float | None = None
    again: Sequence[int] = ()
    why: str = ""

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return {FIGURES if key == "figures" else key: value for key, value in asdict(self).items()}


def row_of(trial: FrozenTrial, number: int) -> TrialRow:
    """A trial without Optuna."""
    kept = trial.user_attrs
    result = kept.get("result", {})
    state = _state(trial)
    return TrialRow(
        number,
        trial.number,
        state,
        values=kept.get("values", {}),
        value=trial.value if state == "complete" else None,
        run=_run_id(kept.get("run")),
        began=_seconds(trial.datetime_start),
        ended=_seconds(trial.datetime_complete),
        curve=_known(dict(sorted(trial.intermediate_values.items()))),
        figures=_known(result.get(FIGURES, {})),
        measured=_measure(result.get("measured")),
        loss=result.get("loss"),
        again=kept.get("again", []),
        why=kept.get("why", ""),
    )


def _known(figures: Mapping[Any, float]) -> dict[Any, float]:
    """Without those that are no number: an epoch whose training had diverged has none."""
    return {key: value for key, value in figures.items() if math.isfinite(value)}


def _run_id(kept: Any) -> str:
    """The run's folder in the store: a name that may lead elsewhere is none."""
    plain = isinstance(kept, str) and Path(kept).name == kept != ".."
    return kept if plain else ""


def _state(trial: FrozenTrial) -> str:
    name = trial.state.name
    if name == "FAIL":
        return "failed" if "why" in trial.user_attrs else "lost"
    if name == "PRUNED":
        return "diverged" if trial.user_attrs.get("diverged") else "stopped early"
    return {"COMPLETE": "complete", "RUNNING": "running", "WAITING": "waiting"}[name]


def _measure(kept: Mapping[str, Any] | None) -> Measure | None:
    return Measure.from_json(in_todays_units(kept)) if kept else None


def in_todays_units(measured: Mapping[str, Any]) -> Mapping[str, Any]:
    """A metric or a measured value with today's name of its unit, which earlier had another."""
    return {**measured, "unit": "fraction"} if measured.get("unit") == "share" else measured


def _seconds(moment: datetime | None) -> float:
    return 0.0 if moment is None else moment.timestamp()
