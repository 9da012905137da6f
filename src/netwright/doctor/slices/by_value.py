"""Slices by what examples have in common: a class, a value of a column, a bin of its numbers."""

from __future__ import annotations

import datetime
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from netwright.base import figures
from netwright.doctor.slices.slices import FEWEST, Slice

MOST_VALUES = 12
"""Of a column: the most frequent."""

FEW_NUMBERS = 6
"""Different numbers of a column that are each a value of their own."""

BINS = 4
"""Of a column of more: as many in each."""

MISSING = "missing"


def by_words(by: str, values: Sequence[str | None], most: int = MOST_VALUES) -> Iterator[Slice]:
    """A slice for each of the most frequent values of which there are enough; None: no slice."""
    counts = Counter(value for value in values if value is not None)
    for name in sorted(counts, key=lambda value: (-counts[value], value))[:most]:
        if counts[name] >= FEWEST:
            yield Slice(by, name, tuple(at for at, one in enumerate(values) if one == name))


def by_column(by: str, values: Sequence[Any]) -> Iterator[Slice]:
    """Of a column of any kind: numbers and dates in bins of as many, all else by value."""
    numbers = as_numbers(values)
    if numbers is None or len(set(numbers[np.isfinite(numbers)].tolist())) <= FEW_NUMBERS:
        words = [MISSING if _is_missing(one) else figures.value(one) for one in values]
        yield from by_words(by, words)
        return
    known = np.isfinite(numbers)
    edges = np.unique(np.quantile(numbers[known], np.linspace(0, 1, BINS + 1)[1:-1]))
    bins = np.where(known, np.searchsorted(edges, numbers, side="left"), -1)
    for at in [*range(len(edges) + 1), -1]:
        rows = np.flatnonzero(bins == at)
        if len(rows) >= FEWEST:
            some = [values[row] for row in rows.tolist()]
            name = MISSING if at < 0 else _from_to(some, numbers[rows])
            yield Slice(by, name, tuple(rows.tolist()))


def as_numbers(values: Sequence[Any]) -> np.ndarray | None:
    """(N,) float64 of numbers, dates and times (in seconds), NaN where missing; None: of words."""
    known = next((value for value in values if not _is_missing(value)), None)
    if isinstance(known, bool) or not isinstance(known, int | float | datetime.date):
        return None
    return np.array([math.nan if _is_missing(one) else _number(one) for one in values])


def _number(value: Any) -> float:
    if isinstance(value, datetime.datetime):
        return value.replace(tzinfo=value.tzinfo or datetime.UTC).timestamp()
    if isinstance(value, datetime.date):
        return 86_400.0 * value.toordinal()
    return float(value)


def _is_missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def _from_to(values: Sequence[Any], numbers: np.ndarray) -> str:
    """The smallest and the largest, in words."""
    ends = [figures.value(values[int(at)]) for at in (numbers.argmin(), numbers.argmax())]
    return ends[0] if ends[0] == ends[1] else f"{ends[0]} to {ends[1]}"
