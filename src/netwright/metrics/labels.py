"""Figures for answers that are labels: error, accuracy, precision, recall, F1, the confusion table,
log loss (notes 3.1.3).

The metrics read ``example.target`` and ``answer.label``, both words. Every example counts once,
except in ``WEIGHTED_ERROR``, where it counts ``example.weight`` (notes 3.1.7).
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from netwright.base.errors import DataError
from netwright.contract import Answer, AnswerColumns, Example, Examples, Metric

Table = list[list[int]]
"""Counts: a row a true class, a column an answered class."""

EPSILON = 2.0**-52
"""The smallest probability that log loss counts, as in scikit-learn: a chance of exactly 0 would
cost infinity.
"""


@dataclass(frozen=True)
class ClassScores:
    """How well one class is told from the others.

    Args:
        name: the class.
        precision: of those called so, the share that are so; None when none was called so.
        recall: of those that are so, the share called so; None when there are none.
        f1: 2 / (1/P + 1/R), 0 when nothing was right; None when the class neither occurs nor is
            answered.
        support: how many truly are of the class.
        answered: how many were called so.
    """

    name: str
    precision: float | None
    recall: float | None
    f1: float | None
    support: int
    answered: int


def confusion(truths: Sequence[str], answers: Sequence[str], classes: Sequence[str]) -> Table:
    """How often each class (row) was answered as each class (column), in the order of ``classes``.

    Raises:
        DataError: the lengths differ, or a label is not among ``classes``.
    """
    if len(truths) != len(answers):
        raise DataError(
            f"{len(truths)} truths and {len(answers)} answers: expected one answer for each."
        )
    counts = Counter(zip(truths, answers, strict=True))
    unknown = {label for pair in counts for label in pair} - set(classes)
    if unknown:
        raise DataError(
            f"label '{min(unknown)}' is not among the {len(classes)} classes of the confusion"
            " table."
        )
    return [[counts[truth, answer] for answer in classes] for truth in classes]


def per_class(table: Table, classes: Sequence[str]) -> list[ClassScores]:
    """Precision, recall and F1 of each class of a confusion table (rows are true)."""
    answered = [sum(row[at] for row in table) for at in range(len(classes))]
    return [
        _scores(name, right=table[at][at], support=sum(table[at]), answered=answered[at])
        for at, name in enumerate(classes)
    ]


def _scores(name: str, *, right: int, support: int, answered: int) -> ClassScores:
    return ClassScores(
        name=name,
        precision=right / answered if answered else None,
        recall=right / support if support else None,
        f1=2 * right / (support + answered) if support + answered else None,
        support=support,
        answered=answered,
    )


def micro(table: Table) -> float:
    """Right answers over all: micro precision, recall and F1 are one figure when each example has
    one label.

    Raises:
        DataError: the table is empty.
    """
    total = sum(map(sum, table))
    if total == 0:
        raise DataError("a confusion table without an example has no scores.")
    return sum(row[at] for at, row in enumerate(table)) / total


def macro(scores: Sequence[ClassScores]) -> ClassScores:
    """The plain mean over the classes that occur or are answered; an undefined precision or recall
    counts 0.

    Raises:
        DataError: no class occurs.
    """
    seen = [score for score in scores if score.f1 is not None]
    if not seen:
        raise DataError("no class occurs, so there is no mean over classes.")
    return ClassScores(
        name="macro",
        precision=math.fsum(score.precision or 0.0 for score in seen) / len(seen),
        recall=math.fsum(score.recall or 0.0 for score in seen) / len(seen),
        f1=math.fsum(score.f1 or 0.0 for score in seen) / len(seen),
        support=sum(score.support for score in seen),
        answered=sum(score.answered for score in seen),
    )


def log_loss(
    truths: Sequence[str], probabilities: Sequence[Sequence[float]], classes: Sequence[str]
) -> float:
    """The mean of -ln p(truth), in nats; a probability below 2^-52 counts as 2^-52.

    Args:
        probabilities: (N, K), a row an example, in the order of ``classes``.

    Raises:
        DataError: the lengths differ, there is no example, or a truth is not among ``classes``.

    Source: notes 2.3.8, the softmax loss.
    """
    if len(truths) != len(probabilities) or not truths:
        raise DataError(
            f"{len(truths)} truths and {len(probabilities)} rows of probabilities: expected as"
            " many, and one at least."
        )
    place = {name: at for at, name in enumerate(classes)}
    if unknown := set(truths) - set(place):
        raise DataError(
            f"label '{min(unknown)}' is not among the {len(classes)} classes of the probabilities."
        )
    chances = (row[place[truth]] for truth, row in zip(truths, probabilities, strict=True))
    return -math.fsum(math.log(min(1.0, max(EPSILON, chance))) for chance in chances) / len(truths)


def _wrong(example: Example, answer: Answer) -> float:
    return float(answer.label != example.target)


def _right(example: Example, answer: Answer) -> float:
    return float(answer.label == example.target)


def _weighted_wrong(example: Example, answer: Answer) -> tuple[float, float]:
    return example.weight * _wrong(example, answer), example.weight


def _pair(example: Example, answer: Answer) -> tuple[str, str]:
    return example.target, answer.label


def _wrongs(examples: Examples, answers: AnswerColumns) -> list[float]:
    return [
        float(label != truth)
        for label, truth in zip(answers.columns["label"], examples.targets, strict=True)
    ]


def _pairs(examples: Examples, answers: AnswerColumns) -> list[tuple[str, str]]:
    return list(zip(examples.targets, answers.columns["label"], strict=True))


def mean(facts: Sequence[float]) -> float:
    """The mean.

    Raises:
        DataError: there is none.
    """
    if not facts:
        raise DataError("no example with a known target, so there is nothing to measure on.")
    return math.fsum(facts) / len(facts)


def weighted_mean(facts: Sequence[float], weights: Sequence[float]) -> float:
    """(1 / sum w) sum w f.

    Raises:
        DataError: nothing weighs anything.
    """
    total = math.fsum(weights)
    if total <= 0:
        raise DataError("every example has weight 0, so there is nothing to measure on.")
    return math.fsum(weight * fact for fact, weight in zip(facts, weights, strict=True)) / total


def _weighted_mean(facts: Sequence[tuple[float, float]]) -> float:
    weight = math.fsum(fact[1] for fact in facts)
    if weight <= 0:
        raise DataError("every example has weight 0, so there is nothing to measure on.")
    return math.fsum(fact[0] for fact in facts) / weight


def _macro_f1(facts: Sequence[tuple[str, str]]) -> float:
    return _macro_f1_of(Counter(facts))


def _weighted_macro_f1(facts: Sequence[tuple[str, str]], weights: Sequence[float]) -> float:
    counts: defaultdict[tuple[str, str], float] = defaultdict(float)
    for pair, weight in zip(facts, weights, strict=True):
        counts[pair] += weight
    return _macro_f1_of(counts)


def _macro_f1_of(counts: Mapping[tuple[str, str], float]) -> float:
    support: defaultdict[str, float] = defaultdict(float)
    answered: defaultdict[str, float] = defaultdict(float)
    for (truth, answer), count in counts.items():
        support[truth] += count
        answered[answer] += count
    names = support.keys() | answered.keys()
    return mean(
        [
            2 * counts.get((name, name), 0) / (support[name] + answered[name])
            for name in sorted(names)
        ]
    )


ERROR = Metric(
    name="error",
    better="lower",
    per_example=_wrong,
    value=mean,
    is_proportion=True,
    vectorized=_wrongs,
    weighted=weighted_mean,
)
"""The share of wrong labels: (1/N) sum [y^ != y]."""

ACCURACY = Metric(
    name="accuracy",
    better="higher",
    per_example=_right,
    value=mean,
    is_proportion=True,
    weighted=weighted_mean,
)
"""The share of right labels: 1 - error."""

WEIGHTED_ERROR = Metric(
    name="weighted_error", better="lower", per_example=_weighted_wrong, value=_weighted_mean
)
"""(1 / sum w) sum w [y^ != y]: a dear mistake counts more (notes 3.1.7)."""

MACRO_F1 = Metric(
    name="macro_f1",
    better="higher",
    per_example=_pair,
    value=_macro_f1,
    vectorized=_pairs,
    weighted=_weighted_macro_f1,
)
"""The mean over classes of F1 = 2 / (1/P + 1/R); a rare class counts as much as a common one (notes
3.1.3).
"""
