"""What the columns of a delimited file hold: each is judged as a whole, on all its words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from netwright.base.figures import shorten
from netwright.base.findings import Finding
from netwright.contract import ColumnForm
from netwright.data.tables.columns import is_absent, known_words, with_points
from netwright.data.tables.exact import nameless
from netwright.data.tables.formats.table_look import Words

if TYPE_CHECKING:
    import polars as pl

A_FEW = 100

NUMBERS_FOR_A_STRAY = 50
"""So many known cells allow one that is no number; the column stays numbers, and it is missing."""

MOST_STRAYS = 20
"""Different ones, beyond which they are no slips."""


@dataclass
class ColumnValues:
    """What the words of a column looked like so far.

    Args:
        as_at_first: judge as the first releases did, which knew no words for missing numbers and no
            strays.
        known: how many were not missing; whole, numbers, commas: how many of those are whole
            numbers (counted as long as all numbers are), numbers, numbers when a comma is the
            decimal point; absent: how many stand for a missing number.
        strays: other words -> how many, as long as they are few.
        odd: the first of them, and its line.
    """

    name: str
    as_at_first: bool = False
    known: int = 0
    whole: int = 0
    numbers: int = 0
    commas: int = 0
    absent: int = 0
    strays: dict[str, int] = field(default_factory=dict)
    odd: tuple[str, int] | None = None

    def look(self, words: pl.Series, lines: Sequence[int], delimiter: str) -> None:
        """Count the words of the next rows."""
        import polars as pl

        known = known_words(words)
        count = len(known) - known.null_count()
        numbers = known.cast(pl.Float64, strict=False)
        parsed = len(numbers) - numbers.null_count()
        few = known.head(A_FEW)
        if self.whole == self.numbers and _counts(few, pl.Int64) == _counts(few, pl.Float64):
            self.whole += _counts(known, pl.Int64)
        if parsed < count:
            self._look_at_others(known.set(numbers.is_not_null(), None), lines)
        self.known += count
        self.numbers += parsed
        if delimiter != ",":
            self.commas += parsed if parsed == count else _counts(with_points(known), pl.Float64)

    def _look_at_others(self, others: pl.Series, lines: Sequence[int]) -> None:
        """Words that are no numbers, among nulls."""
        if not self.as_at_first:
            absent = is_absent(others)
            self.absent += int(absent.sum())
            others = others.set(absent.fill_null(False), None)
        if self.odd is None and others.null_count() < len(others):
            at = int(others.is_not_null().arg_true()[0])
            self.odd = others[at], lines[at]
        if len(self.strays) <= MOST_STRAYS:  # one more than that says that they are too many
            for word, many in others.drop_nulls().value_counts().head(MOST_STRAYS + 1).iter_rows():
                self.strays[word] = self.strays.get(word, 0) + many

    @property
    def form(self) -> ColumnForm:
        """How they are read: a column is numeric when every known word is a number, but for words
        for missing ones and, among many numbers, a few strays.
        """
        slips: tuple[str, ...] = ()
        aside = self.absent
        if self._few_strays:
            aside, slips = self.absent + sum(self.strays.values()), tuple(sorted(self.strays))
        if self.numbers and self.numbers + aside == self.known:
            return ColumnForm("whole" if self.whole == self.numbers else "number", slips)
        if self.commas and self.commas + self.absent == self.known:
            return ColumnForm("comma")
        return ColumnForm("words")

    @property
    def _few_strays(self) -> bool:
        many = sum(self.strays.values())
        return (
            not self.as_at_first
            and 0 < len(self.strays) <= MOST_STRAYS
            and NUMBERS_FOR_A_STRAY * many <= self.known
        )

    def mixed(self, path: str) -> Finding | None:
        """A finding where some of the known words are numbers, at least half, and others are not,
        words for missing ones aside.
        """
        form, wrong = self.form, self.known - self.numbers - self.absent
        if self.odd is None or not wrong or 2 * wrong > self.known or form.kind == "comma":
            return None
        word, line = self.odd
        what = (
            f"is read as categories: {wrong:,} of {self.known:,} are no numbers, first"
            f" '{shorten(word, 60)}' at {path}:{line}"
            if form.kind == "words"
            else f"is read as numbers: {wrong:,} of {self.known:,} are none and count as missing,"
            f" first '{shorten(word, 60)}' at {path}:{line}"
        )
        return Finding(
            "NW212",
            f"column '{self.name}' mixes numbers with words and {what}.",
            {"column": self.name, "words": wrong, "known": self.known, "line": line},
            ("mend these cells or empty them, if the column is a number",),
        )


def survey(
    parts: Iterable[Words], names: Sequence[str], *, as_at_first: bool = False
) -> tuple[list[ColumnValues], int]:
    """What each of these columns holds, all rows looked through, and how many they are."""
    seen, count = [ColumnValues(name, as_at_first) for name in names], 0
    for part in parts:
        count += len(part.lines)
        for column in seen:
            column.look(nameless(part.cells[column.name]), part.lines, part.delimiter)
    return seen, count


def oddities(seen: Sequence[ColumnValues], path: str) -> tuple[Finding, ...]:
    """A finding when the header looks like data, and one for each column of mixed types."""
    mixed = (column.mixed(path) for column in seen)
    return (
        *_header_finding([column.name for column in seen], path),
        *(found for found in mixed if found),
    )


def _counts(known: pl.Series, kind: Any) -> int:
    """How many words can be read as this kind of number."""
    return len(known) - known.cast(kind, strict=False).null_count()


def like_data(names: Sequence[str]) -> bool:
    """Whether most of the names are numbers: the file has no line of names."""
    return 2 * sum(map(_is_number, names)) > len(names)


def _header_finding(names: Sequence[str], path: str) -> tuple[Finding, ...]:
    if not like_data(names):
        return ()
    numbers = [name for name in names if _is_number(name)]
    message = (
        f"the first line of {path} looks like data"
        f" ({', '.join(names[:4])}{', ...' if len(names) > 4 else ''}), and was taken as the names"
        " of the columns."
    )
    return (
        Finding(
            "NW216",
            message,
            {"numbers": len(numbers), "columns": len(names)},
            ("add a line with the columns' names at the top of the file",),
        ),
    )


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True
