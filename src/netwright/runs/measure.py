"""Every metric of a system on a set of answers, each with its 95% interval."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from netwright.contract import Answer, AnswerColumns, Example, Examples, Metric, System
from netwright.metrics.intervals import bootstrap, wilson

RESAMPLED = 1_000_000
"""About how many facts a bootstrap draws in all: between 200 and 1,000 rounds."""


def measure(system: System, examples: Examples, answers: Sequence[Answer] | AnswerColumns) -> dict[str, dict[str, Any]]:
    """Metric name -> {value, n, low, high, unit, better, mean}, over the examples whose target is known."""
    examples, answers = _known(examples, answers)
    groups = [group or name for group, name in zip(examples.groups, examples.ids, strict=True)] if examples.groups else None  # fmt: skip
    if not len(examples):
        return {}
    found = {metric.name: _one(metric, _facts(metric, examples, answers), groups) for metric in system.metrics}
    if examples.weights is not None:
        found |= _weighted(system.metrics, examples, answers, groups)
    return found


def _weighted(
    metrics: Sequence[Metric],
    examples: Examples,
    answers: Sequence[Answer] | AnswerColumns,
    groups: Sequence[str] | None,
) -> dict[str, dict[str, Any]]:
    """Those metrics that are means, each example counting its weight: (1 / sum w) sum w f (notes 3.1.7)."""
    weights = [float(weight) for weight in (() if examples.weights is None else examples.weights)]
    found = {}
    for metric in metrics:
        if not metric.mean or not any(weights):
            continue
        facts = list(zip(weights, _facts(metric, examples, answers), strict=True))
        name = f"weighted_{metric.name}"
        found[name] = _one(replace(metric, name=name, value=_weighted_mean, mean=False), facts, groups)
    return found


def _weighted_mean(facts: Sequence[tuple[float, float]]) -> float:
    total = math.fsum(weight for weight, _ in facts)
    return math.fsum(weight * fact for weight, fact in facts) / total if total else math.nan


def value_of(metric: Metric, examples: Examples, answers: Sequence[Answer] | AnswerColumns) -> float:
    """One metric's figure, without its interval: for every epoch."""
    facts = _facts(metric, *_known(examples, answers))
    return metric.value(facts) if facts else float("nan")


def baseline_value(system: System, train: Examples, examples: Examples) -> float:
    """The single number of the best answer that never looks at the input."""
    answer: Callable[[Example], Answer] = system.baseline(train)
    return value_of(system.metrics[0], examples, [answer(example) for example in examples])


def _known(
    examples: Examples, answers: Sequence[Answer] | AnswerColumns
) -> tuple[Examples, Sequence[Answer] | AnswerColumns]:
    """Those whose target is known."""
    if None not in examples.targets:
        return examples, answers
    rows = [row for row, target in enumerate(examples.targets) if target is not None]
    some = answers.take(rows) if isinstance(answers, AnswerColumns) else [answers[row] for row in rows]
    return examples.take(rows), some


def _facts(metric: Metric, examples: Examples, answers: Sequence[Answer] | AnswerColumns) -> list[Any]:
    """What each example adds; from columns at once where the metric can."""
    if metric.many is not None and isinstance(answers, AnswerColumns):
        return metric.many(examples, answers)
    return [metric.facts(example, answer) for example, answer in zip(examples, answers, strict=True)]


def _one(metric: Metric, facts: list[Any], groups: Sequence[str] | None) -> dict[str, Any]:
    value = metric.value(facts)
    binary = metric.mean and all(fact in (0.0, 1.0) for fact in facts)
    low: float | None = None
    high: float | None = None
    if binary and groups is None:
        low, high = wilson(round(sum(facts)), len(facts))
    elif len(set(groups or range(len(facts)))) > 1:
        rounds = min(1000, max(200, RESAMPLED // len(facts)))
        low, high = bootstrap(facts, metric.value, groups=groups, rounds=rounds)
    return {
        "value": value,
        "n": len(facts),
        "low": low,
        "high": high,
        "unit": metric.unit,
        "better": metric.better,
        "mean": binary and groups is None,
    }
