"""A run that is changed while it trains (notes 2.3.4): requests from another process, and the plan
that repeats them.

A request is a file in the run's folder ``requests/``; the process that trains looks for one between
two steps, carries it out, notes it in ``events.jsonl`` with its step, and answers with a file
beside it. Training goes on from the same state with the changed recipe, exactly as a resumed run
would; a run that was killed afterwards does the same again at the same steps.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from netwright.base.errors import NetwrightError, RecipeError, RunError
from netwright.base.files import write_json
from netwright.recipe import Recipe, expected, knobs
from netwright.runs.record import Record

LIVE = (
    "optimizer.lr",
    "optimizer.beta1",
    "optimizer.beta2",
    "optimizer.epsilon",
    "optimizer.weight_decay",
    "optimizer.l1",
    "schedule.",
    "augment.",
    "objective.label_smoothing",
    "objective.focal_gamma",
    "training.epochs",
    "training.examples",
    "training.clip_norm",
    "training.accumulate",
    "training.patience",
    "training.checkpoint_minutes",
)
"""Knobs, and sections, that can change between two steps."""

NEEDS = {
    "model.": "a new net",
    "initialization.": "a new net",
    "data.": "other data",
    "split.": "another split",
    "optimizer.": "an optimizer that begins anew",
    "objective.": "a loss that begins anew",
}
"""What a change of the other knobs needs; else a new run."""

LOOKED = 0.05
"""Seconds between two looks for a request: a step of a small net takes a thousandth of that."""

EVERY = 20
"""Steps between two looks where several processes train, which must agree on the step."""

KINDS = ("tweak", "rewind")


@dataclass(frozen=True)
class Request:
    """What shall change.

    Args:
        changes: knob -> value.
        epoch: go back to the end of this epoch first; None: stay.
        step: at which step it is, or was, carried out; None: at the next.
        answer: where the answer is awaited; None: nobody waits.
    """

    changes: Mapping[str, Any] = field(default_factory=dict)
    epoch: int | None = None
    step: int | None = None
    answer: Path | None = None


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
        if not any(key == one or (one.endswith(".") and key.startswith(one)) for one in LIVE):
            needs = next(
                (what for section, what in NEEDS.items() if key.startswith(section)), "a new run"
            )
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


def ask(record: Record, request: Request, seconds: float) -> dict[str, Any]:
    """Put a request into the run's folder and wait for its answer.

    Raises:
        RunError: the run refuses it, is not being trained, or does not answer in time.
        NetwrightError: the run's folder cannot be written.
    """
    name = f"{time.time_ns()}-{uuid.uuid4().hex[:6]}"
    place, answer = (
        record.path / "requests" / f"{name}.json",
        record.path / "requests" / f"{name}.answer",
    )
    write_json(place, {"changes": dict(request.changes), "epoch": request.epoch})
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if answer.exists():
            said: dict[str, Any] = json.loads(answer.read_text(encoding="utf-8"))
            answer.unlink()
            if "error" in said:
                raise RunError(said["error"])
            return said
        if place.exists() and not record.trained_now:
            place.unlink(missing_ok=True)
            raise RunError(f"{record.id} ended before it saw the request: nothing was changed.")
        time.sleep(0.02)
    if place.exists():
        return {"waiting": True}
    raise RunError(
        f"{record.id} took the request and has not answered for {seconds:.0f} s: see netwright show"
        f" {record.id}."
    )


class Desk:
    """Where requests arrive, and those of the record that are to be done again.

    Args:
        plan: requests of an earlier sitting, each with its step.
    """

    def __init__(self, record: Record, plan: list[Request]) -> None:
        self.record, self.plan = record, plan
        self.folder = record.path / "requests"
        self.looked = time.monotonic()

    def due(self, step: int) -> Request | None:
        """The planned request for the state after ``step`` steps."""
        if self.plan and self.plan[0].step is not None and self.plan[0].step <= step:
            return self.plan.pop(0)
        return None

    def arrived(self) -> Request | None:
        """A request that came in, at most one look every ``LOOKED`` seconds; a file that is none is
        answered so.
        """
        now = time.monotonic()
        if now - self.looked < LOOKED:
            return None
        self.looked = now
        if not self.folder.is_dir():
            return None
        for path in sorted(self.folder.glob("*.json")):
            answer = path.with_suffix(".answer")
            if self.plan:
                until = (
                    f"{self.record.id} makes changes of its record again, the last after step"
                    f" {self.plan[-1].step:,}"
                )
                write_json(answer, {"error": f"{until}: it can be changed once that is done."})
                path.unlink(missing_ok=True)
                continue
            try:
                found = json.loads(path.read_text(encoding="utf-8"))
                request = Request(dict(found["changes"]), found["epoch"], None, answer)
            except (OSError, ValueError, KeyError, TypeError) as error:
                write_json(answer, {"error": f"{path} is no request ({error})."})
                path.unlink(missing_ok=True)
                continue
            path.unlink(missing_ok=True)
            return request
        return None

    def close(self) -> None:
        """Answer what came too late, and take the folder away when it is empty."""
        if not self.folder.is_dir():
            return
        for path in self.folder.glob("*.json"):
            write_json(
                path.with_suffix(".answer"),
                {"error": f"{self.record.id} had ended: nothing was changed."},
            )
            path.unlink(missing_ok=True)
        try:
            self.folder.rmdir()
        except OSError:  # an answer that is still to be read
            return


def done(record: Record) -> list[dict[str, Any]]:
    """The tweaks and rewinds of the record, oldest first."""
    found = [event for kind in KINDS for event in record.events(kind)]
    return sorted(found, key=lambda event: int(event["number"]))


def plan(record: Record, known: int) -> tuple[list[Request], int]:
    """What is to be done again after a checkpoint that knew the first ``known`` tweaks and rewinds;
    and how many are over.

    A rewind between two sittings put the checkpoint itself back: what came before it is over.
    """
    events = done(record)
    over = max([known, *(int(event["number"]) for event in events if event.get("between"))])
    later = [event for event in events if int(event["number"]) > over]
    return [
        Request({k: new for k, (_, new) in e["changes"].items()}, e.get("to"), int(e["step"]))
        for e in later
    ], over


def surviving(record: Record) -> list[dict[str, Any]]:
    """The facts of the changes that led to where the run is: each as a tweak, without what its
    rewinds left behind.
    """
    found: list[dict[str, Any]] = []
    per_epoch = next(
        (row["step"] / row["epoch"] for row in record.curves()), 0.0
    )  # without an epoch there is no way back
    for event in done(record):
        step = event["step"]
        if "to" in event:
            step = round(event["to"] * per_epoch)
            # the state was kept before a change at its step
            found = [facts for facts in found if facts["step"] < step]
        if event["changes"]:
            found.append(
                {
                    "step": step,
                    "epoch": event.get("to", event["epoch"]),
                    "changes": event["changes"],
                }
            )
    return found


def repeat(record: Record, other: Record) -> None:
    """Note in a new record, before its first step, the changes that led to where ``other`` is: its
    training makes them.
    """
    for number, facts in enumerate(surviving(other), start=1):
        record.event("tweak", number=number, **facts)


def answer(request: Request, said: Mapping[str, Any]) -> None:
    """Tell who waits."""
    if request.answer is not None:
        try:
            write_json(request.answer, dict(said))
        except NetwrightError:
            return
