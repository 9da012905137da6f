"""Every metric of a system on a set of answers, each with its 95% interval.

Where examples have weights, every figure is weighted, and ``unweighted_<metric>`` stands beside the
single number (notes 3.1.7).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from netwright.base.errors import DataError
from netwright.base.measure import Measure
from netwright.contract import Answer, AnswerColumns, AnySystem, Example, Examples, Metric, of_rows
from netwright.metrics.intervals import (
    Interval,
    bootstrap,
    newcombe_paired,
    wilson,
    wilson_of_mean,
)

RESAMPLED = 1_000_000
"""About how many examples a bootstrap draws in all: between ``FEWEST_ROUNDS`` and 1,000
rounds.
"""

FEWEST_ROUNDS = 200

SAME = 1e-9
"""Figures that differ by less than this part of them differ by rounding alone."""


@dataclass(frozen=True)
class Lead:
    """How much better one set of answers is than another on the same examples.

    Args:
        value: in the metric's unit; below 0 where it is worse.
        low, high: the 95% interval; None where it is unknown.
    """

    value: float
    low: float | None
    high: float | None


def measure(
    metrics: Sequence[Metric], examples: Examples, answers: Sequence[Answer] | AnswerColumns
) -> dict[str, Measure]:
    """Metric name -> its figure.

    Over the examples whose target is known and whose weight is above 0; one for which no example
    counts has no figure.

    Args:
        metrics: the single number first.

    Raises:
        DataError: every example weighs 0.
    """
    examples, answers = known_of(examples, answers)
    if not len(examples):
        return {}
    groups = groups_of(examples)
    weights = weights_of(examples)
    each = [counting(values_of(one, examples, answers), groups, weights) for one in metrics]
    found = {
        metric.name: _measured(metric, *counted)
        for metric, counted in zip(metrics, each, strict=True)
        if counted[0]
    }
    if weights is not None:
        first, (values, alike, _) = metrics[0], each[0]
        found[f"unweighted_{first.name}"] = _measured(first, values, alike, None)
    return found


def value_of(
    metric: Metric, examples: Examples, answers: Sequence[Answer] | AnswerColumns
) -> float:
    """One metric's figure, without its interval: for every epoch."""
    examples, answers = known_of(examples, answers)
    values, _, weights = counting(values_of(metric, examples, answers), None, weights_of(examples))
    return figure_of(metric, values, weights) if values else float("nan")


def lead(
    metric: Metric,
    examples: Examples,
    answers: Sequence[Answer] | AnswerColumns,
    others: Sequence[Answer] | AnswerColumns,
) -> Lead | None:
    """How much better ``answers`` are than ``others`` on the same examples; None where none counts
    in both.

    Rates by Newcombe's interval of paired ones, other figures by drawing examples, or groups of
    them, with what both say of them.
    """
    counted, answers = known_of(examples, answers)
    others = known_of(examples, others)[1]
    pairs = list(
        zip(*(values_of(metric, counted, some) for some in (answers, others)), strict=True)
    )
    whole = [None if None in pair else pair for pair in pairs]
    kept, groups, weights = counting(whole, groups_of(counted), weights_of(counted))
    if not kept:
        return None
    sign = 1.0 if metric.better == "higher" else -1.0
    own, other = (_objects(column) for column in zip(*kept, strict=True))
    heavy = None if weights is None else _objects(weights)

    def size(rows: Any) -> float:
        some = None if heavy is None else heavy[rows].tolist()
        ours, theirs = (figure_of(metric, of[rows].tolist(), some) for of in (own, other))
        return sign * (ours - theirs) + 0.0  # -0.0 becomes 0.0

    value = size(slice(None))
    if not math.isfinite(value):
        return Lead(value, None, None)
    if groups is None and weights is None and _are_rates(metric, (*own, *other)):
        counts = Counter(kept)
        low, high = newcombe_paired(
            counts[1.0, 1.0], counts[1.0, 0.0], counts[0.0, 1.0], counts[0.0, 0.0]
        )
        return Lead(value, *sorted((sign * low, sign * high)))
    if len(set(groups or range(len(kept)))) < 2:
        return Lead(value, None, None)
    rounds = rounds_of(2 * len(kept))
    return Lead(value, *bootstrap(range(len(kept)), size, groups=groups, rounds=rounds))


def loss_of(examples: Examples, losses: Sequence[float], counts: Sequence[float]) -> float:
    """The loss per labelled thing, weighted where examples have weights: sum(w count loss) / sum(w
    count); NaN where nothing is labelled.

    Args:
        losses: one an example, per labelled thing; NaN where nothing is labelled.
        counts: labelled things of each example.
    """
    weights = weights_of(examples)
    if weights is None:
        pairs = [pair for pair in zip(losses, counts, strict=True) if pair[0] == pair[0]]
        total = sum(count for _, count in pairs)
        return sum(loss * count for loss, count in pairs) / total if total else math.nan
    heavy = [weight * count for weight, count in zip(weights, counts, strict=True)]
    pairs = [pair for pair in zip(losses, heavy, strict=True) if pair[0] == pair[0]]
    total = math.fsum(weight for _, weight in pairs)
    return math.fsum(loss * weight for loss, weight in pairs) / total if total else math.nan


def interval_of(metric: Metric, value: float, examples: Examples) -> Interval | None:
    """The interval that this many examples allow a proportion; None for any other figure."""
    if not metric.is_proportion or examples.groups is not None or not len(examples):
        return None
    size = effective(weights_of(examples), len(examples))
    return wilson(min(value, 1.0) * size, size)


def baseline_value(system: AnySystem, train: Examples, examples: Examples) -> float:
    """The single number of the baseline, for which no input is read. It is asked of examples whose
    target is known, as metrics are: it may read what lies beside the truth.
    """
    answer: Callable[[Example], Answer] = system.baseline(train)
    known = [row for row, target in enumerate(examples.targets) if target is not None]
    examples = examples.without_inputs().take(known)
    return value_of(system.metrics[0], examples, [answer(example) for example in examples])


def weights_of(examples: Examples) -> list[float] | None:
    """What each counts; None when all count alike."""
    return None if examples.weights is None else [float(weight) for weight in examples.weights]


def effective(weights: Sequence[float] | None, count: int) -> float:
    """How many examples of equal weight give as sure a figure: (sum w)^2 / sum w^2 (Kish 1965)."""
    if weights is None:
        return count
    return max(1.0, math.fsum(weights) ** 2 / math.fsum(weight * weight for weight in weights))


def known_of(
    examples: Examples, answers: Sequence[Answer] | AnswerColumns
) -> tuple[Examples, Sequence[Answer] | AnswerColumns]:
    """Those whose target is known and whose weight is not 0."""
    weights = weights_of(examples)
    if None not in examples.targets and (weights is None or 0.0 not in weights):
        return examples, answers
    heavy = [True] * len(examples) if weights is None else [weight > 0 for weight in weights]
    if not any(heavy):
        raise DataError(
            f"each of these {len(examples):,} examples weighs 0: nothing to measure on; give some a"
            " weight."
        )
    rows = [row for row, target in enumerate(examples.targets) if target is not None and heavy[row]]
    return examples.take(rows), of_rows(answers, rows)


def _objects(values: Sequence[Any]) -> Any:
    """(N,) of any values, from which rows are drawn."""
    import numpy as np

    return np.fromiter(values, dtype=object, count=len(values))


def groups_of(examples: Examples) -> list[str] | None:
    """Whose examples are drawn as one; one without a group is its own."""
    if not examples.groups:
        return None
    return [group or name for group, name in zip(examples.groups, examples.ids, strict=True)]


def _are_rates(metric: Metric, values: Iterable[Any]) -> bool:
    return metric.is_proportion and all(value in (0.0, 1.0) for value in values)


def counting(
    values: list[Any], groups: Sequence[str] | None, weights: Sequence[float] | None
) -> tuple[list[Any], Sequence[str] | None, Sequence[float] | None]:
    """Values, groups and weights of the examples that count; None as a value says that one does
    not.
    """
    if all(value is not None for value in values):
        return values, groups, weights
    rows = [row for row, value in enumerate(values) if value is not None]
    return (
        [values[row] for row in rows],
        None if groups is None else [groups[row] for row in rows],
        None if weights is None else [weights[row] for row in rows],
    )


def values_of(
    metric: Metric, examples: Examples, answers: Sequence[Answer] | AnswerColumns
) -> list[Any]:
    """What each example adds; from columns at once where the metric can."""
    if metric.vectorized is not None and isinstance(answers, AnswerColumns):
        return metric.vectorized(examples, answers)
    return [
        metric.per_example(example, answer)
        for example, answer in zip(examples.without_inputs(), answers, strict=True)
    ]


def figure_of(metric: Metric, values: Sequence[Any], weights: Sequence[float] | None) -> float:
    """A plain float, whatever kind of number the metric's function gives."""
    if weights is None:
        return float(metric.value(values))
    if metric.weighted is None:
        raise DataError(
            f"the metric '{metric.name}' cannot be weighted, and these examples have weights: leave"
            " data.weight out."
        )
    return float(metric.weighted(values, weights))


def _measured(
    metric: Metric, values: list[Any], groups: Sequence[str] | None, weights: Sequence[float] | None
) -> Measure:
    figure = figure_of(metric, values, weights)
    binary = _are_rates(metric, values)
    low: float | None = None
    high: float | None = None
    if not math.isfinite(figure):
        pass  # a class that was never answered: nothing to draw from
    elif binary and groups is None:
        size = effective(weights, len(values))
        low, high = wilson(round(sum(values)) if weights is None else min(figure, 1.0) * size, size)
    elif metric.interval is not None and groups is None and weights is None:
        ends = metric.interval(values)
        low, high = (None, None) if ends is None else map(float, ends)
    elif len(set(groups or range(len(values)))) > 1:
        low, high = _resampled(metric, values, groups, weights)
        if high - low <= SAME * abs(figure):
            size = effective(weights, len(values))
            low, high = _interval_of_equal_draws(metric, figure, groups, size)
    return Measure(
        figure,
        len(values),
        low,
        high,
        unit=metric.unit,
        title=metric.title,
        of=metric.of,
        better=metric.better,
        is_proportion=binary and groups is None and weights is None,
    )


def rounds_of(count: int) -> int:
    """Of a bootstrap over so many examples."""
    return min(1000, max(FEWEST_ROUNDS, RESAMPLED // count))


def _resampled(
    metric: Metric, values: list[Any], groups: Sequence[str] | None, weights: Sequence[float] | None
) -> Interval:
    """The bootstrap interval; an example is drawn with its weight."""
    rounds = rounds_of(len(values))
    if weights is None:
        return bootstrap(
            values, lambda drawn: figure_of(metric, drawn, None), groups=groups, rounds=rounds
        )

    def figure(pairs: Sequence[tuple[Any, float]]) -> float:
        return figure_of(metric, [value for value, _ in pairs], [weight for _, weight in pairs])

    return bootstrap(list(zip(values, weights, strict=True)), figure, groups=groups, rounds=rounds)


def _interval_of_equal_draws(
    metric: Metric, figure: float, groups: Sequence[str] | None, size: float
) -> tuple[float | None, float | None]:
    """What holds where no resample differs: of a fraction the interval of a rate of as many; of
    another unit nothing bounds what one more example could add, so that the interval is unknown.
    """
    if metric.unit != "fraction" or not -SAME <= figure <= 1 + SAME:
        return None, None
    count = size if groups is None else len(set(groups))
    low, high = wilson_of_mean(min(1.0, max(0.0, figure)), count)
    return min(low, figure), max(high, figure)
