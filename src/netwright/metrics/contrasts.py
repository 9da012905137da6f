"""Some examples held against all others: how much larger a mean is, and whether that is chance;
and what is left of that where many are looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from netwright.metrics.intervals import newcombe

Floats: TypeAlias = np.ndarray[Any, np.dtype[np.float64]]
Flags: TypeAlias = np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(frozen=True)
class Contrast:
    """How much larger the mean of some values is than that of the others.

    Args:
        value: the difference of the means.
        low, high: its 95% interval; None where it is unknown.
        p: two-sided, that the means are the same; 1 where nothing can be said.
    """

    value: float
    low: float | None
    high: float | None
    p: float


def contrast(
    values: Floats,
    inside: Flags,
    groups: Sequence[str] | None = None,
    weights: Sequence[float] | None = None,
) -> Contrast:
    """The mean of ``values[inside]`` less that of all others.

    Zeros and ones that stand alone and count alike: Fisher's exact test and Newcombe's interval.
    All else: Welch's t test and its interval, in which a group counts as one.

    Args:
        values: (N,) of each example.
        inside: (N,) which ones; at least two are, and at least two are not.
        groups: of the examples, which are not independent within one; None: each stands alone.
        weights: how much each counts; None: all alike.

    Source: Fisher 1935; Newcombe 1998b; Welch 1947; Liang and Zeger 1986 (groups).
    """
    if groups is None and weights is None and np.isin(values, (0.0, 1.0)).all():
        return _of_rates(values, inside)
    return _of_means(values, inside, groups, weights)


def _of_rates(values: Floats, inside: Flags) -> Contrast:
    from scipy.stats import fisher_exact

    wrong, n = int(values[inside].sum()), int(inside.sum())
    others, rest = int(values[~inside].sum()), int((~inside).sum())
    low, high = newcombe(wrong, n, others, rest)
    p = float(fisher_exact([[wrong, n - wrong], [others, rest - others]]).pvalue)
    return Contrast(wrong / n - others / rest, low, high, min(1.0, p))


def _of_means(
    values: Floats, inside: Flags, groups: Sequence[str] | None, weights: Sequence[float] | None
) -> Contrast:
    from scipy.stats import t

    heavy = np.ones(len(values)) if weights is None else np.asarray(weights, float)
    unit = np.arange(len(values))
    if groups is not None:
        unit = np.unique(np.asarray(groups, dtype=str), return_inverse=True)[1]
    parts = (inside, ~inside)
    totals = [float(heavy[part].sum()) for part in parts]
    means = [
        float((heavy[part] * values[part]).sum() / total)
        for part, total in zip(parts, totals, strict=True)
    ]
    counts = [len(np.unique(unit[part])) for part in parts]
    if min(counts) < 2:
        return _unsure(means)
    influence, spread = np.zeros(len(values)), []
    for part, total, mean, count in zip(parts, totals, means, counts, strict=True):
        own = heavy[part] * (values[part] - mean) / total * np.sqrt(count / (count - 1))
        influence[part] = own if part is inside else -own
        spread.append((float((_sums(unit[part], own) ** 2).sum()), count - 1))
    # over all at once: a group may lie on both sides
    variance = float((_sums(unit, influence) ** 2).sum())
    if variance <= 0:
        return _unsure(means)
    freedom = sum(v for v, _ in spread) ** 2 / sum(v**2 / df for v, df in spread)
    value, error = means[0] - means[1], float(np.sqrt(variance))
    half = float(t.ppf(0.975, freedom)) * error
    return Contrast(value, value - half, value + half, float(2 * t.sf(abs(value) / error, freedom)))


def _sums(unit: Any, values: Floats) -> Floats:
    """Of each unit."""
    return np.bincount(unit, values).astype(float)


def _unsure(means: Sequence[float]) -> Contrast:
    """Where nothing says how far the means would vary."""
    return Contrast(means[0] - means[1], None, None, 1.0)


def holm(p: Sequence[float]) -> list[float]:
    """P values corrected for how many there are: below 0.05 in all of them together no more than
    one time in twenty where nothing is there, however they hang together.

    The k-th smallest of m is multiplied by m - k + 1; none is smaller than one before it.

    Source: Holm 1979.
    """
    order = sorted(range(len(p)), key=lambda at: p[at])
    found, largest = [1.0] * len(p), 0.0
    for place, at in enumerate(order):
        largest = max(largest, min(1.0, (len(p) - place) * p[at]))
        found[at] = largest
    return found
