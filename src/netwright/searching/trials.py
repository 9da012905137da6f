"""The trials of a search as plain rows, without Optuna."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from netwright.base.measure import Measure
from netwright.runs.formats import upgraded

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial

Ended = Literal["complete", "stopped early", "diverged", "failed"]
ENDED: tuple[Ended, ...] = ("complete", "stopped early", "diverged", "failed")


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
        facts: what bounds may ask for.
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
    facts: Mapping[str, float] = field(default_factory=dict)
    measured: Measure | None = None
    loss: float | None = None
    again: Sequence[int] = ()
    why: str = ""


def row_of(trial: FrozenTrial, number: int) -> TrialRow:
    """A trial without Optuna."""
    kept = trial.user_attrs
    result = upgraded("trial result", copy.deepcopy(kept.get("result", {})))
    state = _state(trial)
    return TrialRow(
        number,
        trial.number,
        state,
        values=kept.get("values", {}),
        value=trial.value if state == "complete" else None,
        run=kept.get("run", ""),
        began=_seconds(trial.datetime_start),
        ended=_seconds(trial.datetime_complete),
        curve=dict(sorted(trial.intermediate_values.items())),
        facts=result.get("facts", {}),
        measured=Measure.from_json(result["measured"]) if "measured" in result else None,
        loss=result.get("loss"),
        again=kept.get("again", []),
        why=kept.get("why", ""),
    )


def _state(trial: FrozenTrial) -> str:
    name = trial.state.name
    if name == "FAIL":
        return "failed" if "why" in trial.user_attrs else "lost"
    if name == "PRUNED":
        return "diverged" if trial.user_attrs.get("diverged") else "stopped early"
    return {"COMPLETE": "complete", "RUNNING": "running", "WAITING": "waiting"}[name]


def _seconds(moment: Any) -> float:
    return 0.0 if moment is None else float(moment.timestamp())
