"""Parquet files: what they hold is typed, and what they unfold to is checked before it is read."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from netwright.base.errors import DataError, UnreadableError
from netwright.base.figures import shorten
from netwright.base.parquet.quiet import quiet
from netwright.base.parquet.unfolded import unfolded
from netwright.data.sources.unpack import expect_plausible
from netwright.data.tables import frames
from netwright.data.tables.exact import nameless
from netwright.data.tables.formats.table_look import Content, TableLook, Words, expect_few

if TYPE_CHECKING:
    import polars as pl

ENDINGS = (".parquet", ".pq")

CELL = 16
"""Bytes that a cell of a frame takes, about."""

FEW_CELLS = 1 << 22
"""Cells that a Parquet file may hold however small it is: a row of equal ones takes no room."""

MOST_FOOTER, MOST_PAGES = 2**24, 500_000
"""Bytes of what a Parquet file says of itself, and its pages; people's are larger than ours."""


def look(content: Content) -> TableLook:
    """A Parquet file and its columns; the file is opened once.

    Raises:
        DataError: it is no Parquet file, or claims to hold more than its size lets expect.
    """
    import polars as pl

    path, size = content.path, content.size
    with data_errors(path), content.held.open("rb") as file:
        expect_plausible(str(path), size, _unfolded(file.fileno(), size))
        with quiet():
            rows = pl.scan_parquet(file)
            schema = rows.collect_schema()
            count = int(rows.select(pl.len()).collect().item())
    expect_plausible(str(path), size, count * len(schema) * CELL, small=FEW_CELLS * CELL)
    expect_few(path, len(schema))
    return TableLook(
        content,
        schema.names(),
        lambda part: _parts(content, count, max(1, part // (CELL * len(schema)))),
        count * len(schema) * CELL,
        delimiter="",
        dates=frames.dates_in(schema),
        untyped=frames.untyped(schema, path.name),
        count=count,
    )


def _parts(content: Content, count: int, at_once: int) -> Iterator[Words]:
    """So many rows at once."""
    import polars as pl

    letters, packed = 0, content.size
    with data_errors(content.path), content.held.open("rb") as file:
        rows = pl.scan_parquet(file)
        for start in range(0, count, at_once):
            with quiet():
                read = rows.slice(start, at_once).collect()
            frame = frames.plain(read)
            letters += letters_of(frame)
            expect_plausible(str(content.path), packed, letters)
            yield Words(frame, range(start, start + len(frame)))


def letters_of(frame: pl.DataFrame) -> int:
    """Bytes of all words of a frame: one that stands in many rows is held once, but is an input of
    each.
    """
    import polars as pl

    words = (column for column in frame.get_columns() if column.dtype == pl.String)
    return sum(int(nameless(column).str.len_bytes().sum() or 0) for column in words)


def _unfolded(handle: int, size: int) -> int:
    return unfolded(handle, size, most_footer=MOST_FOOTER, most_pages=MOST_PAGES)


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
