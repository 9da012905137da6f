"""How fast a training goes, and how well that is known."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from netwright.base.figures import counted, duration, readable
from netwright.training.course import TrainingCourse


@dataclass(frozen=True)
class Pace:
    """Seconds of what a training does over and over.

    Args:
        step: of a training step.
        evaluation: of measuring dev once.
        rehearsed: steps that this was found from.
    """

    step: float
    evaluation: float
    rehearsed: int

    def left(self, course: TrainingCourse, place: float) -> float:
        """Seconds from a place on the course to its end."""
        epochs = course.epochs - place // course.per_epoch
        return (course.steps - place) * self.step + epochs * self.evaluation

    def words(self, course: TrainingCourse, place: float) -> str:
        """The estimate in a line, with what it is from."""
        return (
            f"about {duration(self.left(course, place))}:"
            f" {counted(round(course.steps - place), 'step')} of {readable(1e3 * self.step, 2)} ms,"
            f" as {self.rehearsed} took in a rehearsal"
        )


@dataclass
class StepTimes:
    """How much the steps seen so far differ in how long they take (Welford 1962).

    Args:
        count, mean: of their seconds.
        squares: the sum of their squared distances to the mean.
    """

    count: int = 0
    mean: float = 0.0
    squares: float = 0.0

    def add(self, seconds: float) -> None:
        self.count += 1
        before = seconds - self.mean
        self.mean += before / self.count
        self.squares += before * (seconds - self.mean)

    @property
    def error(self) -> float:
        """The standard error of the mean; of few steps more, about as Student's interval is wider
        than the normal one; of fewer than two 0.
        """
        if self.count < 2:
            return 0.0
        free = self.count - 1
        return (1 + 2.5 / free) * math.sqrt(self.squares / free / self.count)

    @property
    def noise(self) -> float:
        """The same as a fraction of the mean."""
        return self.error / self.mean if self.mean > 0 else 0.0

    def differs(self, other: StepTimes, errors: float) -> bool:
        """Whether the means are so many standard errors apart, and more than rounding."""
        apart = abs(self.mean - other.mean)
        return apart > max(errors * math.hypot(self.error, other.error), 1e-9)


@dataclass
class Stretch:
    """Steps that were taken one after the other.

    Args:
        wall, place: where it began, in seconds and on the course.
        times: of its steps, but for those after which dev was measured.
    """

    wall: float
    place: float
    times: StepTimes = field(default_factory=StepTimes)
