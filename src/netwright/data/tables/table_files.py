"""A table file as typed parts of rows, read as often as wanted: CSV, TSV and Parquet."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from netwright.base.errors import DataError
from netwright.base.findings import Finding
from netwright.data.tables import columns, csv_text

if TYPE_CHECKING:
    import polars as pl

PARQUET = (".parquet", ".pq")

GROWS = 8
"""A delimited file takes about this many times its size while it is read and typed in memory."""

CELL = 16
"""Bytes that a cell of a frame takes, about."""

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
    """

    path: Path
    names: list[str]
    count: int
    parts: Callable[[], Iterator[TablePart]]
    notes: tuple[str, ...]
    findings: tuple[Finding, ...]


def fits(path: Path, memory: int) -> bool:
    """Whether a table is likely to be read within ``memory`` bytes.

    Raises:
        DataError: it is no Parquet file, though its name says so.
    """
    if path.suffix.lower() in PARQUET:
        return _rows(path) * len(_schema(path)) * CELL <= memory
    return path.stat().st_size * GROWS <= memory


def names(path: Path) -> list[str]:
    """The names of the columns.

    Raises:
        DataError: the file cannot be read as a table.
    """
    return _schema(path) if path.suffix.lower() in PARQUET else csv_text.look(path).names


def look(path: Path, memory: int) -> TableFile:
    """The table of a file; one that does not fit into ``memory`` bytes is read in small parts.

    Raises:
        DataError: the file cannot be read as a table.
    """
    held = fits(path, memory)
    size = WHOLE if held else max(LEAST, memory // (8 * GROWS))
    return _parquet(path, size) if path.suffix.lower() in PARQUET else _delimited(path, size, held)


def _delimited(path: Path, size: int, held: bool) -> TableFile:
    file = csv_text.look(path)
    kept = list(file.parts(size)) if held else None

    def words() -> Iterator[csv_text.Words]:
        return iter(kept) if kept is not None else file.parts(size)

    seen, count = columns.survey(words(), file.names)
    kinds = [column.kind for column in seen]

    def parts() -> Iterator[TablePart]:
        for part in words():
            yield TablePart(columns.convert(part.cells, kinds), part.cells, part.lines)

    by = csv_text.DELIMITERS[file.delimiter]
    note = f"cells are separated by {by}s; {len(file.names):,} columns, {count:,} rows"
    return TableFile(path, file.names, count, parts, (note,), columns.oddities(seen, path.name))


def _parquet(path: Path, size: int) -> TableFile:
    import polars as pl

    names, count = _schema(path), _rows(path)
    if not count:
        raise DataError(f"{path} has no rows: nothing to read.")
    with _data_errors(path):
        _, notes = columns.plain(pl.read_parquet(path, n_rows=0))
    at_once = max(1, size // (CELL * len(names)))

    def parts() -> Iterator[TablePart]:
        for start in range(0, count, at_once):
            with _data_errors(path):
                some = pl.scan_parquet(path).slice(start, at_once).collect()
            frame, _ = columns.plain(some)
            yield TablePart(frame, frame, range(start, start + len(frame)))

    return TableFile(path, names, count, parts, notes, ())


def _schema(path: Path) -> list[str]:
    import polars as pl

    with _data_errors(path):
        names = list(pl.read_parquet_schema(path))
    if len(names) > csv_text.MOST_COLUMNS:
        raise DataError(
            f"{path} has {len(names):,} columns: expected at most {csv_text.MOST_COLUMNS:,}; keep"
            " the ones that matter, or turn rows and columns."
        )
    return names


def _rows(path: Path) -> int:
    import polars as pl

    with _data_errors(path):
        return int(pl.scan_parquet(path).select(pl.len()).collect().item())


@contextlib.contextmanager
def _data_errors(path: Path) -> Iterator[None]:
    """What polars refuses, as one sentence."""
    import polars as pl

    try:
        yield
    except (OSError, pl.exceptions.PolarsError) as error:
        raise DataError(
            f"{path} cannot be read as Parquet: {(str(error).splitlines() or ['damaged'])[0]}."
        ) from None
