"""A second look at the words of a column: they are whatever they can all be read as."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from netwright.base.typed_numbers import SPELLED
from netwright.contract import ColumnForm
from netwright.data.tables.cells import dates, durations, magnitudes, written_numbers
from netwright.data.tables.cells.missing import is_absent
from netwright.data.tables.cells.written_numbers import CONTINENTAL, ENGLISH, Groups, Separators
from netwright.data.tables.columns import as_form, read_as
from netwright.data.tables.judging.first_look import FirstLook
from netwright.data.tables.judging.judged import MOST_STRAYS, Judged, are_few, note_strays
from netwright.data.tables.judging.variety import Variety

if TYPE_CHECKING:
    import polars as pl

    from netwright.data.tables.cells.repeated import Cells

FEW = 20
"""Different values of a target that may be labels."""

PLAIN = ColumnForm("number", thousands=ENGLISH[0], decimal=ENGLISH[1])
"""What is read at first sight, but for the thousands."""


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


class SecondLook:
    """A second look at the words of a column: which ways of reading them fit them all?

    Args:
        to_the_end: whether it is known that none does, so that the words count.
    """

    def __init__(self, first: FirstLook, *, to_the_end: bool = False) -> None:
        self.first, self.to_the_end = first, to_the_end
        self.tried = self._tried
        self.readings = [_Reading(form) for form in self._candidates()]
        self.known = 0
        self.groups = Groups()
        self.variety = Variety()

    def look(self, cells: Cells, lines: Sequence[int]) -> None:
        """Take the next rows into account, with null for what is missing."""
        if self.readings:
            self._try(cells, lines)
        if self.to_the_end or not self.fits_all:
            self.variety.look(cells)

    @property
    def fits_all(self) -> bool:
        """Whether they can all be read in one of the ways, so far."""
        return any(reading.fits == self.known for reading in self.readings)

    @property
    def is_whole(self) -> bool:
        """Whether it tried what is to be tried now that the first look has seen all rows, and saw
        all the words where they are no more than that.
        """
        same = self.tried == self._tried or self._candidates() == [r.form for r in self.readings]
        return same and (self.fits_all or self.variety.known_of(self.first.known))

    @property
    def _tried(self) -> tuple[bool, tuple[str, ...]]:
        """What the ways to try hang on."""
        return self.first.is_code, (*self.first.first_words, *self.first.strays)

    def _try(self, cells: Cells, lines: Sequence[int]) -> None:
        """See which ways of reading fit the next rows."""
        each = cells.each
        here = each.values.is_not_null() & ~is_absent(each.values)
        known = each.count(here)
        if not known:
            return
        self.known += known
        units = [reading.form.unit for reading in self.readings if reading.form.kind == "number"]
        alike = written_numbers.as_written(each, "".join(units)) if units else each
        if {ENGLISH, CONTINENTAL} <= {(r.form.thousands, r.form.decimal) for r in self.readings}:
            self.groups.look(alike.each)
        for reading in self.readings:
            by_shape = reading.form.kind == "number" and reading.form.pattern != durations.PATTERN
            of = alike if by_shape else each
            wrong = of.spread(read_as(of.each, reading.form).is_null()) & here
            reading.fits += known - each.count(wrong)
            if wrong.any():
                self._note(reading, cells, wrong, lines)

    @staticmethod
    def _note(reading: _Reading, cells: Cells, wrong: pl.Series, lines: Sequence[int]) -> None:
        """Words that cannot be read so.

        Args:
            wrong: which of the different ones they are.
        """
        if len(reading.strays) <= MOST_STRAYS:
            note_strays(reading.strays, cells.each.counted(wrong.arg_true()))
        if reading.odd is None:
            at = cells.first(wrong)
            reading.odd = cells.values[at], lines[at]

    def _candidates(self) -> list[ColumnForm]:
        import polars as pl

        few = pl.Series(list(self.first.first_words), dtype=pl.String)
        others = pl.Series(list(self.first.strays), dtype=pl.String)
        found: list[ColumnForm] = []
        is_label = self.first.name in self.first.table.labels
        if any(map(str.isdecimal, "".join(few))):  # no number is without
            found += magnitudes.candidates(few, others)
            found += [] if self.first.is_code else written_numbers.candidates(few)
            found += [] if is_label else dates.candidates(few)
            found += durations.candidates(few)
        if is_label:  # of a few such values, 5 stars, the words themselves are the labels
            found = [
                f
                for f in found
                if len(few) > FEW or not (f.pattern or written_numbers.is_measure(f.unit))
            ]
        else:
            if len(few) and all(word.lower() in SPELLED for word in self.first.first_words):
                spelled = {SPELLED[word.lower()]: word for word in self.first.first_words}
                both = f"{spelled[False]}/{spelled[True]}" if len(spelled) == 2 else ""
                found.append(ColumnForm("boolean", pattern=both))
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
        fitting.sort(key=lambda reading: self.known - reading.fits)
        best, is_open = self._best({r.form: r for r in fitting}, separators)
        if best is None:
            return replace(at_first, is_open=is_open, separator=self.groups.separator)
        strays = best.strays.total()
        why = self._shown(best.form) if best.form.kind == "number" else ""
        form = replace(best.form, missing=tuple(sorted(best.strays)), why=why)
        return Judged(
            self.first.name,
            form,
            self.first.known,
            strays,
            best.odd,
            is_open,
            self.groups.separator,
            None if strays else self._else(best, fitting),
        )

    def _shown(self, form: ColumnForm) -> str:
        """How a cell is taken that is written in a way of its own: ``~45 is 45``."""
        import polars as pl

        words = pl.Series([*self.first.first_words, *self.first.strays], dtype=pl.String)
        if not form.pattern:
            words = words.filter(words.str.contains(written_numbers.UNUSUAL))
        values = as_form(words, form)
        is_other = values.is_not_null() & words.cast(pl.Float64, strict=False).is_null()
        at = is_other.arg_max()
        return f"{words[at]} is {values[at]:,.10g}" if at is not None and is_other[at] else ""

    @staticmethod
    def _else(best: _Reading, fitting: Sequence[_Reading]) -> ColumnForm | None:
        """What times of day may be, too: durations of less than a day."""
        is_date = best.form.kind == "date"
        found = (r.form for r in fitting if is_date and r.form.pattern == durations.PATTERN)
        return next(found, None)

    def _nearly(self, at_first: Judged) -> Judged:
        """Words, with what keeps most of them from being numbers or dates."""
        likely = [r for r in self.readings if r.form.kind != "boolean" and r.odd is not None]
        if not likely or at_first.form.kind != "words":
            return at_first
        best = max(likely, key=lambda reading: reading.fits)
        rest = self.known - best.fits
        if not written_numbers.fits_mostly(best.form, rest, self.known):
            return at_first
        return replace(at_first, strays=rest, odd=best.odd, nearly=best.form)

    def _fits(self, reading: _Reading) -> bool:
        rest = self.known - reading.fits
        many = are_few(reading.strays, self.known) and reading.form.kind != "boolean"
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
        if form.pattern == durations.PATTERN:
            return first, False
        by_separators = {
            (f.thousands, f.decimal): r for f, r in fitting.items() if f.pattern == form.pattern
        }
        is_open = False
        if ENGLISH in by_separators and CONTINENTAL in by_separators:
            separators, is_open = self.groups.separators(form.unit, self.first.table.delimiter)
            if is_open and others in by_separators:
                separators, is_open = others, False
            first = by_separators[separators]
        plain = replace(first.form, missing=()) == PLAIN
        at_first = self.first.judged
        if plain and at_first.form.kind != "words" and at_first.strays <= self.known - first.fits:
            dated = next((r for f, r in fitting.items() if f.kind == "date"), None)
            return dated, is_open
        return first, is_open
