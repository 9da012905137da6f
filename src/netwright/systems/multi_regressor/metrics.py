"""Figures of several numbers: the mean relative error, and the errors of each target.

A target that is unknown of an example counts in none of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from netwright.contract import AnswerColumns, Example, Examples, Metric
from netwright.data.several_targets.columns import as_array
from netwright.metrics.labels import mean
from netwright.metrics.regression import MAE, R2, RMSE
from netwright.systems.multi_regressor.codec import Predicted

Pairs = tuple[float | None, ...]
"""Of each target its truth and its error; None where it is unknown."""


def _pairs(example: Example, answer: Predicted) -> Pairs:
    found: list[float | None] = []
    for name, value in answer.values.items():
        truth = example.target.get(name)
        found += [None, None] if truth is None else [truth, value - truth]
    return tuple(found)


def _pairs_of(examples: Examples, answers: AnswerColumns) -> list[Pairs]:
    truth = as_array(examples.targets, answers.keys["values"])
    pairs = np.stack([truth, answers.columns["values"] - truth], axis=2).reshape(len(truth), -1)
    return [tuple(None if part != part else part for part in row) for row in pairs.tolist()]


def relative_error(truth: Any, error: Any, weights: Any) -> float | None:
    """sqrt(sum w e^2 / sum w (y - mean y)^2): the root mean squared error over the deviation of the
    truths, so that 1 is as far off as their mean. None where they are all alike.

    Args:
        truth, error, weights: (N,); NaN where unknown.
    """
    known = ~np.isnan(truth)
    truth, error, weights = truth[known], error[known], weights[known]
    if not len(truth) or truth.min() == truth.max():
        return None
    middle = (weights * truth).sum() / weights.sum()
    return math.sqrt((weights * error**2).sum() / (weights * (truth - middle) ** 2).sum())


def _weighted_relative(values: Sequence[Pairs], weights: Sequence[float]) -> float:
    pairs, weighed = np.array(values, float), np.array(weights, float)
    columns = zip(pairs[:, ::2].T, pairs[:, 1::2].T, strict=True)
    found = [relative_error(*column, weighed) for column in columns]
    known = [one for one in found if one is not None]
    return mean(known) if known else 1.0


RELATIVE_RMSE = Metric(
    name="relative_rmse",
    better="lower",
    per_example=_pairs,
    value=lambda values: _weighted_relative(values, [1.0] * len(values)),
    unit="",
    vectorized=_pairs_of,
    weighted=_weighted_relative,
)
"""The mean over targets of the error over the target's deviation (aRRMSE: Spyromitros-Xioufis
et al. 2016, "Multi-target regression via input space expansion"): 1 is no better than the means. A
target that is always the same has none; 1 where none has one.
"""


def of_target(name: str) -> tuple[Metric, Metric, Metric]:
    """RMSE, MAE and R squared of one target, in its units, where it is known."""
    return (
        _metric(RMSE, "RMSE", name, lambda truth, error: error * error),
        _metric(MAE, "MAE", name, lambda truth, error: abs(error)),
        _metric(R2, "R²", name, lambda truth, error: (truth, error)),
    )


def _metric(one: Metric, title: str, name: str, added: Callable[[float, float], Any]) -> Metric:
    """A metric of numbers, of one of several."""

    def per_example(example: Example, answer: Predicted) -> Any:
        truth = example.target.get(name)
        return None if truth is None else added(truth, answer.values[name] - truth)

    def vectorized(examples: Examples, answers: AnswerColumns) -> list[Any]:
        names = list(answers.keys["values"])
        at = names.index(name)
        truths = as_array(examples.targets, names)[:, at].tolist()
        given = answers.columns["values"][:, at].tolist()
        return [
            None if truth != truth else added(truth, value - truth)
            for truth, value in zip(truths, given, strict=True)
        ]

    return replace(
        one,
        name=f"{one.name}.{name}",
        per_example=per_example,
        vectorized=vectorized,
        title=title,
        of=name,
    )
