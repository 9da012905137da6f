"""States of earlier epochs, kept beside the checkpoint while a run trains, so that it can go back
to one.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from pathlib import Path

from netwright.base.errors import RunError
from netwright.base.files import copy, take_away
from netwright.base.paths import Inside, lies, names_in
from netwright.runs.record import Record

FRACTION = 0.01
"""Of the time since the last one, at most, that keeping a state may take."""

MOST = 512 * 2**20
"""Bytes that all of them may take; then every second of the older ones goes."""


def folder(record: Record) -> Inside:
    """Where they lie."""
    return record.inside("checkpoint/epochs")


def path_of(record: Record, epoch: int) -> Inside:
    """The file of an epoch's end."""
    return record.inside(f"checkpoint/epochs/{epoch:06d}.safetensors")


def kept(record: Record) -> list[int]:
    """The epochs whose ends are kept, in order."""
    paths = map(Path, names_in(folder(record)))
    return sorted(
        int(path.stem) for path in paths if path.suffix == ".safetensors" and path.stem.isdecimal()
    )


def check(record: Record, epoch: int) -> Inside:
    """The state to go back to.

    Raises:
        RunError: it is not kept; with those that are.
    """
    place = path_of(record, epoch)
    if lies(place) is None:
        there = kept(record)
        known = (
            f"kept are epochs {', '.join(map(str, there))}"
            if there
            else "no epoch's end is kept yet"
        )
        raise RunError(f"{record.id} cannot go back to epoch {epoch}: {known}.")
    return place


def put_back(record: Record, epoch: int) -> None:
    """Make an epoch's end the checkpoint from which the run goes on; for a run that nobody
    trains.
    """
    copy(check(record, epoch), record.state)


def drop(record: Record) -> None:
    """Take them away, and what a kill left half written beside the checkpoint."""
    for name in names_in(record.inside("checkpoint")):
        place = record.inside(f"checkpoint/{name}")
        if place != record.state:
            with contextlib.suppress(OSError):
                take_away(place)


class Keeper:
    """Keeps an epoch's end when that costs little of the time."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.last, self.cost = time.monotonic(), 0.02

    def offer(self, epoch: int, save: Callable[[Inside], None]) -> None:
        """Keep the state at the end of ``epoch``, unless the last one was written too short a time
        ago.
        """
        now = time.monotonic()
        if now - self.last < self.cost / FRACTION:
            return
        save(path_of(self.record, epoch))
        self.last = time.monotonic()
        self.cost = self.last - now
        self._thin()

    def drop_after(self, epoch: int) -> None:
        """Forget the ends of epochs that a rewind has left behind."""
        for later in kept(self.record):
            if later > epoch:
                take_away(path_of(self.record, later))

    def _thin(self) -> None:
        epochs = kept(self.record)
        while len(epochs) > 2 and sum(self._size(epoch) for epoch in epochs) > MOST:
            gaps = [after - before for before, after in zip(epochs, epochs[2:], strict=False)]
            gone = epochs.pop(1 + gaps.index(min(gaps)))
            take_away(path_of(self.record, gone))

    def _size(self, epoch: int) -> int:
        found = lies(path_of(self.record, epoch))
        return 0 if found is None else found.st_size
