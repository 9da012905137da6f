"""Splits by time: train is the earliest, then dev, and test the latest (notes 2.1.1)."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np

from netwright.base.errors import DataError, RecipeError
from netwright.base.figures import counted, duration
from netwright.contract import Examples
from netwright.data.splits.sizes import GAP, NAMES

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400, "week": 604_800}
LONGEST = 1e11
"""Seconds of a gap: 3,000 years, which microseconds in 64 bits can hold many times."""


@dataclass(frozen=True)
class BorderGap:
    """What lies between two splits.

    Args:
        unit: ``rows``; ``units`` of a time that is a number; ``seconds`` of dates.
    """

    size: float
    unit: str

    def __str__(self) -> str:
        if self.unit == "seconds":
            return duration(self.size)
        return f"{self.size:,.15g} {self.unit if self.size != 1 else self.unit.removesuffix('s')}"

    def rows_of(self, times: Array) -> float:
        """About how many rows it is, where times lie as densely as these on the whole."""
        if self.unit == "rows" or times[0] == times[-1]:
            return self.size
        span = times[-1] - times[0]
        whole = span / np.timedelta64(1, "s") if times.dtype.kind == "M" else span
        return self.size * len(times) / float(whole)

    def kept_before(self, times: Array, start: int) -> int:
        """How many of the first of (N,) sorted times lie before the gap that ends at ``start``.

        Raises:
            RecipeError: the times are of another kind than the gap.
        """
        if not self.size:
            return start
        if self.unit == "rows":
            return max(0, start - int(self.size))
        dates = times.dtype.kind == "M"
        if dates != (self.unit == "seconds"):
            kind = "dates: expected rows or a duration" if dates else "numbers: expected rows"
            raise RecipeError(
                f"split.gap is in {self.unit}, and the times are {kind},"
                f" such as '{'7 days' if dates else '30 units'}'."
            )
        size = np.timedelta64(round(self.size * 1e6), "us") if dates else self.size
        return int(np.searchsorted(times, times[start] - size, side="right"))


def parse_gap(gap: int | str) -> BorderGap:
    """``30`` and ``30 rows``; ``7 days``, ``12 hours`` (minutes, seconds, weeks) between dates;
    ``0.5 units`` of a time that is a number.

    Raises:
        RecipeError: it is none of these.
    """
    found = re.fullmatch(r"(\d{1,15}(?:\.\d{1,15})?)(?: +([a-z]+?)s?)?", str(gap).strip())
    size, unit = (float(found[1]), found[2] or "row") if found else (0.0, "")
    if unit == "row" and size.is_integer():
        return BorderGap(size, "rows")
    if unit == "unit":
        return BorderGap(size, "units")
    if unit in SECONDS and size * SECONDS[unit] <= LONGEST:
        return BorderGap(size * SECONDS[unit], "seconds")
    raise RecipeError(
        f"split.gap = {gap!r}: expected a whole number of rows, a duration between dates such as"
        " '7 days' or '12 hours', or 'NUMBER units' of a time that is a number."
    )


def by_time(
    examples: Examples,
    free: Sequence[int],
    classes: Sequence[str | None],
    wanted: Mapping[str, float],
    gap: int | str,
) -> list[str]:
    """The split of each example at ``free``: test the latest, dev before it, train the rest, with
    the gap before each of the two.

    The order is that of ``Examples.times``, or that in which the examples stand where they have
    none. Examples of equal time lie in one split, and so do those of a group: a border lies where
    no group lies on both its sides. Each border is the possible one nearest to the fraction wanted.

    Args:
        classes: of all examples; empty: there are none.
        wanted: split -> the fraction of these examples that it is to have.

    Raises:
        DataError: they stand class by class, or there are too few times.
        RecipeError: the gap is no gap, or one for other times.
    """
    size = parse_gap(gap)
    places = np.asarray(free, np.int64)
    if examples.times is None:
        _check_order([classes[at] for at in free] if classes else [])
        times = np.arange(len(places))
    else:
        times = np.asarray(examples.times)[places]
    order = np.argsort(times, kind="stable")
    groups = None if examples.groups is None else [examples.groups[at] for at in places[order]]
    borders = _borders(times[order], groups)
    least = 1 + sum(fraction > 0 for fraction in wanted.values())
    if len(borders) < least <= len(set(groups or ())):
        raise _side_by_side(len(borders))
    codes = _cut(times[order], borders, wanted, size)
    found = np.empty(len(order), np.int8)
    found[order] = codes
    names = (*NAMES, GAP)
    return [names[code] for code in found.tolist()]


def _side_by_side(parts: int) -> DataError:
    """Groups that last: at every moment one of them has rows before it and after it."""
    return DataError(
        "split.by = 'time' keeps the rows of a group together, and the groups here last beside"
        f" each other, so that there are no moments to cut at ({counted(parts, 'part')}). To"
        " predict what comes of the same groups, leave data.group out; to predict new groups,"
        " --set split.by=group."
    )


def _borders(times: Array, groups: Sequence[str] | None) -> Array:
    """The places in (N,) sorted times before which a split may begin."""
    free = np.ones(len(times), bool)
    free[1:] = times[1:] != times[:-1]
    if groups is not None:
        _, codes = np.unique(np.asarray(groups, dtype=object).astype(str), return_inverse=True)
        last = np.zeros(codes.max() + 1, np.int64)
        np.maximum.at(last, codes, np.arange(len(codes)))
        reach = np.maximum.accumulate(last[codes])  # the last place of any group begun so far
        free[1:] &= reach[:-1] < np.arange(1, len(times))
    return np.flatnonzero(free)


def _cut(times: Array, borders: Array, wanted: Mapping[str, float], gap: BorderGap) -> Array:
    """(N,) the place of each one's split among names and gap, the latest split first."""
    found = np.full(len(times), NAMES.index("train"), np.int8)
    requested = [split for split in ("test", "dev") if wanted.get(split, 0) > 0]
    end = len(times)
    for at, split in enumerate(requested):
        before = borders[(borders > 0) & (borders < end)]
        possible = before[len(requested) - 1 - at :]  # each split that is still to come needs one
        if not len(possible):
            raise _too_few(times, borders, wanted, gap)
        start = _nearest(possible, end - max(1, round(len(times) * wanted[split])))
        kept = gap.kept_before(times, start)
        held = borders[borders <= kept]
        if not len(held) or not held[-1]:
            raise _too_few(times, borders, wanted, gap)
        found[start:end] = NAMES.index(split)
        found[held[-1] : start] = len(NAMES)
        end = int(held[-1])
    return found


def _nearest(borders: Array, place: int) -> int:
    """Of two equally near the earlier."""
    return int(borders[np.abs(borders - place).argmin()])


def _too_few(
    times: Array, borders: Array, wanted: Mapping[str, float], gap: BorderGap
) -> DataError:
    requested = [split for split in ("dev", "test") if wanted.get(split, 0) > 0]
    held = (
        f" in {counted(len(borders), 'part')} (equal times, and those of one group, stay together)"
        if len(borders) < len(times)
        else ""
    )
    gaps = f", with a gap of {gap} before {'each' if len(requested) > 1 else 'it'}"
    least = len(requested) + 1
    # of fewer parts nobody knows how large the next one is: it may span all of the time
    expected = (
        f"about {_needed(times, borders, wanted, gap):,}"
        if len(borders) >= least or not held
        else f"{least} parts or more"
    )
    return DataError(
        f"{counted(len(times), 'example')}{held} {'is' if len(times) == 1 else 'are'} too few to"
        f" cut {' and '.join(requested)} by time from{gaps if gap.size else ''}: expected"
        f" {expected}{', or a smaller gap' if gap.size else ''}."
    )


def _needed(times: Array, borders: Array, wanted: Mapping[str, float], gap: BorderGap) -> int:
    """About how many examples can be cut: what the splits leave of them holds the gaps, each with
    half a part more, and a part of train.
    """
    part = len(times) / len(borders)
    rest = 1 - sum(wanted.values())
    border = gap.rows_of(times) + part / 2
    held = part + border * sum(fraction > 0 for fraction in wanted.values())
    return max(len(times) + 1, math.ceil(held / max(rest, 0.01)))


def _check_order(classes: Sequence[str | None]) -> None:
    """Refuse an order that is one of classes and no time: a folder a class, a table sorted so."""
    known = [name for name in classes if name is not None]
    changes = sum(a != b for a, b in pairwise(known))
    if changes and changes == len(set(known)) - 1:
        raise DataError(
            f"split.by = 'time', and the examples stand class by class, '{known[0]}' first and"
            f" '{known[-1]}' last: that is no order of time; name the column of a table that holds"
            " it, --set data.time=COLUMN."
        )


# --- what the splits span


@dataclass(frozen=True)
class TimeSpan:
    """From when to when a split's examples are.

    Args:
        first, last: the time of its earliest and latest example; what these are called where the
            order in which they stand is the time.
    """

    split: str
    count: int
    first: str
    last: str

    def __str__(self) -> str:
        return self.first if self.first == self.last else f"{self.first} to {self.last}"


@dataclass(frozen=True)
class Timeline:
    """What splits by time span.

    Args:
        column: that says when each example is of; None: the order in which they stand.
        gap: as wanted.
        left_out: how many examples lie in it.
        spans: of every split that has any example, the earliest first.
    """

    column: str | None
    gap: int | str
    left_out: int
    spans: tuple[TimeSpan, ...]

    def __str__(self) -> str:
        """``split by time ('sold'): train 2019-01-01 to 2021-03-31, ...``, in one line."""
        order = "the order of the rows" if self.column is None else repr(self.column)
        parts = [f"{one.split} {one}" for one in self.spans]
        if self.left_out:
            parts.append(f"{self.left_out:,} between them left out (gap {self.gap})")
        return f"split by time ({order}): {', '.join(parts)}"


def timeline(
    examples: Examples, assigned: Sequence[str], column: str | None, gap: int | str
) -> Timeline:
    """What the splits span that examples were assigned to."""
    named = np.asarray(assigned)
    times = np.arange(len(examples)) if examples.times is None else np.asarray(examples.times)
    found = []
    for split in dict.fromkeys(one for one in assigned if one != GAP):
        own = np.flatnonzero(named == split)
        ends = own[times[own].argmin()], own[times[own].argmax()]
        first, last = (
            examples.sources[at] if examples.times is None else moment(times[at]) for at in ends
        )
        found.append((times[ends[0]], TimeSpan(split, len(own), first, last)))
    found.sort(key=lambda one: one[0])
    left_out = int((named == GAP).sum())
    return Timeline(column, gap, left_out, tuple(span for _, span in found))


def moment(time: Any) -> str:
    """A time as a person reads it: ``2024-03-31``, ``2024-03-31 12:00:00``, ``17.5``."""
    if not isinstance(time, np.datetime64):
        return f"{time.item():.15g}" if isinstance(time, np.floating) else str(time)
    text = str(np.datetime_as_string(time, unit="us")).replace("T", " ")
    return text.removesuffix(".000000").removesuffix(" 00:00:00")
