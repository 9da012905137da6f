"""A table of series, looked at, then held with its columns typed: of a file, or in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from netwright.base.errors import DataError
from netwright.base.figures import shorten, size_in_words
from netwright.base.findings import Finding
from netwright.contract import ColumnForm, Look, ReadOptions
from netwright.data.signals.arrays import Signals
from netwright.data.tables import columns, frames, table_files, to_examples
from netwright.data.tables.cells.missing import stands_for_nothing
from netwright.data.tables.formats import delimiter, packed
from netwright.data.tables.formats.table_look import HeldAt, nowhere
from netwright.data.tables.judging import Judging
from netwright.data.tables.rows import LineSources

if TYPE_CHECKING:
    import polars as pl

CELL = 8
"""Bytes of a number in a typed column."""

NUMBERS = ("whole", "number", "boolean")
"""The kinds of columns that a channel may have."""


@dataclass(frozen=True)
class HeldTable:
    """The rows of a table.

    Args:
        name: of the file, for the names of its series.
        frame: typed; words: as they stood there.
        forms: column -> how it was understood.
        places: where each row stands.
    """

    name: str
    frame: pl.DataFrame
    words: pl.DataFrame
    forms: Mapping[str, ColumnForm]
    places: Sequence[str]
    notes: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()

    def numbers(self, names: Sequence[str], *, may_end: bool = False) -> Iterator[Signals]:
        """(M,) float32 of each of these columns.

        Args:
            may_end: whether a cell may be empty, which is NaN then.

        Raises:
            DataError: a cell is no number, or none that float32 holds.
        """
        import polars as pl

        for name in names:
            exact = self._exact(name).cast(pl.Float64).fill_nan(None)
            found = exact.cast(pl.Float32)
            wrong = exact.is_null() & ~self._is_empty(name) if may_end else exact.is_null()
            wrong |= found.is_infinite().fill_null(False)
            if wrong.any():
                raise DataError(self._wrong(name, int(wrong.arg_true()[0])))
            values: Signals = found.to_numpy()
            yield values

    def _exact(self, name: str) -> pl.Series:
        """The numbers of a column; of digits that could be codes as well, as numbers."""
        import polars as pl

        if self.forms[name].kind in NUMBERS:
            return self.frame[name]
        if self.forms[name].kind == "date":
            return pl.Series([None], dtype=pl.Float64).new_from_index(0, len(self.words))
        return columns.as_form(self.words[name], ColumnForm("number"))

    def _is_empty(self, name: str) -> pl.Series:
        import polars as pl

        words = self.words[name]
        if words.dtype.is_float():
            return words.is_null() | words.is_nan()
        nothing = words.is_null()
        return nothing | stands_for_nothing(words) if words.dtype == pl.String else nothing

    def _wrong(self, name: str, row: int) -> str:
        """Why a cell of a channel is refused."""
        word, form = shorten(str(self.words[name][row]), 60), self.forms[name]
        if self._is_empty(name)[row]:
            found = "is empty"
        elif word in form.missing:
            found = f"holds '{word}', which stands for no value (--set data.columns={{'{name}':"
            found += " number} takes it for one)"
        elif form.kind == "date":
            found = f"holds '{word}', a date"
        else:
            found = f"holds '{word}'"
        return (
            f"{self.places[row]}: '{name}' {found}: expected a number that float32 holds in each"
            " step of a series; mend the cell, or leave the column out with --ignore."
        )


@dataclass(frozen=True)
class SeenTable:
    """A table whose columns are known by name.

    Args:
        path: as messages name it.
        target: the column that the file itself says is to be predicted.
        is_named: whether it has a line of names.
        hold: its rows, once it is known how its columns are judged.
    """

    path: str
    names: list[str]
    hold: Callable[[Judging], HeldTable]
    target: str | None = None
    held_at: HeldAt = nowhere
    is_named: bool = True


def of_file(look: Look, options: ReadOptions) -> SeenTable:
    """A table file.

    Raises:
        DataError: it cannot be read as a table; it does not fit into memory.
    """
    is_named = not _begins_with_numbers(look)
    seen = table_files.look(look.path, options.columns or (), is_named=is_named)
    memory = to_examples.MEMORY if options.memory is None else options.memory

    def hold(judging: Judging) -> HeldTable:
        file = table_files.table(seen, memory, judging)
        if (size := CELL * file.count * len(file.names)) > memory:
            raise DataError(
                f"{look.path} takes {size_in_words(size)} as numbers, and the memory allows"
                f" {size_in_words(memory)}: --set training.memory={-(-size >> 20)} allows it."
            )
        part = to_examples.whole(file)
        places = LineSources(look.path.name, part.lines)
        return HeldTable(
            look.path.name, part.frame, part.words, file.forms, places, file.notes, file.findings
        )

    return SeenTable(str(look), seen.names, hold, seen.target, seen.held_at, is_named)


def of_memory(x: Any) -> SeenTable:
    """A frame, columns by name, or rows by name."""
    frame = frames.frame_of(x)

    def hold(judging: Judging) -> HeldTable:
        places = LineSources("memory", range(len(frame)))
        part, found = to_examples.typed(frame, judging, places)
        return HeldTable(
            "memory", part.frame, part.words, found.forms, places, found.notes, found.findings
        )

    if not len(frame):
        raise DataError("the data frame has no rows: nothing to read.")
    return SeenTable("memory", list(frame.columns), hold)


def _begins_with_numbers(look: Look) -> bool:
    """Whether the first line of a text holds values, most of them numbers, that do not go up evenly
    as the names of steps do: as the files of the UCR archive, which have no line of names.
    """
    if packed.ending(look.path) in table_files.FORMATS or not (text := packed.text(look)):
        return False
    rows = delimiter.first_rows(text, delimiter.delimiter_of(text))
    if not rows or len(rows[0]) < 3 or not columns.like_data(rows[0]):
        return False
    cells = np.array([float(cell) for cell in rows[0] if columns.is_number(cell)])
    gaps = np.diff(cells)
    return not (np.isfinite(gaps).all() and gaps.min() > 0 and gaps.max() < 1.5 * gaps.min())
