"""Every metric of a system on a set of answers, each with its 95% interval."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from netwright.contract import Answer, Example, Examples, Metric, System
from netwright.metrics.intervals import bootstrap, wilson

RESAMPLED = 1_000_000
"""About how many facts a bootstrap draws in all: between 200 and 1,000 rounds."""


def measure(system: System, examples: Examples, answers: Sequence[Answer]) -> dict[str, dict[str, Any]]:
    """Metric name -> {value, n, low, high, unit, better, mean}, over the examples whose target is known."""
    known = [(example, answer) for example, answer in zip(examples, answers, strict=True) if example.target is not None]
    groups = [example.group or example.id for example, _ in known] if examples.groups is not None else None
    return {metric.name: _one(metric, known, groups) for metric in system.metrics} if known else {}


def value_of(metric: Metric, examples: Examples, answers: Sequence[Answer]) -> float:
    """One metric's figure, without its interval: for every epoch."""
    pairs = zip(examples, answers, strict=True)
    facts = [metric.facts(example, answer) for example, answer in pairs if example.target is not None]
    return metric.value(facts) if facts else float("nan")


def baseline_value(system: System, train: Examples, examples: Examples) -> float:
    """The single number of the best answer that never looks at the input."""
    answer: Callable[[Example], Answer] = system.baseline(train)
    return value_of(system.metrics[0], examples, [answer(example) for example in examples])


def _one(metric: Metric, known: Sequence[tuple[Example, Answer]], groups: Sequence[str] | None) -> dict[str, Any]:
    facts = [metric.facts(example, answer) for example, answer in known]
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
