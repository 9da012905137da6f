"""The labels of a run's dev or test examples that may be wrong, and those that people corrected."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from netwright.api.errors import analysis
from netwright.api.errors.fitting import truths_of
from netwright.api.errors.winners import winners
from netwright.base.errors import NetwrightError, RunError
from netwright.base.seeds import seed_of
from netwright.contract import Answer, AnySystem, Examples
from netwright.doctor.errors import wrong_labels
from netwright.doctor.errors.label_verdict import LabelVerdict, verdict
from netwright.doctor.errors.wrong_labels import Estimate, Pattern
from netwright.runs.annotations import files, overlay
from netwright.runs.annotations.noted import Annotations, Correction
from netwright.runs.annotations.targets import Truths
from netwright.runs.record import Record

if TYPE_CHECKING:
    import numpy as np

RIGHT = 10
"""Right answers that are shown, drawn from all."""


@dataclass(frozen=True)
class DoubtfulLabel:
    """An example whose label a person should look at.

    Args:
        given: the label, as a person reads it.
        answer: what the run says.
        likely: the class that is more likely than the label; empty where there are no classes.
        probability: that the run gives the label; None without classes.
        loss: of the answer.
        right: what somebody corrected it to; empty: nobody did.
        is_suspect: whether confident learning counts it as wrong; others were merely answered
            otherwise than they are labelled.
        split: that it is of, where several are looked at.
    """

    id: str
    source: str
    given: str
    answer: str
    likely: str
    probability: float | None
    loss: float | None
    right: str
    is_suspect: bool = False
    split: str = ""


@dataclass(frozen=True)
class LabelReview:
    """What is known of the labels of a split.

    Args:
        by: ``probabilities`` (confident learning) or ``loss``, by which the doubtful ones are
            ranked.
        doubtful: the most doubtful first.
        right_answers: a few that were answered as they are labelled, drawn from all of these: a net
            and a label can be wrong alike.
        estimate: how many labels of the split look wrong by the run's own probabilities, what is
            hard for it among them; None: without classes.
        patterns: classes whose labels are systematically doubtful, in a sentence each; and, where
            train is looked at, what to do about it.
        verdict: whether they are worth fixing.
        corrections: of examples of this split, the oldest first.
    """

    run: str
    split: str
    n: int
    by: str
    doubtful: tuple[DoubtfulLabel, ...]
    right_answers: tuple[DoubtfulLabel, ...]
    estimate: Estimate | None
    patterns: tuple[str, ...]
    verdict: LabelVerdict
    corrections: tuple[Correction, ...]
    truths: Truths = field(repr=False)
    annotations: Annotations = field(repr=False)
    writer: files.AnnotationWriter = field(repr=False)

    def correct(self, id: str, new: Any, why: str = "") -> None:
        """Say that the label of an example of this split is wrong, and what is right.

        Args:
            id: of the example, or its source.

        Raises:
            NetwrightError: it is no target of this system, or the example is not of this split.
        """
        found = self.truths.find(id)
        old, right = self.truths.change(found, new)
        for line in self.writer.write([found], "label", old=old, new=right, why=why, chosen=True):
            self.annotations.add(line)

    def undo(self, id: str) -> None:
        """Take the correction of an example, named by its id or its source, back.

        Raises:
            NetwrightError: its label is not corrected, or it is not of this split.
        """
        fix = self.annotations.of_example(self.truths.find(id)).correction
        if fix is None:
            raise NetwrightError(f"the label of {id} is not corrected: nothing to undo.")
        files.undo(self.annotations, self.writer, fix.key)

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            **{name: getattr(self, name) for name in ("run", "split", "n", "by", "patterns")},
            "doubtful": [asdict(one) for one in self.doubtful],
            "right_answers": [asdict(one) for one in self.right_answers],
            "estimate": None if self.estimate is None else asdict(self.estimate),
            "verdict": self.verdict.as_json(),
            "corrections": [one.as_json() for one in self.corrections],
        }


def of_record(record: Record, system: AnySystem, split: str = "dev") -> LabelReview:
    """The labels of a split that may be wrong.

    Raises:
        RunError: the split is sealed, or the run has no answers on it.
    """
    expect_open(record, split)
    kept = record.examples_as_kept(split, system)
    examples = overlay.as_in_the_source(record.path, system, kept)
    answers = record.answers(split, system)
    found, noted = record.read_predictions(split), files.read(record.path.parent)
    given = found.in_words("answer", analysis.LONGEST)
    losses = found.frame["loss"].to_list()
    in_hand = _Labels(system, examples, answers, given, losses, noted.corrections())
    ranked, estimate, patterns = in_hand.ranked()
    own = set(examples.ids)
    fixed = sorted((one for one in in_hand.corrections.values() if one.id in own), key=_moment)
    sample = analysis.of_record(record, system)
    return LabelReview(
        run=record.id,
        split=split,
        n=len(examples),
        by="loss" if estimate is None else "probabilities",
        doubtful=tuple(ranked),
        right_answers=tuple(map(in_hand.one, _right(found.frame["wrong"].to_list()))),
        estimate=estimate,
        patterns=() if _is_elsewhere(record, system, split) else tuple(patterns),
        verdict=verdict(sample.table, record.id, winners(record, system) if fixed else ("", "")),
        corrections=tuple(fixed),
        truths=truths_of(record, system, examples, answers),
        annotations=noted,
        writer=files.AnnotationWriter(record.path.parent),
    )


def _is_elsewhere(record: Record, system: AnySystem, split: str) -> bool:
    """Whether the net is worse on the split than on train-dev, beyond noise: of inputs from
    elsewhere it is sure and wrong, as of wrong labels.
    """
    name, measures = system.metrics[0].name, record.measures()
    own, like_train = (measures.get(one, {}).get(name) for one in (split, "train_dev"))
    if own is None or like_train is None or own.low is None or like_train.high is None:
        return False
    return own.better == "lower" and like_train.high < own.low


@dataclass(frozen=True)
class _Labels:
    """The examples of a split with the labels of their source, the answers, too in words, and the
    corrections.
    """

    system: AnySystem
    examples: Examples
    answers: Sequence[Answer]
    in_words: Sequence[str]
    losses: Sequence[float]
    corrections: dict[str, Correction]

    def ranked(self) -> tuple[list[DoubtfulLabel], Estimate | None, list[str]]:
        """The doubtful ones, how many there are, and what is systematic about them."""
        import numpy as np

        table = _classes(self.system, self.examples, self.answers)
        if table is None:
            rows = wrong_labels.by_loss(np.asarray(self.losses, float))
            return [self.one(row) for row in rows], None, []
        names, rows, probabilities, given = table
        suspects, estimate = wrong_labels.suspects(probabilities, given)
        sure = {one.row for one in suspects}
        others = wrong_labels.answered_otherwise(probabilities, given)
        found = [
            self.one(rows[one.row], names[one.likely], one.stated, is_suspect=one.row in sure)
            for one in (*suspects, *(other for other in others if other.row not in sure))
        ]
        patterns = wrong_labels.patterns(probabilities, given)
        return found, estimate, [_in_words(one, names) for one in patterns]

    def one(
        self,
        row: int,
        likely: str = "",
        probability: float | None = None,
        *,
        is_suspect: bool = False,
    ) -> DoubtfulLabel:
        """One of them, as a person reads it."""
        name, loss = self.examples.ids[row], self.losses[row]
        fix = self.corrections.get(name)
        return DoubtfulLabel(
            id=name,
            source=self.examples.sources[row],
            given=self._worded(self.examples.targets[row]),
            answer=self.in_words[row],
            likely=likely,
            probability=probability,
            loss=loss if math.isfinite(loss) else None,
            right="" if fix is None else analysis.in_words(fix.new),
            is_suspect=is_suspect,
        )

    def _worded(self, target: Any) -> str:
        own = None if target is None else self.system.in_words(target)
        return analysis.in_words(target if own is None else own)


def expect_open(record: Record, split: str) -> None:
    """Refuse a test split that was never opened, and the training split.

    Raises:
        RunError: it is one of these.
    """
    if split == "test" and not record.events("test_opened"):
        raise RunError(
            f"the test split of {record.id} is sealed: its labels are looked at once it was opened,"
            f" netwright evaluate {record.id} --split test."
        )
    if split == "train":
        raise RunError(
            "labels of train are not ranked by a net that learned from them: look at dev, which"
            " shows what is systematic, or have nets of folds rank them, netwright labels"
            f" {record.id} --folds 5; random slips in train do a net little harm."
        )


def _classes(
    system: AnySystem, examples: Examples, answers: Sequence[Answer]
) -> tuple[list[str], list[int], np.ndarray[Any, Any], np.ndarray[Any, Any]] | None:
    """The classes; the rows whose class is known; (N, K) the probabilities and (N,) the class of
    these; None where labels are no classes, or no probabilities are stated.
    """
    import numpy as np

    labels = system.labels(examples.targets)
    stated = [system.probabilities(answer) for answer in answers]
    if not stated or stated[0] is None or all(label is None for label in labels):
        return None
    names = list(stated[0])
    place = {name: at for at, name in enumerate(names)}
    rows = [row for row, label in enumerate(labels) if label in place and stated[row] is not None]
    table = [[(stated[row] or {}).get(name, 0.0) for name in names] for row in rows]
    given = [place[labels[row] or ""] for row in rows]
    return names, rows, np.asarray(table, float).reshape(-1, len(names)), np.asarray(given, int)


def _right(wrong: Sequence[bool | None]) -> list[int]:
    """A few rows that were answered right."""
    import numpy as np

    rows = [row for row, one in enumerate(wrong) if one is False]
    rng = np.random.default_rng(seed_of(0, "right answers"))
    return sorted(rng.permutation(rows)[:RIGHT].astype(int).tolist())


def _in_words(one: Pattern, names: Sequence[str]) -> str:
    return (
        f"{one.count:,} of {one.size:,} labels '{names[one.given]}' are answered"
        f" '{names[one.likely]}', as surely as where the label says so too, while the net is less"
        f" sure of its other mistakes (p = {one.p:.1g}, corrected for looking at all classes):"
        " labelled wrong by system, it seems; look at some."
    )


def _moment(one: Correction) -> str:
    return one.time
