"""Carry out a tweak or a rewind between two steps of a training, and note it."""

from __future__ import annotations

import dataclasses
from typing import Any

from netwright.base.errors import NetwrightError
from netwright.runs.history import in_words
from netwright.training.live import kept_epochs, live_knobs, requests
from netwright.training.live.requests import Request
from netwright.training.recorder import Recorder


def carry_out(request: Request, book: Recorder) -> str:
    """Change the training as asked; a request that cannot be met changes nothing and is answered
    so. Returns what was done.

    A rewind takes the weights, the update rule's memory, the random state and the recipe back to
    the end of that epoch; its changes are made after that.
    """
    record, state = book.job.record, book.state
    step, epoch = state.step, _epoch(book)
    try:
        live_knobs.changed(
            book.job.recipe, request.changes, epoch=min(epoch, request.epoch or epoch)
        )
        back = None if request.epoch is None else kept_epochs.check(record, request.epoch)
    except NetwrightError as error:
        requests.answer(request, {"error": str(error)})
        return f"refused: {error}"
    if back is not None:
        book.rewind(back)
    changes = _change(book, request)
    book.changes += 1
    facts: dict[str, Any] = {
        "number": book.changes,
        "step": step,
        "epoch": epoch,
        "changes": changes,
    }
    facts |= {} if request.epoch is None else {"to": request.epoch, "to_step": state.step}
    kind = "tweak" if request.epoch is None else "rewind"
    if book.job.device.main and request.step is None:
        record.event(kind, **facts)
        book.save()
    requests.answer(request, facts)
    return in_words(kind, facts)


def _change(book: Recorder, request: Request) -> dict[str, list[Any]]:
    before = book.job.recipe
    after = live_knobs.changed(before, request.changes)
    if request.changes:
        book.change(dataclasses.replace(book.job, recipe=after))
    return {key: [before.value(key), after.value(key)] for key in request.changes}


def _epoch(book: Recorder) -> int:
    return int(book.curves[-1]["epoch"]) + (1 if book.losses else 0) if book.curves else 1
