"""What training saw of each column of a table, and which new rows hold anything else.

Of numbers and dates the least and the largest value, of categories all of them. An answer to a row
beyond that is a guess about a place where nothing was learned.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from netwright.base.figures import counted, shorten, value
from netwright.contract import Examples
from netwright.data.tables.encoder import MOST_CATEGORIES, numeric
from netwright.data.tables.exact import nameless
from netwright.data.tables.rows import is_rows
from netwright.data.times import DAY

if TYPE_CHECKING:
    import polars as pl

MOST_NEW = 0.05
"""A column of words is watched where at most this part of its cells hold a value that no other
does: about as often as a new row of the same kind holds one never seen (Good 1953). Names, ids and
texts, of which nearly each is new, are not.
"""

ROUNDING = 1e-7
"""Beyond the range by less than this part of its largest number is a float32 rounded."""

LONGEST = 200
"""Characters of a value, beyond which a column holds texts."""

LISTED = 5
"""Columns that a warning names."""


@dataclass(frozen=True)
class ColumnSeen:
    """What training saw of a column: a range, or values.

    Args:
        low, high: the least and the largest number; a date is its days since 1970.
        dated: whether these are dates.
        values: the categories; None: it holds numbers or dates.
    """

    low: float = 0.0
    high: float = 0.0
    dated: bool = False
    values: tuple[str, ...] | None = None

    def as_json(self) -> dict[str, Any]:
        """Plain values: the range, or the categories."""
        if self.values is not None:
            return {"values": list(self.values)}
        return {"low": self.low, "high": self.high} | ({"dated": True} if self.dated else {})

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> ColumnSeen:
        """What ``as_json`` gave, or a file."""
        values = plain.get("values")
        return cls(**plain) if values is None else cls(values=tuple(values))

    def __str__(self) -> str:
        """In a few words."""
        if self.values is not None:
            return shorten(", ".join(self.values), 60)
        return f"{self._in_words(self.low)} to {self._in_words(self.high)}"

    def cell(self, column: pl.Series, at: int) -> str:
        """A cell of it in words."""
        if self.values is not None:
            return f"'{shorten(str(column[at]), 60)}'"
        return self._in_words(float(numeric(column[[at]])[0]))

    def _in_words(self, number: float) -> str:
        if not self.dated:
            return value(number, digits=6)
        moment = np.datetime64(round(number * DAY), "ms")
        return str(moment).removesuffix("T00:00:00.000").replace("T", " ")

    def unlike(self, column: pl.Series) -> np.ndarray:
        """(N,) whether a cell holds what training never saw; a missing one holds nothing."""
        if self.values is not None:
            words = _words(column)
            new: np.ndarray = (~words.is_in(self.values) & words.is_not_null()).to_numpy()
            return new
        values, slack = numeric(column), ROUNDING * max(abs(self.low), abs(self.high))
        beyond = (values < self.low - slack) | (values > self.high + slack)
        found: np.ndarray = beyond & np.isfinite(values)
        return found


def seen_in(train: Examples) -> dict[str, ColumnSeen]:
    """Column -> what these rows hold of it, of the columns that can be watched; empty where the
    inputs are no rows of a table.
    """
    if not is_rows(train.inputs):
        return {}
    ranges: dict[str, ColumnSeen] = {}
    counts: dict[str, Counter[str]] = {}
    for frame in train.inputs.frames():
        for column in frame.get_columns():
            dated = column.dtype.is_temporal()
            if dated or column.dtype.is_numeric():
                values = numeric(column)
                known = values[np.isfinite(values)]
                if len(known):
                    here = ColumnSeen(float(known.min()), float(known.max()), dated)
                    so_far = ranges.get(column.name, here)
                    low, high = min(here.low, so_far.low), max(here.high, so_far.high)
                    ranges[column.name] = ColumnSeen(low, high, dated)
            elif _holds_words(column):
                counts.setdefault(column.name, Counter())
                if len(counts[column.name]) <= MOST_CATEGORIES:
                    found = _words(column).drop_nulls().value_counts().iter_rows()
                    counts[column.name].update(dict(found))
    watched = {
        name: ColumnSeen(values=tuple(sorted(found)))
        for name, found in counts.items()
        if _is_watched(found)
    }
    every = {**ranges, **watched}
    return {name: every[name] for name in train.inputs.columns if name in every}


def _is_watched(found: Counter[str]) -> bool:
    """Whether a value that is not among these says something of a row."""
    once = sum(count == 1 for count in found.values())
    few = 0 < len(found) <= MOST_CATEGORIES and once <= MOST_NEW * found.total()
    return few and max(map(len, found)) <= LONGEST


def _holds_words(column: pl.Series) -> bool:
    import polars as pl

    return column.dtype in (pl.String, pl.Boolean, pl.Categorical, pl.Enum)


def _words(column: pl.Series) -> pl.Series:
    import polars as pl

    return nameless(column).cast(pl.String)


@dataclass
class Unlike:
    """What training never saw, counted over all the rows that are looked at.

    Args:
        seen: column -> what training saw of it; empty: nothing is known, and nothing is reported.
        rows: how many were looked at; unlike: of them, those that hold something new.
        columns: column -> in how many rows it does; first: the first cell, in words.
    """

    seen: Mapping[str, ColumnSeen]
    rows: int = 0
    unlike: int = 0
    columns: Counter[str] = field(default_factory=Counter)
    first: dict[str, str] = field(default_factory=dict)

    def look(self, examples: Examples) -> list[tuple[str, ...]] | None:
        """The columns of each row in which it is unlike all of training; None: nothing is known."""
        if not self.seen or not is_rows(examples.inputs):
            return None
        frame = examples.inputs.frame
        found: list[tuple[str, ...]] = [()] * len(examples)
        for name, seen in self.seen.items():
            if name not in frame.columns:
                continue
            places = np.flatnonzero(seen.unlike(frame[name])).tolist()
            for at in places:
                found[at] = (*found[at], name)
            if places:
                self.columns[name] += len(places)
                cell = seen.cell(frame[name], places[0])
                self.first.setdefault(name, f"{examples.sources[places[0]]}: {cell}")
        self.rows += len(examples)
        self.unlike += sum(map(bool, found))
        return found

    def message(self) -> str | None:
        """What there is to warn of, in a sentence; None: nothing."""
        if not self.columns:
            return None
        listed = ", ".join(
            f"{count:,} in '{name}' (first {self.first[name]}; training had {self.seen[name]})"
            for name, count in self.columns.most_common(LISTED)
        )
        others = len(self.columns) - LISTED
        more = f", and more in {counted(others, 'other column')}" if others > 0 else ""
        hold = "holds" if self.unlike == 1 else "hold"
        return (
            f"{self.unlike:,} of {counted(self.rows, 'row')} {hold} values unlike all of training:"
            f" {listed}{more}; the answers there are less sure than they look."
        )
