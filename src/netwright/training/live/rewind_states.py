"""States of earlier epochs, kept beside the checkpoint while a run trains, so that it can go back
to one.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path

from netwright.base.errors import RunError
from netwright.runs.record import Record

FRACTION = 0.01
"""Of the time since the last one, at most, that keeping a state may take."""

MOST = 512 * 2**20
"""Bytes that all of them may take; then every second of the older ones goes."""


def folder(record: Record) -> Path:
    """Where they lie."""
    return record.checkpoint.parent / "epochs"


def path_of(record: Record, epoch: int) -> Path:
    """The file of an epoch's end."""
    return folder(record) / f"{epoch:06d}.safetensors"


def kept(record: Record) -> list[int]:
    """The epochs whose ends are kept, in order."""
    return sorted(
        int(path.stem) for path in folder(record).glob("*.safetensors") if path.stem.isdecimal()
    )


def check(record: Record, epoch: int, now: int) -> Path:
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
            path_of(record, later).unlink(missing_ok=True)


def drop(record: Record) -> None:
    """Take them away, and what a kill left half written beside the checkpoint."""
    for path in record.checkpoint.parent.iterdir():
        if path == folder(record):
            shutil.rmtree(path, ignore_errors=True)
        elif path != record.checkpoint:
            path.unlink(missing_ok=True)


class Keeper:
    """Keeps an epoch's end when that costs little of the time.

    Args:
        wanted: epochs that rewinds which are to be done again go back to: these in any case.
    """

    def __init__(self, record: Record) -> None:
        self.record = record
        self.wanted: frozenset[int] = frozenset()
        self.last, self.cost = time.monotonic(), 0.02

    def offer(self, epoch: int, save: Callable[[Path], None]) -> None:
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
        while (
            len(epochs) > 2
            and sum(path_of(self.record, epoch).stat().st_size for epoch in epochs) > MOST
        ):
            # of each in the middle, the gap that it leaves; what is wanted leaves the largest
            gaps = [
                (middle in self.wanted, after - before)
                for before, middle, after in zip(epochs, epochs[1:], epochs[2:], strict=False)
            ]
            gone = epochs.pop(1 + gaps.index(min(gaps)))
            path_of(self.record, gone).unlink(missing_ok=True)
