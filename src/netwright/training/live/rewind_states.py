"""States of earlier epochs, kept beside the checkpoint while a run trains, so that it can go back
to one.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from pathlib import Path

from netwright.base.errors import RunError
from netwright.base.files import take_away
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


def check(record: Record, epoch: int, now: int) -> Inside:
    """The state to go back to.

    Args:
        now: the last epoch that ended; nothing leads ahead of it.

    Raises:
        RunError: it is not kept, or lies ahead; with those that are kept.
    """
    there = [one for one in kept(record) if one <= now]
    if epoch not in there:
        known = (
            f"kept are epochs {', '.join(map(str, there))}"
            if there
            else "no epoch's end is kept yet"
        )
        raise RunError(f"{record.id} cannot go back to epoch {epoch}: {known}.")
    return path_of(record, epoch)


def drop_after(record: Record, epoch: int) -> None:
    """Forget the ends of later epochs: a rewind left them behind, or a kill was before the next
    checkpoint and they come again.
    """
    for later in kept(record):
        if later > epoch:
            take_away(path_of(record, later))


def drop(record: Record) -> None:
    """Take them away, and what a kill left half written beside the checkpoint."""
    for name in names_in(record.inside("checkpoint")):
        place = record.inside(f"checkpoint/{name}")
        if place != record.state:
            with contextlib.suppress(OSError):
                take_away(place)


class Keeper:
    """Keeps an epoch's end when that costs little of the time.

    Args:
        wanted: epochs that rewinds which are to be done again go back to: these in any case.
    """

    def __init__(self, record: Record) -> None:
        self.record = record
        self.wanted: frozenset[int] = frozenset()
        self.last, self.cost = time.monotonic(), 0.02

    def offer(self, epoch: int, save: Callable[[Inside], None]) -> None:
        """Keep the state at the end of ``epoch``, unless the last one was written too short a time
        ago.
        """
        now = time.monotonic()
        if now - self.last < self.cost / FRACTION and epoch not in self.wanted:
            return
        save(path_of(self.record, epoch))
        self.last = time.monotonic()
        self.cost = self.last - now
        self._thin()

    def _thin(self) -> None:
        epochs = kept(self.record)
        while len(epochs) > 2 and sum(self._size(epoch) for epoch in epochs) > MOST:
            # of each in the middle, the gap that it leaves; what is wanted leaves the largest
            gaps = [
                (middle in self.wanted, after - before)
                for before, middle, after in zip(epochs, epochs[1:], epochs[2:], strict=False)
            ]
            gone = epochs.pop(1 + gaps.index(min(gaps)))
            take_away(path_of(self.record, gone))

    def _size(self, epoch: int) -> int:
        found = lies(path_of(self.record, epoch))
        return 0 if found is None else found.st_size
