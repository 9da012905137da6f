"""A table file as typed parts of rows, read as often as wanted, whatever it is kept in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from netwright.base.errors import DataError
from netwright.base.figures import counted, shorten
from netwright.base.findings import Finding
from netwright.contract import ColumnForm
from netwright.data.tables import columns, judge
from netwright.data.tables.exact import alone
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


def look(path: Path) -> TableLook:
    """A table file and its columns; the file is opened once.

    Raises:
        DataError: the file cannot be read as a table.
    """
    content = packed.content(path)
    return FORMATS.get(content.ending, csv_text.look)(content)


def fits(file: TableLook, memory: int) -> bool:
    """Whether a table is likely to be read within ``memory`` bytes."""
    return file.memory <= memory


def table(
    file: TableLook,
    memory: int,
    before: Mapping[str, ColumnForm] | None = None,
) -> TableFile:
    """The table of a file; one that does not fit into ``memory`` bytes is read in small parts.

    Args:
        before: column -> how an earlier reading understood it: it is read so again.

    Raises:
        DataError: the file cannot be read as a table; while its parts are read, a cell is not what
            its column held before.
    """
    held = fits(file, memory)
    size = WHOLE if held else max(LEAST, memory // (8 * GROWS))
    judged = file.judged
    kept = list(file.parts(size)) if held and judged else None

    def words() -> Iterator[Words]:
        return iter(kept) if kept is not None else file.parts(size)

    if judged or file.count is None:
        seen, count = judge.survey(words(), judged, as_at_first=before == {})
    else:
        seen, count = [], file.count
    if not count:
        raise DataError(f"{file.path} has no rows: nothing to read.")
    _expect_numbers(file, seen)
    here = {**file.forms, **{column.name: column.form for column in seen}}
    here = {name: here[name] for name in file.names}
    forms = {**here, **columns.understood(before, here)}
    stated = {name: form for name, form in (before or {}).items() if name in file.forms}

    def parts() -> Iterator[TablePart]:
        for part in words():
            place = LineSources(file.path.name, part.lines).__getitem__
            typed = columns.convert(alone(part.cells, judged), forms, place)
            frame = part.cells.with_columns(typed.get_columns())
            yield TablePart(columns.conform(frame, stated, place), part.cells, part.lines)

    extent = f"{counted(len(file.names), 'column')}, {counted(count, 'row')}"
    about = f"{file.about}; {extent}" if file.about else extent
    found = judge.oddities(seen, file.path.name)
    notes = (*file.content.notes, about)
    return TableFile(file.path, file.names, count, parts, notes, found, forms)


def _expect_numbers(file: TableLook, seen: Sequence[judge.ColumnValues]) -> None:
    """See that columns are numbers where the file says so.

    Raises:
        DataError: one is not.
    """
    for column in seen:
        if column.name in file.numbers and column.form.kind == "words" and column.odd:
            word, line = column.odd
            raise DataError(
                f"{file.path}:{line}: '{column.name}' holds '{shorten(word, 60)}', and the file's"
                " header says that it is a number: mend the cell, or write ? for no value."
            )
