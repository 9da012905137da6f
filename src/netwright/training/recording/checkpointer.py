"""Saves what a training needs to go on: now and then, and the ends of epochs for rewinds."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from netwright.base.paths import Inside
from netwright.runs.keeping.writing import expect_there
from netwright.runs.record import Record
from netwright.training import checkpoints
from netwright.training.live import rewind_states
from netwright.training.recording.best_weights import BestWeights
from netwright.training.state import State


class Checkpointer:
    """Writes the checkpoint of one training, and the states of epochs that a rewind can go back to.

    Args:
        best: saved and restored with the state.
    """

    def __init__(self, record: Record, state: State, best: BestWeights) -> None:
        self.record, self.state, self.best = record, state, best
        self.epochs = rewind_states.Keeper(record)
        self.saved = time.monotonic()

    def due(self, minutes: float) -> bool:
        """Whether the last checkpoint is older than so many minutes."""
        return time.monotonic() - self.saved > 60 * minutes

    def save(self, extra: Mapping[str, Any], place: Inside | None = None) -> None:
        """Write the state, atomically; with ``place`` not as the checkpoint but there.

        Args:
            extra: what the recorder wants back, JSON.

        Raises:
            NetwrightError: the disk is full or cannot be written, or the run's folder is gone.
        """
        expect_there(self.record.path)
        best = {"best_key": self.best.key, "best_epoch": self.best.epoch}
        place = place or self.record.state
        checkpoints.save(place, self.state, self.best.tensors, {**best, **extra})

    def done(self) -> None:
        """The files beside the checkpoint are written, too: the next is due later."""
        self.saved = time.monotonic()

    def load(self, place: Inside | None = None) -> dict[str, Any]:
        """Put the state and the best weights back; returns ``extra``.

        Raises:
            RunError: the file is damaged or belongs to another net.
        """
        tensors, extra = checkpoints.load(place or self.record.state, self.state)
        key = extra["best_key"]
        self.best.tensors, self.best.epoch = tensors, extra["best_epoch"]
        self.best.key = None if key is None else tuple(key)
        return extra
