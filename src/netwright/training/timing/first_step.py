"""The first step of a training: how long all will take, said before it; when it was done, noted."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from netwright.training.course import TrainingCourse
from netwright.training.recorder import Recorder
from netwright.training.timing.pace import Pace


@dataclass
class FirstStep:
    """What is told, or noted, about the first step.

    Args:
        pace: as rehearsed; None: unknown.
        started: when the process began; None: it is not to be noted, or has been.
    """

    recorder: Recorder
    pace: Pace | None
    started: float | None
    log: Callable[[str], None] | None

    def send(self, line: str) -> None:
        if self.log is not None:
            self.log(line)

    def estimate(self, course: TrainingCourse) -> None:
        """How long the training will take, before its first step here."""
        pace, state, device = self.pace, self.recorder.state, self.recorder.setup.device
        self.pace = None
        if pace is None:
            return
        place = course.place_of(state)
        self.send(pace.words(course, place))
        if device.main:
            self.recorder.record.note(estimate=round(pace.left(course, place), 4))

    def first_step(self) -> None:
        """It is done."""
        if self.started is not None and self.recorder.setup.device.main:
            seconds = time.time() - self.started
            self.recorder.record.event("first_step", seconds_since_process_start=seconds)
        self.started = None
