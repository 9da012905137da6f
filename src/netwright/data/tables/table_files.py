"""A table file as typed parts of rows, read as often as wanted, whatever it is kept in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from netwright.base.errors import DataError
from netwright.base.figures import counted, shorten
from netwright.base.findings import Finding
from netwright.contract import ColumnForm
from netwright.data.tables import columns
from netwright.data.tables.cells.missing import known_cells
from netwright.data.tables.cells.repeated import Cells, in_cells
from netwright.data.tables.formats import (
    arff,
    csv_text,
    excel,
    json_rows,
    orange,
    packed,
    parquet,
)
from netwright.data.tables.formats.table_look import GROWS, Content, TableLook, Words
from netwright.data.tables.judging import Judging, Understood
from netwright.data.tables.rows import LineSources

if TYPE_CHECKING:
    import polars as pl

FORMATS: Mapping[str, Callable[[Content], TableLook]] = {
    ending: format_.look
    for format_ in (parquet, arff, orange, excel, json_rows)
    for ending in format_.ENDINGS
}
"""The ending of a file's name -> what looks at it; every other file is delimited text."""

LEAST = 1 << 18
"""Bytes of text that are typed at once, at least."""

WHOLE = 1 << 26
"""Bytes of text that are typed at once where memory does not matter."""


@dataclass(frozen=True)
class TablePart:
    """Rows that follow each other.

    Args:
        frame: numbers, booleans and words.
        words: the same as they stood in the file, for the ids.
        lines: the line, or row, of each in the file.
    """

    frame: pl.DataFrame
    words: pl.DataFrame
    lines: Sequence[int]


@dataclass(frozen=True)
class TableFile:
    """A table file whose columns are known.

    Args:
        parts: all rows in order, from the start each time.
        count: of rows.
        forms: column -> how its cells are read.
    """

    path: Path
    names: list[str]
    count: int
    parts: Callable[[], Iterator[TablePart]]
    notes: tuple[str, ...]
    findings: tuple[Finding, ...]
    forms: Mapping[str, ColumnForm]


def look(path: Path, known: Iterable[str] = (), *, is_named: bool = True) -> TableLook:
    """A table file and its columns; the file is opened once.

    Args:
        known: names of its columns, where an earlier reading knows them: they tell the header.
        is_named: whether the first line of a text holds the names of its columns.

    Raises:
        DataError: the file cannot be read as a table.
    """
    content = replace(packed.content(path), known=frozenset(known), is_named=is_named)
    return FORMATS.get(content.ending, csv_text.look)(content)


def fits(file: TableLook, memory: int) -> bool:
    """Whether a table is likely to be read within ``memory`` bytes."""
    return file.memory <= memory


def table(
    file: TableLook,
    memory: int,
    judging: Judging,
) -> TableFile:
    """The table of a file; one that does not fit into ``memory`` bytes is read in small parts.

    Raises:
        DataError: the file cannot be read as a table; while its parts are read, a cell is not what
            its column held before.
    """
    held = fits(file, memory)
    size = WHOLE if held else max(LEAST, memory // (8 * GROWS))

    def read() -> Iterator[tuple[Words, dict[str, Cells]]]:
        for part in file.parts(size):
            days = judging.as_at_first and file.dates
            words = replace(part, cells=columns.dates_as_days(part.cells)) if days else part
            yield words, in_cells(known_cells(words.cells))

    kept = list(read()) if held else None

    def words() -> Iterable[tuple[Words, dict[str, Cells]]]:
        return read() if kept is None else kept

    found = judging.of(
        lambda: ((known, part.lines) for part, known in words()),
        file.names,
        path=file.path.name,
        delimiter=file.delimiter,
        stated=file.forms,
        untyped=file.untyped,
    )
    if not found.count:
        raise DataError(f"{file.path} has no rows: nothing to read.")
    _expect_numbers(file, found)

    def parts() -> Iterator[TablePart]:
        for part, known in words():
            place = LineSources(file.path.name, part.lines).__getitem__
            as_they_are = judging.as_at_first and not file.delimiter
            cells = in_cells(part.cells) if as_they_are else known
            typed = columns.convert(cells, found.forms, place, judging.lenient)
            yield TablePart(typed, part.cells, part.lines)
        judging.expect_fitting()

    extent = f"{counted(len(file.names), 'column')}, {counted(found.count, 'row')}"
    about = f"{file.about}; {extent}" if file.about else extent
    notes = (*file.content.notes, about, *found.notes)
    return TableFile(file.path, file.names, found.count, parts, notes, found.findings, found.forms)


def _expect_numbers(file: TableLook, found: Understood) -> None:
    """See that columns are numbers where the file says so.

    Raises:
        DataError: one is not.
    """
    for name in file.numbers:
        if found.forms[name].kind == "words" and name in found.odd:
            word, line = found.odd[name]
            raise DataError(
                f"{file.path}:{line}: '{name}' holds '{shorten(word, 60)}', and the file's"
                " header says that it is a number: mend the cell, or write ? for no value."
            )
