"""A first look at the values of a column: numbers, words for missing ones, what names a row."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from netwright.contract import ColumnForm
from netwright.data.tables.cells import written_numbers
from netwright.data.tables.cells.missing import is_absent, is_absent_word
from netwright.data.tables.columns import kind_of, read_as
from netwright.data.tables.judging.identity import FIRST_ROWS, Identity
from netwright.data.tables.judging.judged import (
    MOST_STRAYS,
    NUMBERS_FOR_A_STRAY,
    Judged,
    Table,
    are_few,
    note_strays,
)

if TYPE_CHECKING:
    import polars as pl

    from netwright.data.tables.cells.repeated import Cells

WHOLE, NUMBER = ColumnForm("whole"), ColumnForm("number")

A_FEW = 100
"""Words that mostly show already that not all are whole numbers."""

MANY = 1000
"""Words that mostly show already that strays are too many."""

BEFORE_DIGITS = "1"
"""Words that begin with a sign or a zero come before it."""

CODE = r"^[-+]?0\d+$"
"""A whole number with a zero in front is a code: 007 is not 7."""

LARGEST_WHOLE = 2**53
"""Beyond, numbers of 8 bytes leave some out; so long ones are ids."""

STAND_INS = tuple(-(10.0**digits - 1) for digits in range(2, 7))
"""-99, -999, ...: what stands for a missing number where no other is below zero."""


@dataclass
class FirstLook:
    """What the values of a column looked like so far.

    Args:
        kind: of a typed column.
        known: how many were not missing; whole, numbers, commas: how many of those are whole
            numbers (counted as long as all numbers are), numbers, numbers when a comma is the
            decimal point; codes: whole numbers that are names; absent: how many stand for a missing
            number.
        grouped: whether all that have a point look like 1.234; dated: whether all are of as many
            digits as dates without separators.
        strays: other words -> how many, as long as they are few.
        odd: the first of them, and its line.
        below: numbers below zero -> how many, as long as they are few.
        first_words: the first different ones; widths: how many signs whole numbers have.
    """

    name: str
    table: Table
    kind: str = "words"
    known: int = 0
    whole: int = 0
    numbers: int = 0
    commas: int = 0
    codes: int = 0
    absent: int = 0
    grouped: bool = True
    dated: bool = True
    strays: Counter[str] = field(default_factory=Counter)
    odd: tuple[str, int] | None = None
    below: Counter[float] = field(default_factory=Counter)
    identity: Identity = field(default_factory=Identity)
    first_words: dict[str, None] = field(default_factory=dict)
    widths: set[Any] = field(default_factory=set)

    def look(self, cells: Cells, lines: Sequence[int]) -> None:
        """Take the next rows into account, with null for what is missing."""
        import polars as pl

        each = cells.each
        known = each.values
        if known.dtype != pl.String:
            self.kind = kind_of(known.dtype)
            self.known += cells.known
            self._look_below_zero(each, known)
            self.identity.look(cells)
            return
        whole, numbers = self._as_numbers(each, cells.values.head(A_FEW))
        all_whole = whole is not None and whole.null_count() == known.null_count()
        parsed = each.known if all_whole else each.count_made(numbers)
        if whole is not None:
            self.whole += parsed if all_whole else each.count_made(whole)
        if not self.table.as_at_first:
            self._look_below_zero(each, numbers)
            self._look_at_signs(each, whole)
            self._keep_first(known)
            self.identity.look(cells, whole if all_whole else None)
        if parsed < cells.known:
            self._look_at_others(cells, known.is_not_null() & numbers.is_null(), lines)
        self.known += cells.known
        self.numbers += parsed
        if self.table.as_at_first and self.table.delimiter != ",":
            with_points = _with_points(known).cast(pl.Float64, strict=False)
            self.commas += each.count_made(with_points)

    def _as_numbers(self, each: Cells, few: pl.Series) -> tuple[pl.Series | None, pl.Series]:
        """The whole numbers, where all numbers may be; and the numbers.

        Args:
            few: the first cells.
        """
        import polars as pl

        known, whole = each.values, None
        few_whole = _counts(few, pl.Int64)
        may_be_whole = self.whole == self.numbers and few_whole == _counts(few, pl.Float64)
        if may_be_whole and few_whole:
            whole = read_as(each, WHOLE)
            if whole.null_count() == known.null_count():
                return whole, whole
        numbers = read_as(each, NUMBER)
        if may_be_whole and whole is None:
            some = numbers.null_count() < len(numbers)
            whole = (known if some else numbers).cast(pl.Int64, strict=False)
        return whole, numbers

    def _look_at_signs(self, each: Cells, whole: pl.Series | None) -> None:
        """How words are written: of how many signs, with zeros in front, with a point."""
        self.dated = self.dated and whole is not None
        self.grouped = self.grouped and self.table.delimiter not in ("", ",")
        wanted = _questions(self.grouped)
        known = each.values
        found = known.alias("word").to_frame().select_seq(**wanted).row(0, named=True)
        self.grouped = self.grouped and not found["otherwise"]
        lengths = {found["shortest"], found["longest"]} - {None}
        if whole is not None and lengths:
            self.dated = self.dated and lengths in ({8}, {14})
            self.widths |= lengths
        if whole is not None and whole.null_count() < len(whole):
            is_large = (whole > LARGEST_WHOLE) | (whole < -LARGEST_WHOLE)
            begins = (known < BEFORE_DIGITS).arg_true()
            zeros = begins.filter(known.gather(begins).str.contains(CODE))
            self.codes += each.count(is_large.scatter(zeros, True))

    @property
    def one_width(self) -> bool:
        """Whether all are of as many digits, as codes are."""
        return len(self.widths) == 1

    def _keep_first(self, known: pl.Series) -> None:
        """Of most columns the first rows hold enough different words."""
        for rows in (FIRST_ROWS, len(known)):
            new = known.head(rows).drop_nulls().unique(maintain_order=True)
            for word in new:
                if len(self.first_words) == written_numbers.TRIED:
                    return
                if not is_absent_word(word):
                    self.first_words.setdefault(word)
            if rows >= len(known):
                return

    def _look_below_zero(self, each: Cells, numbers: pl.Series) -> None:
        if not numbers.dtype.is_numeric() or len(self.below) > 1:
            return
        is_below = numbers < 0
        if is_below.any():
            below, many = numbers.filter(is_below), each.count(is_below)
            for value in {below.min(), below.max()}:  # of more than two: that there are several
                self.below[float(value)] += many  # type: ignore[arg-type]

    def _look_at_others(self, cells: Cells, here: pl.Series, lines: Sequence[int]) -> None:
        """Words that are no numbers.

        Args:
            here: which of the different ones they are.
        """
        each = cells.each
        if not self.table.as_at_first:
            absent = here & is_absent(each.values).fill_null(False)
            self.absent += each.count(absent)
            here = here & ~absent
        if not here.any():
            return
        if self.odd is None:
            at = cells.first(here)
            self.odd = cells.values[at], lines[at]
        places = here.arg_true()
        for some in (places[:MANY], places[MANY:]):
            if len(self.strays) <= MOST_STRAYS:
                note_strays(self.strays, each.counted(some))

    @property
    def needs_another_look(self) -> bool:
        """Whether it may be more than words, or numbers other than they look."""
        found = self.judged
        form = found.form
        if not self.known or self.kind != "words":
            return False
        if form.kind == "words" or (found.strays and re.search(r"\d", " ".join(self.strays))):
            return True
        has_points = self.whole < self.numbers
        return (self.grouped and has_points) or (self.dated and not self.is_code)

    @property
    def is_code(self) -> bool:
        """Whether its numbers are names: all are whole, and some have zeros in front or are longer
        than a number may be; or they are words where columns have types.
        """
        if self.whole < self.numbers:
            return False
        are_codes = self.codes and (self.codes * NUMBERS_FOR_A_STRAY > self.known or self.one_width)
        return bool(are_codes) or not self.table.delimiter

    @property
    def judged(self) -> Judged:
        """What it is taken for: a column is numeric when every known word is a number, but for
        words for missing ones and, among many numbers, a few strays.
        """
        if self.kind != "words":
            stand_in, many = self._stand_in
            form = ColumnForm(self.kind, (stand_in,) if many else ())
            return Judged(self.name, form, self.known, stand_ins=many)
        strays, aside, slips = 0, self.absent, tuple[str, ...]()
        if not self.table.as_at_first and are_few(self.strays, self.known):
            strays, slips = self.strays.total(), tuple(sorted(self.strays))
            aside += strays
        if (
            self.numbers
            and self.numbers + aside == self.known
            and (not self.is_code or self.table.as_at_first)
        ):
            stand_in, many = self._stand_in
            kind = "whole" if self.whole == self.numbers else "number"
            missing = (*slips, stand_in) if many else slips
            return Judged(
                self.name, ColumnForm(kind, missing), self.known, strays, self.odd, stand_ins=many
            )
        if self.commas and self.commas + self.absent == self.known:
            return Judged(self.name, ColumnForm("number", decimal=","), self.known)
        wrong = 0 if self.is_code else self.known - self.numbers - self.absent
        return Judged(self.name, ColumnForm("words"), self.known, wrong, self.odd)

    @property
    def _stand_in(self) -> tuple[str, int]:
        """The one number below zero that stands for a missing one, and how often."""
        if self.table.as_at_first or len(self.below) != 1:
            return "", 0
        ((value, many),) = self.below.items()
        return (f"{value:.0f}", many) if value in STAND_INS and many > 1 else ("", 0)


def _counts(known: pl.Series, kind: Any) -> int:
    """How many words can be read as this kind of number."""
    return len(known) - known.cast(kind, strict=False).null_count()


def _with_points(known: pl.Series) -> pl.Series:
    return known.str.replace(",", ".", literal=True)


@cache
def _questions(grouped: bool) -> dict[str, pl.Expr]:
    """What is wanted of how words are written.

    Args:
        grouped: whether it matters that some have a point, and are not as 1.234.
    """
    import polars as pl

    word = pl.col("word")
    has_point = word.str.contains(".", literal=True)
    otherwise = (has_point & ~word.str.contains(written_numbers.GROUPED)).sum()
    return {
        "shortest": word.str.len_bytes().min(),
        "longest": word.str.len_bytes().max(),
        "otherwise": otherwise if grouped else pl.lit(0),
    }
