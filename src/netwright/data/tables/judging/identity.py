"""Columns that name a row and say nothing of it: row numbers, and ids that never come twice."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from netwright.data.tables.judging.small_words import small_words

if TYPE_CHECKING:
    import polars as pl

    from netwright.data.tables.cells.repeated import Cells

LEAST_ROWS = 20
"""Below, that all values differ is no sign of anything."""

FIRST_ROWS = 1000
"""Most columns hold some value twice among these, and need no further look."""

INDEX = re.compile(
    r"|column\d+|unnamed: ?\d+|__index_level_\d+__|row[._ ]?(?:names?|numbers?|nr|id)|index|idx"
)
"""What exports call the column of row numbers or row names, in small letters."""

ID = re.compile(
    r"(?:^|[_. -])(?:ids?|uuid|guid|key|(?:phone|mobile|fax)(?:[_. -]?(?:no|nr|number))?)$"
    r"|[_. -](?:no|nr)$|code$|(?-i:[a-z](?:Id|ID|No|Nr)$)",
    re.I,
)
"""What ids and other numbers that nobody reckons with are called."""

MEASURE = re.compile(
    r"(?:^|[_. -])(?:rank|ranking|place|position|age|t|time|period|year|quarter|month|week|day|hour"
    r"|minute|second)s?$",
    re.I,
)
"""What may go up by one from row to row and decide all the same."""

YEARS = (1500, 2100)
"""Whole numbers between are years, unless they are called ids."""

FILLED = 0.9
"""Of the numbers from the lowest to the highest, where a few rows were deleted."""

LEAST_NUMBER, MANY_ROWS = 100, 200
"""A measure as age or a dose takes every whole number only where these are small, and few: numbers
of rows start at 0, at 1, at 100 or more, or are many.
"""


def called_an_id(name: str) -> bool:
    """Whether a column is called as row numbers or ids are."""
    return _is_index(name) or bool(ID.search(name))


def _is_index(name: str) -> bool:
    return bool(INDEX.fullmatch(name.lower()))


@dataclass
class Identity:
    """Whether every row so far holds a value of its own.

    Args:
        rows: looked at.
        hashes: of their values, part by part, as long as none came twice; None: one did, or is
            missing.
        whole: whether all are whole numbers; low, high: of these.
        small: words without a capital in one of the first values, see ``small_words``.
    """

    rows: int = 0
    hashes: list[pl.Series] | None = field(default_factory=list)
    whole: bool = True
    low: int | None = None
    high: int | None = None
    small: float = 0.0

    def look(self, cells: Cells, whole: pl.Series | None = None) -> None:
        """Take the next rows into account: whole numbers or words; anything else names no row.

        Args:
            whole: the numbers of words, where all are whole.
        """
        import polars as pl

        values = cells.values
        whole = values if values.dtype.is_integer() else whole

        before, self.rows = self.rows, self.rows + len(values)
        if self.hashes is None or not len(values):
            return
        few = values.head(FIRST_ROWS)
        self.whole = self.whole and whole is not None
        if (
            not (values.dtype.is_integer() or values.dtype == pl.String)
            or values.null_count()
            or cells.each is not cells
            or few.n_unique() < len(few)
        ):
            self.hashes = None
        else:
            self.hashes.append(values.hash(0))
        if whole is not None and self.hashes is not None:
            low, high = int(whole.min()), int(whole.max())  # type: ignore[arg-type]
            self.low = low if self.low is None else min(low, self.low)
            self.high = high if self.high is None else max(high, self.high)
        elif self.hashes is not None and not before:
            self.small = small_words(few)

    @property
    def all_differ(self) -> bool:
        """Whether no value comes twice among enough rows."""
        import polars as pl

        if not self.hashes or self.rows < LEAST_ROWS:
            return False
        held = pl.concat(self.hashes)
        return held.n_unique() == len(held)

    def why(self, name: str, kind: str) -> str:
        """Why the column says nothing of its rows; empty: it may say something.

        Args:
            kind: what it is taken for, ``whole`` or ``words``: codes of digits are words.
        """
        if not self.all_differ:
            return ""
        if self._counts_rows(name):
            return f"row numbers, {self.low:,} to {self.high:,}"
        if _is_index(name):
            return "called as exports call the names of rows, and another value in each"
        if ID.search(name):
            return "called an id, and another value in each row"
        if kind == "words" and self.small < 1:
            return f"another {'code' if self.whole else 'word'} in each row, as an id or a name is"
        return ""

    def _counts_rows(self, name: str) -> bool:
        """Whether its whole numbers go from row to row, or from one number given to the next."""
        if not self.whole or self.low is None or self.high is None or MEASURE.search(name):
            return False
        is_year = YEARS[0] <= self.low and self.high <= YEARS[1] and not ID.search(name)
        span, many = self.high - self.low + 1, self.rows >= MANY_ROWS
        is_filled = self.rows >= FILLED * span if many else self.rows == span
        starts = self.low in (0, 1) or self.low >= LEAST_NUMBER or many
        return starts and is_filled and not is_year
