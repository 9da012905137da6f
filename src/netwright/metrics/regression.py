"""Figures for answers that are numbers: root mean squared error, mean absolute error, R squared.

The metrics read ``example.target`` and ``answer.value``, both numbers. Every example counts once,
or its weight where there are weights.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from netwright.contract import Answer, AnswerColumns, Example, Examples, Metric
from netwright.metrics.intervals import Interval, bootstrap_t
from netwright.metrics.labels import mean, weighted_mean
from netwright.metrics.measure import rounds_of


def _error(example: Example, answer: Answer) -> float:
    return float(answer.value) - float(example.target)


def _squared(example: Example, answer: Answer) -> float:
    error = _error(example, answer)
    return error * error


def _absolute(example: Example, answer: Answer) -> float:
    return abs(_error(example, answer))


def _truth_and_error(example: Example, answer: Answer) -> tuple[float, float]:
    return float(example.target), _error(example, answer)


def _truths_and_errors(examples: Examples, answers: AnswerColumns) -> list[tuple[float, float]]:
    pairs = zip(answers.columns["value"], map(float, examples.targets), strict=True)
    return [(truth, value - truth) for value, truth in pairs]


def _squares(examples: Examples, answers: AnswerColumns) -> list[float]:
    return [error * error for _, error in _truths_and_errors(examples, answers)]


def _absolutes(examples: Examples, answers: AnswerColumns) -> list[float]:
    return [abs(error) for _, error in _truths_and_errors(examples, answers)]


def _root_mean(values: Sequence[float]) -> float:
    return math.sqrt(mean(values))


def _weighted_root_mean(values: Sequence[float], weights: Sequence[float]) -> float:
    return math.sqrt(weighted_mean(values, weights))


def _interval_of_mean(values: Sequence[float]) -> Interval | None:
    """Of a mean of numbers above 0."""
    found = bootstrap_t(values, rounds=rounds_of(len(values)))
    return None if found is None else (max(0.0, found[0]), found[1])


def _interval_of_root(values: Sequence[float]) -> Interval | None:
    found = _interval_of_mean(values)
    return None if found is None else (math.sqrt(found[0]), math.sqrt(found[1]))


def _r2(values: Sequence[tuple[float, float]]) -> float:
    return _weighted_r2(values, [1.0] * len(values))


def _weighted_r2(values: Sequence[tuple[float, float]], weights: Sequence[float]) -> float:
    """1 - sum w e^2 / sum w (y - mean y)^2.

    When the truths are all equal: 1 if every answer is exact, else 0 (as scikit-learn).
    """
    truths = [truth for truth, _ in values]
    middle = weighted_mean(truths, weights)
    residual = math.fsum(w * error * error for (_, error), w in zip(values, weights, strict=True))
    if min(truths) == max(truths):
        return 1.0 if residual == 0 else 0.0
    return 1 - residual / math.fsum(
        w * (truth - middle) ** 2 for truth, w in zip(truths, weights, strict=True)
    )


RMSE = Metric(
    name="rmse",
    better="lower",
    per_example=_squared,
    value=_root_mean,
    unit="",
    vectorized=_squares,
    weighted=_weighted_root_mean,
    interval=_interval_of_root,
)
"""sqrt((1/N) sum (y^ - y)^2), in the target's unit; each example adds its squared error."""

MAE = Metric(
    name="mae",
    better="lower",
    per_example=_absolute,
    value=mean,
    unit="",
    vectorized=_absolutes,
    weighted=weighted_mean,
    interval=_interval_of_mean,
)
"""(1/N) sum |y^ - y|, in the target's unit."""

R2 = Metric(
    name="r2",
    better="higher",
    per_example=_truth_and_error,
    value=_r2,
    unit="",
    vectorized=_truths_and_errors,
    weighted=_weighted_r2,
)
"""The fraction of the target's variance that is explained; 0 for the mean, below 0 for worse."""
