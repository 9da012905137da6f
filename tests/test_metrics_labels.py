"""Figures for labels against scikit-learn."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

from netwright.base.errors import DataError
from netwright.contract import Example, Metric
from netwright.metrics.labels import (
    ACCURACY,
    ERROR,
    MACRO_F1,
    WEIGHTED_ERROR,
    confusion,
    log_loss,
    macro,
    micro,
    per_class,
)

CLASSES = ["ant", "bee", "cat", "dog"]
pairs = st.lists(
    st.tuples(st.sampled_from(CLASSES), st.sampled_from(CLASSES)), min_size=1, max_size=40
)


@dataclass(frozen=True)
class Label:
    label: str


def measured(
    metric: Metric, rows: list[tuple[str, str]], weights: list[float] | None = None
) -> float:
    """The metric as the spine uses it: facts of each example, then the value."""
    weights = weights or [1.0] * len(rows)
    facts = [
        metric.per_example(Example(input=None, target=truth, weight=weight), Label(answer))
        for (truth, answer), weight in zip(rows, weights, strict=True)
    ]
    return metric.value(facts)


@settings(max_examples=40, deadline=None)
@given(pairs)
def test_error_accuracy_and_macro_f1_are_scikit_learns(rows: list[tuple[str, str]]) -> None:
    truths, answers = zip(*rows, strict=True)
    accuracy = reference.accuracy_score(truths, answers)
    assert measured(ACCURACY, rows) == pytest.approx(accuracy)
    assert measured(ERROR, rows) == pytest.approx(1 - accuracy)
    assert measured(MACRO_F1, rows) == pytest.approx(
        reference.f1_score(truths, answers, average="macro")
    )


@settings(max_examples=40, deadline=None)
@given(pairs)
def test_the_confusion_table_and_its_scores_are_scikit_learns(rows: list[tuple[str, str]]) -> None:
    truths, answers = zip(*rows, strict=True)
    table = confusion(truths, answers, CLASSES)
    assert table == reference.confusion_matrix(truths, answers, labels=CLASSES).tolist()
    precision, recall, f1, support = reference.precision_recall_fscore_support(
        truths, answers, labels=CLASSES, zero_division=0
    )
    scores = per_class(table, CLASSES)
    assert [score.precision or 0.0 for score in scores] == pytest.approx(list(precision))
    assert [score.recall or 0.0 for score in scores] == pytest.approx(list(recall))
    assert [score.f1 or 0.0 for score in scores] == pytest.approx(list(f1))
    assert [score.support for score in scores] == list(support)
    assert micro(table) == pytest.approx(reference.f1_score(truths, answers, average="micro"))
    seen = reference.precision_recall_fscore_support(
        truths, answers, average="macro", zero_division=0
    )
    together = macro(scores)
    assert [together.precision, together.recall, together.f1] == pytest.approx(list(seen[:3]))


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


def test_a_dear_mistake_weighs_more() -> None:
    rows, weights = [("cat", "cat"), ("cat", "dog"), ("dog", "dog")], [1.0, 10.0, 1.0]
    assert measured(WEIGHTED_ERROR, rows, weights) == pytest.approx(10 / 12)
    assert measured(WEIGHTED_ERROR, rows) == pytest.approx(measured(ERROR, rows))
    assert measured(ERROR, rows, weights) == pytest.approx(1 / 3)
    with pytest.raises(DataError, match="weight 0"):
        measured(WEIGHTED_ERROR, rows, [0.0] * 3)


def test_log_loss_is_scikit_learns_and_a_sure_mistake_is_finite() -> None:
    draw = random.Random(0)
    truths = [draw.choice(CLASSES) for _ in range(50)]
    raw = [[draw.random() for _ in CLASSES] for _ in truths]
    chances = [[value / sum(row) for value in row] for row in raw]
    assert log_loss(truths, chances, CLASSES) == pytest.approx(
        reference.log_loss(truths, chances, labels=CLASSES)
    )
    assert log_loss(["ant"], [[0.0, 1.0, 0.0, 0.0]], CLASSES) == pytest.approx(52 * math.log(2))


wrong: list[tuple[Any, str]] = [
    (lambda: confusion(["ant"], [], CLASSES), "1 truths and 0 answers"),
    (lambda: confusion(["ant"], ["eel"], CLASSES), "label 'eel' is not among"),
    (lambda: log_loss(["eel"], [[0.25] * 4], CLASSES), "label 'eel' is not among"),
    (lambda: log_loss([], [], CLASSES), "one at least"),
    (lambda: micro([[0, 0], [0, 0]]), "without an example"),
    (lambda: macro([]), "no class occurs"),
    (lambda: ERROR.value([]), "nothing to measure on"),
    (lambda: MACRO_F1.value([]), "nothing to measure on"),
]


@pytest.mark.parametrize(("call", "says"), wrong)
def test_what_cannot_be_measured_is_said(call: Any, says: str) -> None:
    with pytest.raises(DataError, match=says):
        call()


def test_the_means_say_that_they_are_means_of_zero_and_one() -> None:
    for metric in (ERROR, ACCURACY):
        assert metric.is_proportion and metric.per_example(Example(None, "a"), Label("b")) in (
            0.0,
            1.0,
        )
    assert not WEIGHTED_ERROR.is_proportion and not MACRO_F1.is_proportion
