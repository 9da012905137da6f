"""Tweak and rewind: change a run while it trains, from another process (notes 2.3.4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from netwright.base.errors import RunError
from netwright.recipe import Recipe
from netwright.runs.keeping import promises, stages
from netwright.runs.record import Record
from netwright.runs.rows import next_branch
from netwright.training.live import live_knobs, past_changes, requests, rewind_states
from netwright.training.live.requests import Request

WAIT = 30.0
"""Seconds to wait for the answer: an evaluation may lie between two steps."""


def tweak(record: Record, recipe: Recipe, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Change knobs of a run that is being trained, at its next step.

    Args:
        recipe: the run's own, as used.
        changes: knob -> value, ``{"optimizer.lr": 0.003}``.

    Returns:
        step, epoch and changes as ``knob -> [old, new]``; or ``{"waiting": True}`` when the
        training has not looked yet.

    Raises:
        RecipeError: no such knob, a value it refuses, or one that needs a new net, other data or a
            new run.
        RunError: nobody trains the run, or it refuses.
    """
    live_knobs.changed(recipe, changes)
    if not record.trained_now:
        raise RunError(
            f"{record.id} {_state(record)}: only a run that is being trained can be"
            f" tweaked{_then(record)}"
        )
    return requests.ask(record, Request(changes), WAIT)


def rewind(
    record: Record, recipe: Recipe, epoch: int, changes: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Go back to the end of an epoch: a run that trains at its next step, a stopped one when it is
    resumed.

    Args:
        epoch: one whose end was kept.
        changes: made after that, of a run that trains.

    Raises:
        RecipeError: as for ``tweak``.
        RunError: the epoch's end is not kept (it says which are), the run is complete, or it
            refuses.
    """
    changes = dict(changes or {})
    live_knobs.changed(recipe, changes)
    if record.info()["status"] == "complete":
        raise RunError(
            f"{record.id} is complete, and the states of its epochs are gone: train again with"
            " another recipe."
        )
    if record.trained_now:
        return requests.ask(record, Request(changes, epoch), WAIT)
    rewind_states.check(record, epoch, _ended(record))
    if changes:
        raise RunError(
            f"{record.id} {_state(record)}: its settings can be changed once it trains again; leave"
            f" {next(iter(changes))} out."
        )
    return _between(record, epoch)


def _between(record: Record, epoch: int) -> dict[str, Any]:
    """Put the checkpoint of a stopped run back; its later rows go to the branches that were
    left.

    The checkpoint, with these, comes first: a kill after it leaves a run that a kill had before
    the steps which it lost, and that makes its changes again.
    """
    from netwright.training import checkpoints

    with record.held():
        rows, before = record.curves(), record.curves("abandoned.csv")
        branch = next_branch(before)
        left = [replace(row, branch=branch) for row in rows if row.epoch > epoch]
        state, abandoned = rewind_states.check(record, epoch, _ended(record)), [*before, *left]
        values = {"abandoned": [row.as_dict() for row in abandoned]}
        checkpoints.copy_with(state, record.state, values)
        event: dict[str, Any] = {
            "number": past_changes.next_number(record),
            "step": rows[-1].step if rows else 0,
            "epoch": rows[-1].epoch if rows else 0,
            "to": epoch,
            "to_step": checkpoints.position(state)[0],
            "changes": {},
        }
        record.event("rewind", between=True, **event)
        if left:
            record.write_rows("abandoned.csv", abandoned)
            record.write_rows("curves.csv", [row for row in rows if row.epoch <= epoch])
        if promises.is_trained_only(record):
            promises.withdraw(record)
        record.note(message=f"rewound to the end of epoch {epoch}")
        rewind_states.drop_after(record, epoch)
    return {**event, "between": True}


def _ended(record: Record) -> int:
    """The last epoch of a stopped run that ended, as its checkpoint or its curves know."""
    from netwright.training import checkpoints

    saved = checkpoints.position(record.state)[1] if record.has_state else 0
    return max([saved, *(row.epoch for row in record.curves())])


def _state(record: Record) -> str:
    return {"complete": "is complete", "killed": "was killed"}.get(
        record.status, f"is {record.status}"
    )


def _then(record: Record) -> str:
    if record.info()["status"] == "complete":
        return "; train again with another recipe."
    return f"; {stages.way_on(record.path, record.info())}, and then it can be."
