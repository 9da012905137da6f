"""How long a training is, and where on its way it stands."""

from __future__ import annotations

import math
from dataclasses import dataclass

from netwright.training.state import State


@dataclass(frozen=True)
class TrainingCourse:
    """Epochs may differ in their number of steps, the schedule does not mind: a place on the course
    counts every epoch as long as the first.

    Args:
        per_epoch: steps of the first epoch.
        steps: in all, counted so.
    """

    per_epoch: int
    steps: int

    @property
    def epochs(self) -> int:
        """How many there are; the last may end early."""
        return -(-self.steps // self.per_epoch)

    def place(self, epoch: int, done: int, length: int) -> float:
        """Where ``done`` steps of an epoch of ``length`` lead to, from 0 to ``steps``; a whole
        number where epochs are equal.

        Args:
            epoch: from 0.
        """
        part = done if length == self.per_epoch else done * self.per_epoch / length
        return epoch * self.per_epoch + part

    def place_of(self, state: State) -> float:
        """Where a training stands; before its loop has begun, as if its epoch were as the first."""
        return state.place or self.place(state.epoch, state.done, self.per_epoch)

    def last(self, epoch: int, length: int) -> int:
        """After how many steps of this epoch the epoch or the training ends."""
        left = self.steps - epoch * self.per_epoch
        if left >= self.per_epoch:
            return length
        return left if length == self.per_epoch else math.ceil(left * length / self.per_epoch)

    def over(self, state: State) -> bool:
        """Whether the training has ended."""
        return state.place >= self.steps
