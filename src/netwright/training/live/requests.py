"""A run that is changed while it trains (notes 2.3.4): requests from another process, and the plan
that repeats them.

A request is a file in the run's folder ``requests/``; the process that trains looks for one between
two steps, carries it out, notes it in ``events.jsonl`` with its step, and answers with a file
beside it. Training goes on from the same state with the changed recipe, exactly as a resumed run
would; a run that was killed afterwards does the same again at the same steps.
"""

from __future__ import annotations

import contextlib
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from netwright.base import read_json
from netwright.base.errors import NetwrightError, RunError, UnreadableError
from netwright.base.files import take_away, take_away_empty, write_json
from netwright.base.paths import Inside, lies, names_in
from netwright.runs.keeping.writing import alone, expect_there
from netwright.runs.record import Record

FOLDER = "requests"

LOOKED = 0.05
"""Seconds between two looks for a request: a step of a small net takes a thousandth of that."""


FORGOTTEN = 60.0
"""Seconds after which nobody waits for an answer any more."""


@dataclass(frozen=True)
class Request:
    """What shall change.

    Args:
        changes: knob -> value.
        epoch: go back to the end of this epoch first; None: stay.
        step: at which step it is, or was, carried out; None: at the next.
        answer: where the answer is awaited; None: nobody waits.
        how: ``time``: the training's time asks for it; empty: a person.
    """

    changes: Mapping[str, Any] = field(default_factory=dict)
    epoch: int | None = None
    step: int | None = None
    answer: Inside | None = None
    how: str = ""


def ask(record: Record, request: Request, seconds: float) -> dict[str, Any]:
    """Put a request into the run's folder and wait for its answer.

    Raises:
        RunError: the run refuses it, is not being trained, or does not answer in time.
        NetwrightError: the run's folder cannot be written.
    """
    name = f"{time.time_ns()}-{uuid.uuid4().hex[:6]}"
    place = record.inside(f"{FOLDER}/{name}.json")
    answer = record.inside(f"{FOLDER}/{name}.answer")
    with record.alone():  # or another who asked might take the empty folder away
        write_json(place, {"changes": dict(request.changes), "epoch": request.epoch})
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        ended = not record.trained_now
        if lies(answer) is not None:
            reply: dict[str, Any] = read_json.load(answer)
            _take_back(record, answer)
            if "error" in reply:
                raise RunError(reply["error"])
            return reply
        if ended:
            seen = lies(place) is None
            _take_back(record, place)
            raise RunError(
                f"{record.id} ended before it saw the request: nothing was changed."
                if not seen
                else f"{record.id} ended when it had just taken the request: netwright show"
                f" {record.id} lists the changes that were made."
            )
        time.sleep(0.02)
    if lies(place) is not None:
        return {"waiting": True}
    raise RunError(
        f"{record.id} took the request and has not answered for {seconds:.0f} s: see netwright show"
        f" {record.id}."
    )


def _take_back(record: Record, place: Inside) -> None:
    """Delete a request or an answer, and the folder when it was the last."""
    with record.alone():
        take_away(place)
        take_away_empty(record.inside(FOLDER))


class RequestQueue:
    """Where requests arrive, and those of the record that are to be done again.

    Args:
        plan: requests from before the run was resumed, each with its step.
    """

    def __init__(self, record: Record, plan: list[Request]) -> None:
        self.record, self.plan = record, plan
        self.looked = time.monotonic()

    def due(self, step: int) -> Request | None:
        """The planned request for the state after ``step`` steps."""
        if self.plan and self.plan[0].step is not None and self.plan[0].step <= step:
            return self.plan.pop(0)
        return None

    def arrived(self) -> Request | None:
        """A request that came in, at most one look every ``LOOKED`` seconds; a file that is none is
        answered so.

        Raises:
            RunError: the run's folder is not there any more.
        """
        now = time.monotonic()
        if now - self.looked < LOOKED:
            return None
        self.looked = now
        expect_there(self.record.path)
        for place in _waiting(self.record):
            answer = _answer_of(place)
            if self.plan:
                until = (
                    f"{self.record.id} makes changes of its record again, the last after step"
                    f" {self.plan[-1].step:,}"
                )
                write_json(answer, {"error": f"{until}: it can be changed once that is done."})
                take_away(place)
                continue
            try:
                found = read_json.load(place)
                request = Request(dict(found["changes"]), found["epoch"], None, answer)
            except (OSError, UnreadableError, ValueError, KeyError, TypeError) as error:
                write_json(answer, {"error": f"{place} is no request ({error})."})
                take_away(place)
                continue
            take_away(place)
            return request
        return None

    def close(self) -> None:
        """Answer what came too late, and take the folder away when nobody waits any more."""
        with self.record.alone():
            for place in _waiting(self.record):
                write_json(
                    _answer_of(place),
                    {"error": f"{self.record.id} had ended: nothing was changed."},
                )
                take_away(place)
            for name in names_in(self.record.inside(FOLDER)):
                answer = self.record.inside(f"{FOLDER}/{name}")
                found = lies(answer)
                if found is not None and time.time() - found.st_mtime > FORGOTTEN:
                    take_away(answer)
            take_away_empty(self.record.inside(FOLDER))


def _waiting(record: Record) -> list[Inside]:
    """Requests that nobody has answered, in the order in which they came."""
    names = names_in(record.inside(FOLDER))
    return [record.inside(f"{FOLDER}/{name}") for name in names if name.endswith(".json")]


def _answer_of(request: Inside) -> Inside:
    return Inside(request.folder, f"{request.name.removesuffix('.json')}.answer")


def answer(request: Request, reply: Mapping[str, Any]) -> None:
    """Give the reply to who waits."""
    if request.answer is not None:
        with contextlib.suppress(NetwrightError), alone(request.answer.folder):
            write_json(request.answer, dict(reply))
