"""What differs between two sources, statistic by statistic, corrected for looking at many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from netwright.metrics.contrasts import contrast, holm
from netwright.metrics.distances import Columns, Floats

LEVEL = 0.05
"""What a corrected p value lies below where a difference is named."""


@dataclass(frozen=True)
class SourceDifference:
    """One statistic of two sources.

    Args:
        name: of the statistic.
        effect: how much larger its mean is in the target, in deviations within the sources (Cohen's
            d).
        low, high: the 95% interval of that; None where nothing varies.
        first, second: its means in the two.
        p: two-sided, corrected for all that was looked at.
    """

    name: str
    effect: float
    low: float | None
    high: float | None
    first: float
    second: float
    p: float

    @property
    def is_sure(self) -> bool:
        """Whether it differs beyond chance."""
        return self.p < LEVEL

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return {**asdict(self), "is_sure": self.is_sure}


def differences(
    first: Columns, second: Columns, groups: tuple[Sequence[str], Sequence[str]] | None
) -> list[SourceDifference]:
    """Each statistic of the two; p is not corrected yet.

    Args:
        groups: of the examples of either, which are drawn as one; None: each stands alone.
    """
    found = [_of(name, first[name], second[name], groups) for name in first]
    return [one for one in found if one is not None]


def corrected(
    found: Sequence[SourceDifference], also: Sequence[float]
) -> tuple[list[SourceDifference], list[float]]:
    """The largest effect first, corrected for all of them and for p values of other tests; these
    too, corrected alike.
    """
    p = holm([*(one.p for one in found), *also])
    sure = [replace(one, p=own) for one, own in zip(found, p, strict=False)]
    return sorted(sure, key=lambda one: (not one.is_sure, -abs(one.effect))), p[len(found) :]


def _of(
    name: str, first: Floats, second: Floats, groups: tuple[Sequence[str], Sequence[str]] | None
) -> SourceDifference | None:
    kept = [~np.isnan(one) for one in (first, second)]
    one, other = first[kept[0]], second[kept[1]]
    if min(len(one), len(other)) < 2:
        return None
    within = float(np.sqrt((one.var(ddof=1) + other.var(ddof=1)) / 2))
    apart = float(other.mean() - one.mean())
    if not within and not apart:
        return None
    # what is one value here and another there varies in neither: how often it is this one does
    values = (
        np.concatenate([other, one]) if within else np.repeat([1.0, 0.0], [len(other), len(one)])
    )
    inside = np.arange(len(values)) < len(other)
    owners = None
    if groups is not None:
        own = [np.asarray(part, str)[keep] for part, keep in zip(groups, kept, strict=True)]
        owners = [*own[1], *own[0]]
    if not within and owners is not None:
        rows = np.unique(np.asarray(owners), return_index=True)[1]
        values, inside, owners = values[rows], inside[rows], None
    sure = contrast(values, inside, owners)
    scale = within or abs(apart)
    low, high = (
        None if end is None or not within else end / scale for end in (sure.low, sure.high)
    )
    means = float(one.mean()), float(other.mean())
    return SourceDifference(name, apart / scale, low, high, *means, sure.p)
