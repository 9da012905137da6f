"""How fast a training goes."""

from __future__ import annotations

from dataclasses import dataclass

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
