"""What a person wants to know of each answer beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from netwright.api.answering import AnsweredInput
from netwright.contract import Metric
from netwright.contract.answers import AnswerTerms

if TYPE_CHECKING:
    from netwright.api.trust.abstaining import Threshold
    from netwright.api.trust.intervals import Intervals


@dataclass(frozen=True)
class Trust:
    """Intervals around numbers, and the probability from which on a label is answered.

    Args:
        ends, threshold: None where they are not wanted.
    """

    ends: Intervals | None = None
    threshold: Threshold | None = None

    @classmethod
    def of(
        cls,
        system: AnswerTerms,
        intervals: Callable[[float], Intervals],
        interval: float | None,
        abstain: float | None,
    ) -> Trust:
        """As a person wants them.

        Args:
            intervals: level -> the intervals of who answers.

        Raises:
            RunError: the system's answers have none, or dev is too small.
            DataError: one of the two does not lie between 0 and 1.
        """
        ends = None if interval is None else intervals(interval)
        if abstain is None:
            return cls(ends)
        from netwright.api.trust import abstaining

        return cls(ends, abstaining.threshold(system, abstain))

    def of_each(self, found: Iterator[AnsweredInput]) -> Iterator[AnsweredInput]:
        """The same answers with what is wanted."""
        if (ends := self.ends) is not None:
            found = (replace(one, answer=ends.around(one.answer)) for one in found)
        return found if self.threshold is None else self.threshold.of_each(found)

    @property
    def of_labels(self) -> tuple[Metric, ...]:
        """What is measured of answers that are held back."""
        return () if self.threshold is None else self.threshold.metrics

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """All that is measured of what is wanted."""
        return (*(() if self.ends is None else self.ends.metrics), *self.of_labels)
