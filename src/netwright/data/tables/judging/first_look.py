"""A first look at the values of a column: numbers, words for missing ones, what names a row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from netwright.contract import ColumnForm
from netwright.data.tables.cells import written_numbers
from netwright.data.tables.columns import is_absent, kind_of, known_words, with_points
from netwright.data.tables.judging.identity import Identity
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

A_FEW = 100
"""Words that mostly show already that not all are whole numbers."""

MANY = 1000
"""Words that mostly show already that strays are too many."""

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

    def look(self, values: pl.Series, lines: Sequence[int]) -> None:
        """Take the next rows into account."""
        import polars as pl

        if values.dtype != pl.String:
            self.kind = kind_of(values.dtype)
            self.known += len(values) - values.null_count()
            self._look_below_zero(values)
            self.identity.look(values)
            return
        known = known_words(values)
        count = len(known) - known.null_count()
        numbers = known.cast(pl.Float64, strict=False)
        parsed = len(numbers) - numbers.null_count()
        few, whole = known.head(A_FEW), None
        if self.whole == self.numbers and _counts(few, pl.Int64) == _counts(few, pl.Float64):
            whole = known.cast(pl.Int64, strict=False)
            self.whole += len(whole) - whole.null_count()
            if not self.table.as_at_first:
                self._look_at_codes(known, whole)
        if not self.table.as_at_first:
            self._look_at_numbers(known, numbers, whole)
            self._keep_first(known)
            all_whole = whole is not None and whole.null_count() == len(whole) - count
            self.identity.look(whole if all_whole and whole is not None else known)
        if parsed < count:
            self._look_at_others(known.set(numbers.is_not_null(), None), lines)
        self.known += count
        self.numbers += parsed
        if self.table.as_at_first and self.table.delimiter != ",":
            self.commas += parsed if parsed == count else _counts(with_points(known), pl.Float64)

    def _look_at_numbers(
        self, known: pl.Series, numbers: pl.Series, whole: pl.Series | None
    ) -> None:
        self._look_below_zero(numbers)
        if whole is not None:
            lengths = known.drop_nulls().str.len_bytes()
            self.dated = self.dated and bool((lengths == 8).all() or (lengths == 14).all())
        else:
            self.dated = False
        pointed = known.str.contains(".", literal=True)
        if self.table.delimiter in ("", ","):
            self.grouped = False
        elif self.grouped and pointed.any():
            self.grouped = bool(known.filter(pointed).str.contains(written_numbers.GROUPED).all())

    def _look_at_codes(self, known: pl.Series, whole: pl.Series) -> None:
        named = known.str.contains(CODE)
        lengths = known.str.len_bytes()
        if lengths.null_count() < len(lengths):
            self.widths |= {lengths.min(), lengths.max()}
        large = (whole > LARGEST_WHOLE) | (whole < -LARGEST_WHOLE)
        self.codes += int((named | large.fill_null(False)).sum())

    @property
    def one_width(self) -> bool:
        """Whether all are of as many digits, as codes are."""
        return len(self.widths) == 1

    def _keep_first(self, known: pl.Series) -> None:
        wanted = written_numbers.TRIED - len(self.first_words)
        if wanted > 0:
            new = known.drop_nulls().unique(maintain_order=True)
            new = new.filter(~new.is_in(list(self.first_words)) & ~is_absent(new))
            self.first_words |= dict.fromkeys(new.head(wanted))

    def _look_below_zero(self, numbers: pl.Series) -> None:
        if not numbers.dtype.is_numeric() or len(self.below) > 1:
            return
        below = numbers.filter(numbers < 0)
        for value, many in below.value_counts().head(2).iter_rows():
            self.below[float(value)] += many

    def _look_at_others(self, others: pl.Series, lines: Sequence[int]) -> None:
        """Words that are no numbers, among nulls."""
        if not self.table.as_at_first:
            absent = is_absent(others)
            self.absent += int(absent.sum())
            others = others.set(absent.fill_null(False), None)
        if self.odd is None and others.null_count() < len(others):
            at = int(others.is_not_null().arg_true()[0])
            self.odd = others[at], lines[at]
        if len(self.strays) <= MOST_STRAYS:
            known = others.drop_nulls()
            note_strays(self.strays, known.head(MANY).value_counts())
            if len(self.strays) <= MOST_STRAYS:
                note_strays(self.strays, known.slice(MANY).value_counts())

    @property
    def needs_another_look(self) -> bool:
        """Whether it may be more than words, or numbers other than they look."""
        form = self.judged.form
        if not self.known or self.kind != "words":
            return False
        if form.kind == "words":
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
