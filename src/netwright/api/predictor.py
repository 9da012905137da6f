"""What a run, several runs together and an exported net have in common: they answer inputs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from netwright.api import answering
from netwright.api.inputs import read_typed
from netwright.api.trust import trusting
from netwright.contract import Answer, Examples

if TYPE_CHECKING:
    from netwright.api.trust.intervals import Intervals
    from netwright.contract.answers import AnswerTerms


class Predictor(ABC):
    """One run, several that answer together, or a net in an exported file."""

    @property
    @abstractmethod
    def system(self) -> AnswerTerms:
        """The kind of problem."""

    @abstractmethod
    def reads(self, *, lenient: bool = False) -> answering.Reads:
        """How inputs are read: as a run's own data were.

        Args:
            lenient: as for ``predict``.
        """

    @abstractmethod
    def ready_to_answer(self) -> answering.Answering:
        """What gives one answer an example, once all that it takes is known to be there."""

    @abstractmethod
    def intervals(self, level: float = 0.9) -> Intervals:
        """How far around a number the truth lies, so often."""

    def typed(self, inputs: Sequence[str]) -> Examples:
        """What a person typed for it to read, as ``netwright predict`` takes it: texts, files and
        folders, or ``-``.

        Raises:
            DataError: it cannot be read.
        """
        reads = self.reads()
        return read_typed(inputs, reads.system, reads.options)

    def predict(
        self,
        inputs: Any,
        *,
        lenient: bool = False,
        interval: float | None = None,
        abstain: float | None = None,
    ) -> list[Answer]:
        """One answer an input.

        Args:
            inputs: whatever the system reads: a path or several (image files, folders, a table), or
                arrays, tensors or a data frame; texts, where it reads texts. Several runs read them
                as the first of them.
            lenient: a cell of a table that is not what its column held in training counts as
                missing, and files that cannot be read are left out, with a warning each.
            interval: 0.9 gives each number ``low`` and ``high``, between which the truth lies nine
                times in ten; None: none.
            abstain: 0.6 holds back a label whose probability is below 0.6: it is None then, and the
                probabilities are there still; None: every label is answered.

        Raises:
            DataError: an input cannot be read or does not have the shape that was trained on.
            RunError: there is no interval of this level (see ``docs/predictions.md``), or the
                system answers with no label that has a probability.

        Warns:
            UnlikeTrainingWarning: some rows of a table hold numbers or dates outside the range that
                training saw, or categories that it never saw.
        """
        found = self.predict_each(inputs, lenient=lenient, interval=interval, abstain=abstain)
        return [answer for _, answer in found]

    def predict_each(
        self,
        inputs: Any,
        *,
        lenient: bool = False,
        interval: float | None = None,
        abstain: float | None = None,
    ) -> Iterator[tuple[str, Answer]]:
        """(source, answer) of each input, in order, as soon as it is answered.

        Args:
            inputs: as for ``predict``; or an iterator of lists of texts, such as the lines of a
                stream as they come, which are called ``line 1`` and so on.
            lenient, interval, abstain: as for ``predict``.
        """
        found = self.answered_each(inputs, lenient=lenient, interval=interval, abstain=abstain)
        return ((one.source, one.answer) for one in found)

    def answered_each(
        self,
        inputs: Any,
        *,
        lenient: bool = False,
        interval: float | None = None,
        abstain: float | None = None,
    ) -> Iterator[answering.AnsweredInput]:
        """The same with what else is known of each input: ``source``, ``answer``, and in ``beside``
        ``unlike``, the columns of a table in which the row holds what training never saw (that of
        the first, of several runs), and, with ``abstain``, ``unsure``, the label that is held back.

        Args:
            inputs, lenient, interval, abstain: as for ``predict_each``.

        Warns:
            UnlikeTrainingWarning: once, after the last answer: there are such rows.
        """
        trust = trusting.Trust.of(self.system, self.intervals, interval, abstain)
        answer = self.ready_to_answer()
        return trust.of_each(answering.answer_each(inputs, self.reads(lenient=lenient), answer))
