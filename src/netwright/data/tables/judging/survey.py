"""What the columns of a table hold: each is judged as a whole, on all its values.

A first look finds numbers, words for missing ones, and what names a row. Words get a second one:
they are whatever they can all be read as.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from netwright.contract import ColumnForm
from netwright.data.tables.cells import dates, written_numbers
from netwright.data.tables.cells.written_numbers import CONTINENTAL, ENGLISH, Groups, Separators
from netwright.data.tables.columns import (
    as_form,
    is_absent,
    kind_of,
    known_words,
    with_points,
)
from netwright.data.tables.exact import nameless
from netwright.data.tables.judging.identity import Identity

if TYPE_CHECKING:
    import polars as pl

A_FEW, MANY = 100, 1000

NUMBERS_FOR_A_STRAY = 50
"""So many known cells allow one that does not fit: it is missing, the column stays what it is."""

MOST_STRAYS = 20
"""Different ones, beyond which they are no slips."""

CODE = r"^[-+]?0\d+$"
"""A whole number with a zero in front is a code: 007 is not 7."""

LARGEST_WHOLE = 2**53
"""Beyond, numbers of 8 bytes leave some out; so long ones are ids."""

STAND_INS = tuple(-(10.0**digits - 1) for digits in range(2, 7))
"""-99, -999, ...: what stands for a missing number where no other is below zero."""

Parts = Callable[[], Iterable[tuple["pl.DataFrame", Sequence[int]]]]
"""The rows of a table with the line of each, part by part, from the start each time."""


@dataclass(frozen=True)
class Judged:
    """What a column is taken for.

    Args:
        strays: its known cells that do not fit, which count as missing; known: all.
        odd: one that is why the column is no number, or is missing, and its line.
        is_open: whether its values could be meant otherwise: thousands or decimals, day or month;
            separator: the one of which it is open what it parts.
        nearly: how it could be read else: most of its words, but not all, or one that is left out.
        stand_ins: cells that hold the number that stands for a missing one.
    """

    name: str
    form: ColumnForm
    known: int = 0
    strays: int = 0
    odd: tuple[str, int] | None = None
    is_open: bool = False
    separator: str = ""
    nearly: ColumnForm | None = None
    stand_ins: int = 0


@dataclass(frozen=True)
class Table:
    """What is known of a table before its values are looked at.

    Args:
        delimiter: what parts the cells of its file; empty where columns have types of their own:
            there digits in words are meant to be words.
        labels: columns that may hold labels to learn, which stay as they are written.
        roles: columns that are no input.
        as_at_first: judge as the first releases did, which knew numbers and words alone.
    """

    names: Sequence[str]
    delimiter: str = ""
    labels: Collection[str] = ()
    roles: Collection[str] = ()
    as_at_first: bool = False


def survey(
    parts: Parts, table: Table, known: Collection[str] = (), kept: Collection[str] = ()
) -> tuple[list[Judged], int]:
    """What each column is taken for, all rows looked through, and how many they are.

    Args:
        known: columns of which it is known what they are: they are looked at once.
        kept: those that are never left out.
    """
    seen, count = {name: _First(name, table) for name in table.names}, 0
    for frame, lines in parts():
        count += len(lines)
        for name, first in seen.items():
            first.look(nameless(frame.get_column(name)), lines)
    again = {
        name: _Second(first)
        for name, first in seen.items()
        if first.needs_another_look and name not in known and not table.as_at_first
    }
    if again:
        for frame, lines in parts():
            for name, second in again.items():
                second.look(nameless(frame.get_column(name)), lines)
    judged = [
        again[name].judged() if name in again else first.judged for name, first in seen.items()
    ]
    if separators := _separators_of_others(judged):
        judged = [
            again[o.name].judged(separators) if o.is_open and o.name in again else o for o in judged
        ]
    if table.as_at_first:
        return judged, count
    return _without_names_of_rows(judged, seen, table, kept), count


def _separators_of_others(judged: Sequence[Judged]) -> Separators | None:
    """The separators of the numbers of other columns: those that leave it open are meant so."""
    found = {
        (one.form.thousands, one.form.decimal)
        for one in judged
        if one.form.kind == "number" and one.form.thousands and not one.is_open
    }
    return found.pop() if len(found) == 1 else None


def _without_names_of_rows(
    judged: Sequence[Judged],
    seen: Mapping[str, _First],
    table: Table,
    kept: Collection[str],
) -> list[Judged]:
    """Columns that name a row and say nothing of it are left out, unless nothing else is there."""
    inputs = [one for one in judged if one.name not in table.roles]
    whys = {
        one.name: seen[one.name].identity.why(one.name)
        for one in inputs
        if one.name not in kept and one.form.kind in ("whole", "words")
    }
    left_out = {name: why for name, why in whys.items() if why}
    if len(left_out) == len(inputs):
        return list(judged)
    return [
        replace(one, form=ColumnForm("ignore", why=left_out[one.name]), odd=None, nearly=one.form)
        if one.name in left_out
        else one
        for one in judged
    ]


@dataclass
class _First:
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
            _note(self.strays, known.head(MANY).value_counts())
            if len(self.strays) <= MOST_STRAYS:
                _note(self.strays, known.slice(MANY).value_counts())

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
        if not self.table.as_at_first and _are_few(self.strays, self.known):
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


@dataclass
class _Reading:
    """A way in which the words of a column may be read.

    Args:
        fits: words that can be read so.
        strays: others -> how many, as long as they are few; odd: the first, and its line.
    """

    form: ColumnForm
    fits: int = 0
    strays: Counter[str] = field(default_factory=Counter)
    odd: tuple[str, int] | None = None


class _Second:
    """A second look at the words of a column: which ways of reading them fit them all?"""

    def __init__(self, first: _First) -> None:
        self.first = first
        self.readings = [_Reading(form) for form in self._candidates()]
        self.known = 0
        self.groups = Groups()

    def look(self, values: pl.Series, lines: Sequence[int]) -> None:
        """Take the next rows into account."""
        known = known_words(values)
        known = known.set(is_absent(known).fill_null(False), None)
        counted = known.drop_nulls().value_counts().rechunk()
        if not len(counted) or not self.readings:
            return
        words, counts = counted.to_series(0), counted.to_series(1)
        self.known += int(counts.sum())
        self.groups.look(words, counts)
        for reading in self.readings:
            wrong = as_form(words, reading.form).is_null()
            reading.fits += int(counts.filter(~wrong).sum())
            if not wrong.any():
                continue
            _note(reading.strays, counted.filter(wrong))
            if reading.odd is None:
                at = int(known.is_in(words.filter(wrong).implode()).arg_true()[0])
                reading.odd = known[at], lines[at]

    def _candidates(self) -> list[ColumnForm]:
        import polars as pl

        few = pl.Series(list(self.first.first_words), dtype=pl.String)
        found = [] if self.first.is_code else written_numbers.candidates(few)
        if self.first.name not in self.first.table.labels:
            found += dates.candidates(few)
            yes_or_no = ColumnForm("boolean")
            if len(few) and as_form(few, yes_or_no).is_not_null().all():
                found.append(yes_or_no)
        return found

    def judged(self, separators: Separators | None = None) -> Judged:
        """The first of the ways that fit all words, but for a few strays; else as at first sight.

        Args:
            separators: of the file's other columns, where its own words leave it open.
        """
        at_first = self.first.judged
        fitting = [r for r in self.readings if self._fits(r)]
        if not fitting:
            return self._nearly(at_first)
        best, is_open = self._best({r.form: r for r in fitting}, separators)
        if best is None:
            return replace(at_first, is_open=is_open, separator=self.groups.separator)
        strays = best.strays.total()
        form = replace(best.form, missing=tuple(sorted(best.strays)))
        return Judged(
            self.first.name,
            form,
            self.first.known,
            strays,
            best.odd,
            is_open,
            self.groups.separator,
        )

    def _nearly(self, at_first: Judged) -> Judged:
        """Words, with what keeps most of them from being numbers or dates."""
        likely = [r for r in self.readings if r.form.kind != "boolean" and r.odd is not None]
        if not likely or at_first.form.kind != "words":
            return at_first
        best = max(likely, key=lambda reading: reading.fits)
        rest = self.known - best.fits
        if 2 * rest > self.known:
            return at_first
        return replace(at_first, strays=rest, odd=best.odd, nearly=best.form)

    def _fits(self, reading: _Reading) -> bool:
        rest = self.known - reading.fits
        many = _are_few(reading.strays, self.known) and reading.form.kind != "boolean"
        return not rest or (many and rest == reading.strays.total())

    def _best(
        self, fitting: Mapping[ColumnForm, _Reading], others: Separators | None
    ) -> tuple[_Reading | None, bool]:
        """The first that fits, and whether another would mean something else; None: plain numbers,
        as they looked at first sight.
        """
        first, *_ = fitting.values()
        form = first.form
        if form.kind == "date":
            turned = [replace(form, pattern=other) for other in dates.turned(form.pattern)]
            return first, any(other in fitting for other in turned)
        if form.kind != "number":
            return first, False
        by_separators = {
            (f.thousands, f.decimal): r for f, r in fitting.items() if f.kind == "number"
        }
        is_open = False
        if ENGLISH in by_separators and CONTINENTAL in by_separators:
            separators, is_open = self.groups.separators(form.unit, self.first.table.delimiter)
            if is_open and others in by_separators:
                separators, is_open = others, False
            first = by_separators[separators]
        plain = (first.form.thousands, first.form.decimal) == ENGLISH and not first.form.unit
        if plain and self.first.judged.form.kind != "words":
            dated = next((r for f, r in fitting.items() if f.kind == "date"), None)
            return dated, is_open
        return first, is_open


def _note(strays: Counter[str], counted: pl.DataFrame) -> None:
    """Words and how often each stands there; one more than are few says that they are too many."""
    if len(strays) <= MOST_STRAYS:
        for word, many in counted.head(MOST_STRAYS + 1).iter_rows():
            strays[word] += many


def _are_few(strays: Counter[str], known: int) -> bool:
    return 0 < len(strays) <= MOST_STRAYS and NUMBERS_FOR_A_STRAY * strays.total() <= known


def _counts(known: pl.Series, kind: Any) -> int:
    """How many words can be read as this kind of number."""
    return len(known) - known.cast(kind, strict=False).null_count()
