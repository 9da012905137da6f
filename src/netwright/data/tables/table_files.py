"""A table file as typed parts of rows, read as often as wanted: CSV, TSV and Parquet."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from netwright.base.errors import DataError, UnreadableError
from netwright.base.figures import counted, shorten
from netwright.base.findings import Finding
from netwright.base.parquet.quiet import quiet
from netwright.base.parquet.unfolded import unfolded
from netwright.contract import ColumnForm
from netwright.data.sources.unpack import expect_plausible
from netwright.data.tables import columns, csv_text
from netwright.data.tables.exact import nameless
from netwright.data.tables.judging import Judging
from netwright.data.tables.rows import LineSources

if TYPE_CHECKING:
    import polars as pl

PARQUET = (".parquet", ".pq")

GROWS = 8
"""A delimited file takes about this many times its size while it is read and typed in memory."""

CELL = 16
"""Bytes that a cell of a frame takes, about."""

FEW_CELLS = 1 << 22
"""Cells that a Parquet file may hold however small it is: a row of equal ones takes no room."""

MOST_FOOTER, MOST_PAGES = 2**24, 500_000
"""Bytes of what a Parquet file says of itself, and its pages; people's are larger than ours."""

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


@dataclass(frozen=True)
class ParquetFile:
    """A Parquet file, looked at but not yet read.

    Args:
        schema: column -> type.
        count: of rows.
    """

    path: Path
    schema: pl.Schema
    count: int

    @property
    def names(self) -> list[str]:
        """Of the columns."""
        return self.schema.names()


def look(path: Path) -> csv_text.Delimited | ParquetFile:
    """A table file and its columns; the file is opened once.

    Raises:
        DataError: the file cannot be read as a table.
    """
    return _look(path) if path.suffix.lower() in PARQUET else csv_text.look(path)


def fits(file: csv_text.Delimited | ParquetFile, memory: int) -> bool:
    """Whether a table is likely to be read within ``memory`` bytes."""
    if isinstance(file, ParquetFile):
        return file.count * len(file.names) * CELL <= memory
    return file.path.stat().st_size * GROWS <= memory


def table(
    file: csv_text.Delimited | ParquetFile,
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
    if isinstance(file, ParquetFile):
        return _parquet(file, size, held, judging)
    return _delimited(file, size, held, judging)


def _delimited(
    file: csv_text.Delimited,
    size: int,
    held: bool,
    judging: Judging,
) -> TableFile:
    kept = list(file.parts(size)) if held else None

    def words() -> Iterator[csv_text.Words]:
        return iter(kept) if kept is not None else file.parts(size)

    found = judging.of(
        lambda: ((part.cells, part.lines) for part in words()),
        file.names,
        path=file.path.name,
        delimiter=file.delimiter,
    )

    def parts() -> Iterator[TablePart]:
        for part in words():
            lines = LineSources(file.path.name, part.lines)
            known = columns.known_cells(part.cells)
            typed = columns.convert(known, found.forms, lines.__getitem__, judging.lenient)
            yield TablePart(typed, part.cells, part.lines)

    by = csv_text.DELIMITERS[file.delimiter]
    extent = f"{counted(len(file.names), 'column')}, {counted(found.count, 'row')}"
    note = f"cells are separated by {by}s; {extent}"
    return TableFile(
        file.path, file.names, found.count, parts, (note, *found.notes), found.findings, found.forms
    )


def _look(path: Path) -> ParquetFile:
    import polars as pl

    with data_errors(path), path.open("rb") as content:
        size = path.stat().st_size
        expect_plausible(str(path), size, _unfolded(content.fileno(), size))
        with quiet():
            rows = pl.scan_parquet(content)
            schema = rows.collect_schema()
            count = int(rows.select(pl.len()).collect().item())
    expect_plausible(str(path), size, count * len(schema) * CELL, small=FEW_CELLS * CELL)
    if len(schema) > csv_text.MOST_COLUMNS:
        raise DataError(
            f"{path} has {len(schema):,} columns: expected at most {csv_text.MOST_COLUMNS:,}; keep"
            " the ones that matter, or turn rows and columns."
        )
    return ParquetFile(path, schema, count)


def _unfolded(handle: int, size: int) -> int:
    return unfolded(handle, size, most_footer=MOST_FOOTER, most_pages=MOST_PAGES)


def _parquet(file: ParquetFile, size: int, held: bool, judging: Judging) -> TableFile:
    import polars as pl

    path, names, count = file.path, file.names, file.count
    if not count:
        raise DataError(f"{path} has no rows: nothing to read.")
    _, notes = columns.plain(pl.DataFrame(schema=file.schema), as_at_first=judging.as_at_first)
    at_once = max(1, size // (CELL * len(names)))

    def read() -> Iterator[tuple[pl.DataFrame, Sequence[int]]]:
        letters, packed = 0, path.stat().st_size
        with data_errors(path), path.open("rb") as content:
            rows = pl.scan_parquet(content)
            for start in range(0, count, at_once):
                with quiet():
                    part = rows.slice(start, at_once).collect()
                frame, _ = columns.plain(part, as_at_first=judging.as_at_first)
                letters += _letters(frame)
                expect_plausible(str(path), packed, letters)
                yield frame, range(start, start + len(frame))

    kept = list(read()) if held else None

    def frames() -> Iterator[tuple[pl.DataFrame, Sequence[int]]]:
        return iter(kept) if kept is not None else read()

    found = judging.of(frames, names, path=path.name)

    def parts() -> Iterator[TablePart]:
        for frame, rows in frames():
            place = LineSources(path.name, rows).__getitem__
            typed = columns.convert(frame, found.forms, place, judging.lenient)
            yield TablePart(typed, frame, rows)

    return TableFile(path, names, count, parts, (*notes, *found.notes), found.findings, found.forms)


def _letters(frame: pl.DataFrame) -> int:
    """Bytes of all words of a frame: one that stands in many rows is held once, but is an input of
    each.
    """
    import polars as pl

    words = (column for column in frame.get_columns() if column.dtype == pl.String)
    return sum(int(nameless(column).str.len_bytes().sum() or 0) for column in words)


@contextlib.contextmanager
def data_errors(path: Path) -> Iterator[None]:
    """What polars refuses, or breaks down over, as one sentence.

    Raises:
        DataError: it did.
    """
    import polars as pl

    broken = UnreadableError, OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException
    try:
        yield
    except broken as error:
        why = (str(error).splitlines() or ["damaged"])[0].rstrip(".")
        raise DataError(f"{path} cannot be read as Parquet: {shorten(why, 300)}.") from None
