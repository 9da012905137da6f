"""States of earlier epochs, kept beside the checkpoint while a run trains, so that it can go back
to one.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path

from netwright.base.errors import RunError
from netwright.base.files import replacing
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


def check(record: Record, epoch: int) -> Path:
    """The state to go back to.

    Raises:
        RunError: it is not kept; with those that are.
    """
    path = path_of(record, epoch)
    if not path.exists():
        there = kept(record)
        known = (
            f"kept are epochs {', '.join(map(str, there))}"
            if there
            else "no epoch's end is kept yet"
        )
        raise RunError(f"{record.id} cannot go back to epoch {epoch}: {known}.")
    return path


def put_back(record: Record, epoch: int) -> None:
    """Make an epoch's end the checkpoint from which the run goes on; for a run that nobody
    trains.
    """
    with replacing(record.checkpoint) as temporary:
        shutil.copyfile(check(record, epoch), temporary)


def drop(record: Record) -> None:
    """Take them away, and what a kill left half written beside the checkpoint."""
    for path in record.checkpoint.parent.iterdir():
        if path == folder(record):
            shutil.rmtree(path, ignore_errors=True)
        elif path != record.checkpoint:
            path.unlink(missing_ok=True)


class Keeper:
    """Keeps an epoch's end when that costs little of the time."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.last, self.cost = time.monotonic(), 0.02

    def offer(self, epoch: int, save: Callable[[Path], None]) -> None:
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
                path_of(self.record, later).unlink(missing_ok=True)

    def _thin(self) -> None:
        epochs = kept(self.record)
        while (
            len(epochs) > 2
            and sum(path_of(self.record, epoch).stat().st_size for epoch in epochs) > MOST
        ):
            gaps = [after - before for before, after in zip(epochs, epochs[2:], strict=False)]
            gone = epochs.pop(1 + gaps.index(min(gaps)))
            path_of(self.record, gone).unlink(missing_ok=True)
