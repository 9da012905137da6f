"""Calibration: of the answers given with a probability of 80%, are 80% right? One figure for it,
and what of that figure is noise (notes 3.1.9).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from netwright.metrics.intervals import wilson

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

BINS = 15
"""Of as many answers each: in bins of equal width most are nearly empty."""

ROUNDS = 300


@dataclass(frozen=True)
class Calibration:
    """How far the stated probabilities are from how often they are right.

    Args:
        error: the expected calibration error: the mean of |stated - right| over the bins.
        low, high: its 95% bootstrap interval; noise alone pushes both up.
        noise: what it would be at most, 19 times in 20, if every probability were exactly right.
        p: that it would be so large then.
        stated, right: the mean probability, and the fraction that is right.
        n: how many answers.
    """

    error: float
    low: float
    high: float
    noise: float
    p: float
    stated: float
    right: float
    n: int


def calibration(
    stated: Array, right: Array, weights: Array | None = None, seed: int = 0, rounds: int = ROUNDS
) -> Calibration:
    """The expected calibration error in bins of as many answers each.

    It is above 0 by chance alone: whether it is more than that is tried by drawing each answer
    right with the probability that it states.

    Args:
        stated: (N,) the probability of each answer.
        right: (N,) whether it is.
        weights: (N,) how much each counts.

    Source: Naeini, Cooper, Hauskrecht 2015; Broecker and Smith 2007, Vaicenavicius et al. 2019 (the
    draws).
    """
    order = np.argsort(stated, kind="stable")
    stated, right = np.asarray(stated, float)[order], np.asarray(right, float)[order]
    heavy = np.ones(len(stated)) if weights is None else np.asarray(weights, float)[order]
    rng = np.random.default_rng(seed)
    error = expected_error(stated, right, heavy)
    null = np.array(
        [expected_error(stated, rng.random(len(stated)) < stated, heavy) for _ in range(rounds)]
    )
    drawn = [np.sort(rng.integers(0, len(stated), len(stated))) for _ in range(rounds)]
    spread = [expected_error(stated[rows], right[rows], heavy[rows]) for rows in drawn]
    low, high = np.quantile(spread, [0.025, 0.975])
    return Calibration(
        error,
        min(float(low), error),
        max(float(high), error),
        float(np.quantile(null, 0.95)),
        (1 + int((null >= error).sum())) / (1 + rounds),
        float(np.average(stated, weights=heavy)),
        float(np.average(right, weights=heavy)),
        len(stated),
    )


@dataclass(frozen=True)
class Tenth:
    """Answers of about the same probability.

    Args:
        stated: their mean probability, 0 to 1.
        right: the fraction of them that is right.
        low, high: its 95% interval.
        n: how many there are.
    """

    stated: float
    right: float
    low: float
    high: float
    n: int


def tenths(stated: Iterable[float], right: Iterable[bool]) -> list[Tenth]:
    """Answers in ten equal steps of the stated probability; empty steps are left out."""
    parts: dict[int, list[tuple[float, bool]]] = {}
    for probability, hit in zip(stated, right, strict=True):
        if 0 <= probability <= 1.001:
            parts.setdefault(min(9, int(10 * probability)), []).append((probability, hit))
    found = []
    for _, part in sorted(parts.items()):
        hits = sum(hit for _, hit in part)
        mean = min(1.0, sum(p for p, _ in part) / len(part))
        found.append(Tenth(mean, hits / len(part), *wilson(hits, len(part)), len(part)))
    return found


def expected_error(stated: Array, right: Array, weights: Array) -> float:
    """Of answers in the order of their probabilities."""
    count = min(BINS, len(stated))
    starts = np.linspace(0, len(stated), count, endpoint=False).astype(int)
    gaps = np.add.reduceat(weights * (stated - right), starts)
    return float(np.abs(gaps).sum() / weights.sum())
