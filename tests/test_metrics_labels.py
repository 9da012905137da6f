"""Figures for labels against scikit-learn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

from netwright.base.errors import DataError
from netwright.contract import Example, Metric
from netwright.metrics.labels import (
    ERROR,
    MACRO_F1,
    confusion_matrix,
    per_class,
)

CLASSES = ["ant", "bee", "cat", "dog"]
pairs = st.lists(
    st.tuples(st.sampled_from(CLASSES), st.sampled_from(CLASSES)), min_size=1, max_size=40
)


@dataclass(frozen=True)
class Label:
    label: str


def measured(metric: Metric, rows: list[tuple[str, str]]) -> float:
    """The metric as the spine uses it: what each example adds, then the value."""
    return metric.value(
        [
            metric.per_example(Example(input=None, target=truth), Label(answer))
            for truth, answer in rows
        ]
    )


@settings(max_examples=40, deadline=None)
@given(pairs)
def test_error_and_macro_f1_are_scikit_learns(rows: list[tuple[str, str]]) -> None:
    truths, answers = zip(*rows, strict=True)
    assert measured(ERROR, rows) == pytest.approx(1 - reference.accuracy_score(truths, answers))
    assert measured(MACRO_F1, rows) == pytest.approx(
        reference.f1_score(truths, answers, average="macro")
    )


@settings(max_examples=40, deadline=None)
@given(pairs)
def test_the_confusion_matrix_and_its_scores_are_scikit_learns(rows: list[tuple[str, str]]) -> None:
    truths, answers = zip(*rows, strict=True)
    matrix = confusion_matrix(truths, answers, CLASSES)
    assert matrix == reference.confusion_matrix(truths, answers, labels=CLASSES).tolist()
    precision, recall, f1, support = reference.precision_recall_fscore_support(
        truths, answers, labels=CLASSES, zero_division=0
    )
    scores = per_class(matrix, CLASSES)
    assert [score.precision or 0.0 for score in scores] == pytest.approx(list(precision))
    assert [score.recall or 0.0 for score in scores] == pytest.approx(list(recall))
    assert [score.f1 or 0.0 for score in scores] == pytest.approx(list(f1))
    assert [score.support for score in scores] == list(support)
    assert [score.answered for score in scores] == [answers.count(name) for name in CLASSES]
    assert sum(score.right for score in scores) == reference.accuracy_score(
        truths, answers, normalize=False
    )


def test_f1_is_the_harmonic_mean_of_precision_and_recall() -> None:
    score = per_class([[8, 2], [4, 6]], ["cat", "dog"])[0]
    assert (score.precision, score.recall) == pytest.approx((8 / 12, 8 / 10))
    assert score.precision is not None and score.recall is not None
    assert score.f1 == pytest.approx(2 / (1 / score.precision + 1 / score.recall))


def test_what_is_undefined_is_none_and_not_nought() -> None:
    never_answered, never_seen, absent = per_class(
        [[0, 3, 0], [0, 0, 0], [0, 0, 0]], ["a", "b", "c"]
    )
    assert (never_answered.precision, never_answered.recall, never_answered.f1) == (None, 0.0, 0.0)
    assert (never_seen.precision, never_seen.recall, never_seen.f1) == (0.0, None, 0.0)
    assert (absent.precision, absent.recall, absent.f1) == (None, None, None)


wrong: list[tuple[Any, str]] = [
    (lambda: confusion_matrix(["ant"], [], CLASSES), "1 truths and 0 answers"),
    (lambda: confusion_matrix(["ant"], ["eel"], CLASSES), "label 'eel' is not among"),
    (lambda: ERROR.value([]), "nothing to measure on"),
    (lambda: MACRO_F1.value([]), "nothing to measure on"),
]


@pytest.mark.parametrize(("call", "message"), wrong)
def test_what_cannot_be_measured_ends_in_one_sentence(call: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        call()


def test_the_error_alone_is_a_proportion_a_mean_of_zero_and_one() -> None:
    assert ERROR.is_proportion and not MACRO_F1.is_proportion
    assert [ERROR.per_example(Example(None, "a"), Label(name)) for name in "ab"] == [0.0, 1.0]
