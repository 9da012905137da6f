"""Slices of dev, each held against the rest, and corrected for looking at many."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from netwright.base.measure import Measure
from netwright.contract import Answer, Examples, Metric
from netwright.metrics.contrasts import Contrast, Floats, contrast, holm
from netwright.metrics.measure import groups_of, measure, weights_of

FEWEST = 10
"""Examples of a slice, and groups where there are groups: of fewer nothing can be said."""

LEVEL = 0.05
"""What a corrected p value lies below where a slice is named."""


@dataclass(frozen=True)
class Slice:
    """Some examples of dev.

    Args:
        by: what they have in common a value of: ``class``, a column.
        value: that value, in words.
        rows: of dev.
        among: the rows that they are held against; None: all.
    """

    by: str
    value: str
    rows: tuple[int, ...]
    among: tuple[int, ...] | None = None


@dataclass(frozen=True)
class Yardstick:
    """What each example of dev adds to a mean of which more is worse.

    Args:
        name: ``error``, or ``loss`` where answers are neither right nor wrong.
        unit: ``fraction`` of an error.
        values: (N,), NaN where an example does not count.
    """

    name: Literal["error", "loss"]
    unit: str
    values: Floats


@dataclass(frozen=True)
class JudgedSlice:
    """A slice against the rest of dev.

    Args:
        by, value: as of ``Slice``.
        n: examples of it that count.
        figure: the single number on it; None where no example counts for it.
        excess: by how much its mean is above that of the rest.
        p: corrected for all slices that were looked at.
    """

    by: str
    value: str
    n: int
    figure: Measure | None
    excess: Contrast
    p: float

    @property
    def is_worse(self) -> bool:
        """Whether it is worse than the rest beyond chance."""
        return self.excess.value > 0 and self.p < LEVEL

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "by": self.by,
            "value": self.value,
            "n": self.n,
            "figure": None if self.figure is None else self.figure.as_json(),
            "excess": asdict(self.excess),
            "p": self.p,
            "is_worse": self.is_worse,
        }


@dataclass(frozen=True)
class Slices:
    """All slices of a run that were looked at.

    Args:
        metric: the single number's name.
        whole: it on all of dev.
        yardstick, unit: what slices are held against the rest by.
        slices: the worst first.
        notes: what was not looked at, and why; a line each.
    """

    run: str
    metric: str
    whole: Measure | None
    yardstick: str
    unit: str
    slices: tuple[JudgedSlice, ...]
    notes: tuple[str, ...]

    @property
    def worse(self) -> tuple[JudgedSlice, ...]:
        """Those that are worse than the rest beyond chance."""
        return tuple(one for one in self.slices if one.is_worse)

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "run": self.run,
            "metric": self.metric,
            "dev": None if self.whole is None else self.whole.as_json(),
            "yardstick": self.yardstick,
            "unit": self.unit,
            "looked_at": len(self.slices),
            "slices": [one.as_json() for one in self.slices],
            "notes": list(self.notes),
        }


def yardstick(wrong: Sequence[bool | None], losses: Sequence[float]) -> Yardstick:
    """Wrong or not, where that can be said of an example; else the losses."""
    known = [np.nan if one is None else float(one) for one in wrong]
    if not np.isnan(known).all():
        return Yardstick("error", "fraction", np.array(known))
    found = np.array(losses, dtype=float)
    return Yardstick("loss", "", np.where(np.isfinite(found), found, np.nan))


def compared(
    slices: Iterable[Slice],
    by: Yardstick,
    metric: Metric,
    examples: Examples,
    answers: Sequence[Answer],
) -> tuple[JudgedSlice, ...]:
    """Those slices that are large enough, each against the rest, the surest of the worse first.

    Args:
        examples, answers: of dev.
    """
    groups, weights = groups_of(examples), weights_of(examples)
    counts = ~np.isnan(by.values)
    if weights is not None:
        counts &= np.asarray(weights) > 0
    found = []
    for one in slices:
        rows = _counting(one.among or range(len(examples)), counts)
        inside = np.isin(rows, np.asarray(one.rows, dtype=int))
        own = None if groups is None else [groups[row] for row in rows]
        if _too_few(inside, own) or _too_few(~inside, own):
            continue
        heavy = None if weights is None else [weights[row] for row in rows]
        found.append((one, rows[inside], contrast(by.values[rows], inside, own, heavy)))
    corrected = holm([excess.p for _, _, excess in found])
    judged = [
        JudgedSlice(one.by, one.value, len(rows), _figure(metric, examples, answers, rows), *sure)
        for (one, rows, excess), p in zip(found, corrected, strict=True)
        for sure in [(excess, p)]
    ]
    return tuple(sorted(judged, key=lambda one: (not one.is_worse, _order(one))))


def _order(one: JudgedSlice) -> tuple[float, ...]:
    return (one.excess.p, -one.excess.value) if one.is_worse else (-one.excess.value,)


def _counting(rows: Sequence[int], counts: Any) -> Any:
    among = np.asarray(rows, dtype=int)
    return among[counts[among]]


def _too_few(inside: Any, groups: Sequence[str] | None) -> bool:
    if groups is None:
        return int(inside.sum()) < FEWEST
    return len({group for group, is_in in zip(groups, inside, strict=True) if is_in}) < FEWEST


def _figure(
    metric: Metric, examples: Examples, answers: Sequence[Answer], rows: Any
) -> Measure | None:
    some = [int(row) for row in rows]
    found = measure((metric,), examples.take(some), [answers[row] for row in some])
    return found.get(metric.name)
