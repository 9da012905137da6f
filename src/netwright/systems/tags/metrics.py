"""Figures of tags: the mean average precision, which needs no threshold; with thresholds F1 (notes
3.1.3), precision and recall of each, the mean F1, whole examples right.

A tag that is unknown of an example counts in none of them. An example with a weight counts so often
(notes 3.1.7).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from netwright.contract import AnswerColumns, Example, Examples, Metric
from netwright.data.several_targets.columns import as_array
from netwright.metrics.intervals import Interval, wilson
from netwright.metrics.labels import mean, weighted_mean
from netwright.systems.tags.codec import Tags

Codes = tuple[int, ...]
"""Of each tag what was answered and what is true: see below."""

UNKNOWN, NO_NO, MISSED, FALSE, FOUND = -1, 0, 1, 2, 3
"""The truth is unknown; neither; true but not answered; answered but not true; both."""


def _code(truth: bool | None, answered: bool) -> int:
    return UNKNOWN if truth is None else 2 * answered + truth


def _codes(example: Example, answer: Tags) -> Codes:
    truth = example.target
    return tuple(_code(truth.get(tag), tag in answer.tags) for tag in answer.probabilities)


def _codes_of(examples: Examples, answers: AnswerColumns) -> Any:
    """(N, T) of the same."""
    truth = as_array(examples.targets, answers.keys["probabilities"])
    codes = 2 * answers.columns["on"] + np.nan_to_num(truth)
    return np.where(np.isnan(truth), UNKNOWN, codes).astype(np.int8)


def _ranked(example: Example, answer: Tags) -> tuple[float, ...]:
    """Of each tag its probability and its truth: 1, 0, or -1 where unknown."""
    pairs = [(p, example.target.get(tag)) for tag, p in answer.probabilities.items()]
    return tuple(part for p, yes in pairs for part in (p, UNKNOWN if yes is None else float(yes)))


def _ranked_of(examples: Examples, answers: AnswerColumns) -> list[tuple[float, ...]]:
    truth = as_array(examples.targets, answers.keys["probabilities"])
    known = np.where(np.isnan(truth), UNKNOWN, truth)
    pairs = np.stack([np.asarray(answers.columns["probabilities"], float), known], axis=2)
    return list(map(tuple, pairs.reshape(len(truth), -1).tolist()))


def average_precision(stated: Any, truth: Any, weights: Any) -> float | None:
    """sum_n (R_n - R_n-1) P_n over the probabilities, the largest first: the precision, averaged
    over the examples that have the tag. None where none has.

    Args:
        stated: (N,) probabilities.
        truth: (N,) 1, 0, or -1 where unknown.
        weights: (N,) how often each example counts.
    """
    known = (truth != UNKNOWN) & (weights > 0)
    stated, truth, weights = stated[known], truth[known], weights[known]
    if not (weights * truth).any():
        return None
    order = np.argsort(-stated, kind="stable")
    ranked = stated[order]
    found, answered = np.cumsum((weights * truth)[order]), np.cumsum(weights[order])
    last = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True))
    gained = np.diff(found[last], prepend=0.0) / found[-1]
    return float((gained * found[last] / answered[last]).sum())


def _weighted_mean_average_precision(
    values: Sequence[tuple[float, ...]], weights: Sequence[float]
) -> float:
    pairs, weighed = np.array(values), np.array(weights, float)
    columns = zip(pairs[:, ::2].T, pairs[:, 1::2].T, strict=True)
    return _mean([average_precision(*column, weighed) for column in columns])


def _mean_average_precision(values: Sequence[tuple[float, ...]]) -> float:
    return _weighted_mean_average_precision(values, [1.0] * len(values))


def _mean(scores: Sequence[float | None]) -> float:
    """Over the tags that have one; 0 where none has."""
    known = [score for score in scores if score is not None]
    return mean(known) if known else 0.0


def f1(codes: Any, weights: Any) -> float | None:
    """2 / (1/P + 1/R) = 2 found / (2 found + missed + false); None where all three are 0."""
    found, missed, false = (weights[codes == code].sum() for code in (FOUND, MISSED, FALSE))
    total = 2 * found + missed + false
    return float(2 * found / total) if total else None


def _weighted_macro_f1(values: Sequence[Codes], weights: Sequence[float]) -> float:
    codes, weighed = np.array(values), np.array(weights, float)
    return _mean([f1(column, weighed) for column in codes.T])


def _macro_f1(values: Sequence[Codes]) -> float:
    return _weighted_macro_f1(values, [1.0] * len(values))


def _all_right(codes: Sequence[int]) -> float:
    return float(all(code in (UNKNOWN, NO_NO, FOUND) for code in codes))


MEAN_AVERAGE_PRECISION = Metric(
    name="mean_average_precision",
    better="higher",
    per_example=_ranked,
    value=_mean_average_precision,
    vectorized=_ranked_of,
    weighted=_weighted_mean_average_precision,
)
"""The mean over tags of the average precision: a rare tag counts as a common one. A tag that no
example has, has none. It asks for no threshold, so that it chooses between epochs and runs.
"""

MACRO_F1 = Metric(
    name="macro_f1",
    better="higher",
    per_example=_codes,
    value=_macro_f1,
    vectorized=lambda examples, answers: list(map(tuple, _codes_of(examples, answers).tolist())),
    weighted=_weighted_macro_f1,
)
"""The mean over tags of F1: a rare tag counts as a common one. One that neither occurs nor is
answered has none; 0 where none has.
"""

SUBSET_ACCURACY = Metric(
    name="subset_accuracy",
    better="higher",
    per_example=lambda example, answer: _all_right(_codes(example, answer)),
    value=mean,
    is_proportion=True,
    vectorized=lambda examples, answers: list(
        map(_all_right, _codes_of(examples, answers).tolist())
    ),
    weighted=weighted_mean,
)
"""The fraction of examples of which every known tag is answered right."""


def of_tag(tag: str) -> tuple[Metric, Metric, Metric]:
    """F1, precision and recall of one tag: of the examples where it is known, where it was answered
    and where it is true.
    """
    every = {code: float(code) for code in (NO_NO, MISSED, FALSE, FOUND)}
    found, weighed = (mean, weighted_mean), (_f1_of_one, _weighted_f1_of_one)
    return (
        _metric(tag, "F1", every, *weighed, interval=f1_interval),
        _metric(tag, "precision", {FALSE: 0.0, FOUND: 1.0}, *found, is_proportion=True),
        _metric(tag, "recall", {MISSED: 0.0, FOUND: 1.0}, *found, is_proportion=True),
    )


def _metric(
    tag: str,
    title: str,
    added: Mapping[int, float],
    value: Callable[[Sequence[float]], float],
    weighted: Callable[[Sequence[float], Sequence[float]], float],
    *,
    is_proportion: bool = False,
    interval: Callable[[Sequence[float]], Interval] | None = None,
) -> Metric:
    """A figure of one tag.

    Args:
        added: code -> what an example of that code adds; others do not count.
    """

    def one(example: Example, answer: Tags) -> float | None:
        return added.get(_code(example.target.get(tag), tag in answer.tags))

    def many(examples: Examples, answers: AnswerColumns) -> list[float | None]:
        at = list(answers.keys["probabilities"]).index(tag)
        return list(map(added.get, _codes_of(examples, answers)[:, at].tolist()))

    return Metric(
        name=f"{title.lower()}.{tag}",
        better="higher",
        per_example=one,
        value=value,
        is_proportion=is_proportion,
        vectorized=many,
        weighted=weighted,
        interval=interval,
        title=title,
        of=tag,
    )


def f1_interval(codes: Sequence[float]) -> Interval:
    """The 95% interval of F1 = 2 J / (1 + J), which grows with J, the fraction of those that are
    answered or true that are both; of a fraction Wilson's is known.
    """
    found = sum(code == FOUND for code in codes)
    either = found + sum(code in (MISSED, FALSE) for code in codes)
    low, high = wilson(found, either) if either else (0.0, 1.0)
    return 2 * low / (1 + low), 2 * high / (1 + high)


def _f1_of_one(codes: Sequence[float]) -> float:
    return _weighted_f1_of_one(codes, [1.0] * len(codes))


def _weighted_f1_of_one(codes: Sequence[float], weights: Sequence[float]) -> float:
    return f1(np.asarray(codes), np.asarray(weights, float)) or 0.0
