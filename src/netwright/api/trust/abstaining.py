"""Answers that are held back, as the model is not sure enough of its label."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass, fields

from netwright.api.answering import AnsweredInput
from netwright.api.trust.levels import check_fraction
from netwright.base.errors import RunError
from netwright.contract import Answer, Example, Metric
from netwright.contract.answers import AnswerTerms, no_label, no_probabilities
from netwright.metrics.labels import mean, weighted_mean


@dataclass(frozen=True)
class Threshold:
    """The probability from which on a label is answered.

    Args:
        system: whose answers they are.
        least: of the label that is answered.
    """

    system: AnswerTerms
    least: float

    def unsure(self, answer: Answer) -> str | None:
        """The label that is held back; None where it is answered."""
        label = self.system.label(getattr(answer, self._first))
        stated = (self.system.probabilities(answer) or {}).get(label or "")
        return label if stated is not None and stated < self.least else None

    def of_each(self, found: Iterator[AnsweredInput]) -> Iterator[AnsweredInput]:
        """The same, the label None where it is held back, and ``unsure`` says which it is."""
        for one in found:
            unsure, answer = self.unsure(one.answer), one.answer
            if unsure is not None:
                answer = dataclasses.replace(answer, **{self._first: None})
            yield AnsweredInput(one.source, answer, {**one.beside, "unsure": unsure})

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """How many are answered, and how many of these wrongly."""

        def is_answered(example: Example, answer: Answer) -> float:
            return float(self.unsure(answer) is None)

        def is_wrong(example: Example, answer: Answer) -> float | None:
            wrong = self.system.wrong(example, answer)
            return None if wrong is None or self.unsure(answer) is not None else float(wrong)

        answered = Metric(
            name="answered",
            better="higher",
            per_example=is_answered,
            value=mean,
            is_proportion=True,
            weighted=weighted_mean,
            title=f"answered from {100 * self.least:.4g}% on",
        )
        error = dataclasses.replace(
            answered,
            name="error_answered",
            better="lower",
            per_example=is_wrong,
            title="error of those answered",
        )
        return answered, error

    @property
    def _first(self) -> str:
        """The answer's field that is in the target's terms."""
        return fields(self.system.answer)[0].name


def threshold(system: AnswerTerms, least: float) -> Threshold:
    """Of a system whose answers are labels with probabilities.

    Raises:
        RunError: they are not.
        DataError: ``least`` does not lie between 0 and 1.
    """
    check_fraction("abstain", least)
    if system.label is no_label or system.probabilities is no_probabilities:
        raise RunError(
            f"the system '{system.name}' answers with no label that has a probability: only such an"
            " answer can be held back; leave out abstain."
        )
    return Threshold(system, least)
