"""Figures for answers that are labels: error, F1, the confusion matrix (notes 3.1.3).

The metrics read ``example.target`` and ``answer.label``, both words. Every example counts once, or
its weight where there are weights (notes 3.1.7).
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from netwright.base.errors import DataError
from netwright.contract import Answer, AnswerColumns, Example, Examples, Metric

Matrix = list[list[int]]
"""Counts: a row a true class, a column an answered class."""


@dataclass(frozen=True)
class ClassScores:
    """How well one class is distinguished from the others.

    Args:
        name: the class.
        precision: the fraction of its answers that are right; None when it was never answered.
        recall: the fraction of its examples that are answered right; None when there are none.
        f1: 2 / (1/P + 1/R), 0 when nothing was right; None when the class neither occurs nor is
            answered.
        support: how many examples are of the class.
        answered: how many answers are of the class.
        right: how many examples are of the class and answered so.
    """

    name: str
    precision: float | None
    recall: float | None
    f1: float | None
    support: int
    answered: int
    right: int


def confusion_matrix(
    truths: Sequence[str], answers: Sequence[str], classes: Sequence[str]
) -> Matrix:
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
            " matrix."
        )
    return [[counts[truth, answer] for answer in classes] for truth in classes]


def per_class(matrix: Matrix, classes: Sequence[str]) -> list[ClassScores]:
    """Precision, recall and F1 of each class of a confusion matrix (rows are true)."""
    answered = [sum(row[at] for row in matrix) for at in range(len(classes))]
    return [
        _scores(name, right=matrix[at][at], support=sum(matrix[at]), answered=answered[at])
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
        right=right,
    )


def _wrong(example: Example, answer: Answer) -> float:
    return float(answer.label != example.target)


def _pair(example: Example, answer: Answer) -> tuple[str, str]:
    return example.target, answer.label


def _wrongs(examples: Examples, answers: AnswerColumns) -> list[float]:
    return [
        float(label != truth)
        for label, truth in zip(answers.columns["label"], examples.targets, strict=True)
    ]


def _pairs(examples: Examples, answers: AnswerColumns) -> list[tuple[str, str]]:
    return list(zip(examples.targets, answers.columns["label"], strict=True))


def mean(values: Sequence[float]) -> float:
    """The mean.

    Raises:
        DataError: there is none.
    """
    if not values:
        raise DataError("no example with a known target, so there is nothing to measure on.")
    return math.fsum(values) / len(values)


def weighted_mean(values: Sequence[float], weights: Sequence[float]) -> float:
    """(1 / sum w) sum w f.

    Raises:
        DataError: nothing weighs anything.
    """
    total = math.fsum(weights)
    if total <= 0:
        raise DataError("every example has weight 0, so there is nothing to measure on.")
    return math.fsum(weight * value for value, weight in zip(values, weights, strict=True)) / total


def _macro_f1(values: Sequence[tuple[str, str]]) -> float:
    return _macro_f1_of(Counter(values))


def _weighted_macro_f1(values: Sequence[tuple[str, str]], weights: Sequence[float]) -> float:
    counts: defaultdict[tuple[str, str], float] = defaultdict(float)
    for pair, weight in zip(values, weights, strict=True):
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
"""The fraction of wrong labels: (1/N) sum [y^ != y]."""


MACRO_F1 = Metric(
    name="macro_f1",
    better="higher",
    per_example=_pair,
    value=_macro_f1,
    vectorized=_pairs,
    weighted=_weighted_macro_f1,
)
"""The mean over classes of F1 = 2 / (1/P + 1/R): a rare class counts as a common one (3.1.3)."""
