"""Figures for numbers against scikit-learn."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

from netwright.base.errors import DataError
from netwright.contract import Example, Metric
from netwright.metrics.regression import MAE, R2, RMSE


@dataclass(frozen=True)
class Number:
    value: float


def measured(metric: Metric, rows: list[tuple[float, float]]) -> float:
    return metric.value(
        [
            metric.per_example(Example(input=None, target=truth), Number(answer))
            for truth, answer in rows
        ]
    )


numbers = st.integers(-1000, 1000).map(lambda n: n / 8)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(numbers, numbers), min_size=2, max_size=30))
def test_rmse_mae_and_r2_are_scikit_learns(rows: list[tuple[float, float]]) -> None:
    truths, answers = zip(*rows, strict=True)
    assert measured(RMSE, rows) == pytest.approx(reference.root_mean_squared_error(truths, answers))
    assert measured(MAE, rows) == pytest.approx(reference.mean_absolute_error(truths, answers))
    assert measured(R2, rows) == pytest.approx(reference.r2_score(truths, answers))


def test_r2_is_1_when_exact_0_for_the_mean_and_below_for_worse() -> None:
    assert measured(R2, [(1.0, 1.0), (3.0, 3.0)]) == 1.0
    assert measured(R2, [(1.0, 2.0), (3.0, 2.0)]) == 0.0
    assert measured(R2, [(1.0, 3.0), (3.0, 1.0)]) == -3.0


def test_equal_truths_give_0_or_1_and_no_rounding_error_blown_up() -> None:
    assert measured(R2, [(0.1, 0.1)] * 3) == 1.0
    assert measured(R2, [(0.1, 0.2)] * 3) == 0.0


def test_a_large_offset_costs_r2_no_digits() -> None:
    rows = [(1e9 + i, 1e9 + i + 0.5 * (-1) ** i) for i in range(10)]
    assert measured(R2, rows) == pytest.approx(1 - 2.5 / 82.5)


@pytest.mark.parametrize("metric", [RMSE, MAE, R2])
def test_nothing_to_measure_on_is_an_error(metric: Metric) -> None:
    with pytest.raises(DataError, match="nothing to measure on"):
        metric.value([])
    assert not metric.is_proportion and metric.unit == ""
