"""Delimited text to columns of words; line numbers are kept.

It finds the delimiter, unwraps quotes, drops a byte order mark, skips what stands above the header,
and names ragged lines.
"""

from __future__ import annotations

import contextlib
import csv
import gc
import io
from array import array
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import IO, Any

from netwright.base.errors import DataError
from netwright.base.figures import counted
from netwright.data.tables.formats import in_utf8
from netwright.data.tables.formats.delimiter import (
    BLANKS,
    HEAD,
    delimiter_of,
    first_rows,
    in_words,
    line_with,
    split,
)
from netwright.data.tables.formats.in_utf8 import as_text, bom_length, not_utf8
from netwright.data.tables.formats.plain_lines import Seen, lines_like
from netwright.data.tables.formats.spaced import Spaced
from netwright.data.tables.formats.table_look import (
    GROWS,
    LOOKED_AT,
    Content,
    TableLook,
    Words,
    frame_of,
    named,
)
from netwright.data.tables.formats.top_lines import Top, top_of

CELL = 8
"""Bytes of an ordinary cell, for how many rows make a part."""


@dataclass(frozen=True)
class Delimited:
    """A CSV or TSV file, looked at but not yet read.

    Args:
        delimiter: what separates the cells.
        names: of the columns; first: the first lines, from the top of the file.
        start, above: bytes and lines above the header.
        notes: what was skipped there.
        seen: start and size of a part -> what its lines hold, for those who read it again.
    """

    content: Content
    delimiter: str
    names: list[str]
    first: tuple[str, ...] = ()
    start: int = 0
    above: int = 0
    notes: tuple[str, ...] = ()
    seen: dict[tuple[int, int], Seen] = field(default_factory=dict)

    @property
    def path(self) -> Path:
        """The file that a person named."""
        return self.content.path

    def parts(self, size: int) -> Iterator[Words]:
        """Its rows, in order; each part about ``size`` bytes of the file.

        Raises:
            DataError: not UTF-8, a line with another number of cells than the header, or a quote
                that never closes.
        """
        with self.content.opened() as content:
            content.seek(self.start)
            rest = yield from _quick(self, content, size)
            if rest is not None:
                yield from _exact(self, content, rest, size)


def look(content: Content) -> TableLook:
    """A delimited file as every table file is looked at.

    Raises:
        DataError: as of ``delimited``.
    """
    return look_of(delimited(content))


def look_of(file: Delimited) -> TableLook:
    """The same of a file that was looked at."""
    about = "; ".join([*file.notes, f"cells are separated by {in_words(file.delimiter)}"])
    return TableLook(
        file.content,
        file.names,
        file.parts,
        GROWS * file.content.size,
        about=about,
        delimiter=file.delimiter,
        held_at=lambda word: line_with(word, file.first, file.above + 2),
    )


def delimited(content: Content) -> Delimited:
    """A CSV or TSV file (comma, semicolon, tab, bar or blanks; found by itself), UTF-8 with or
    without BOM, or UTF-16 with one.

    The file is opened once and read to its end.

    Raises:
        DataError: missing, empty, not UTF-8, only a header, two columns of the same name, or more
            than 20,000 columns.
    """
    path = content.path
    with content.opened() as file:
        plain_text = in_utf8.in_utf8_by(content, file.read(8))
        if plain_text is not content:
            return delimited(plain_text)
        delimiter, top, width, first = _sniff(content, file)
        start = len(top.text.encode()) + bom_length(file)
        with (
            as_text(file, start) as text,
            _data_errors(path, delimiter, rows := _rows(text, delimiter), top.lines),
        ):
            names = _header(content, rows, delimiter, width)
            if content.is_named and not any(rows):
                raise DataError(f"{path} has a header but no rows: nothing to read.")
    return Delimited(content, delimiter, names, first, start, top.lines, top.notes)


@dataclass(frozen=True)
class _Rest:
    """The rows that polars cannot read.

    Args:
        start, above: bytes and lines above them; headed: whether the header is the first.
    """

    start: int
    above: int
    headed: bool = False


def _quick(file: Delimited, content: IO[bytes], size: int) -> Generator[Words, None, _Rest | None]:
    """By polars, as long as every line is a row; what is left where one is none.

    Args:
        content: at the header.
    """
    header, headed = content.readline(), file.content.is_named
    plain = None if file.delimiter == BLANKS else lines_like(header, file.names, file.delimiter)
    if plain is None:
        return _Rest(file.start, file.above, headed)
    start, line = content.tell(), file.above + 2
    if not headed:
        start, line = content.seek(file.start), line - 1
    while part := plain.next_lines(content, size):
        seen = file.seen.get((start, len(part))) or plain.look(part)
        cells = None if seen is None else plain.rows(part, seen)
        if seen is None or cells is None:
            return _Rest(start, line - 1)
        file.seen[start, len(part)] = seen
        yield Words(cells, range(line, line + len(cells)), file.delimiter)
        start, line = content.tell(), line + len(cells)
    return None


def _exact(file: Delimited, content: IO[bytes], rest: _Rest, size: int) -> Iterator[Words]:
    """Cell by cell, by Python's csv."""
    with as_text(content, rest.start) as text:
        rows = _rows(text, file.delimiter)
        with _data_errors(file.path, file.delimiter, rows, rest.above):
            if rest.headed:
                _skip_header(rows)
            at_once = max(1, size // (CELL * len(file.names)))
            while words := _some(file, rows, rest.above, at_once):
                yield words


def _rows(text: Iterable[str], delimiter: str) -> Any:
    """The cells of each line, with ``line_num``."""
    if delimiter == BLANKS:
        return Spaced(text)
    return csv.reader(text, delimiter=delimiter, strict=True)


def _sniff(content: Content, file: IO[bytes]) -> tuple[str, Top, int, tuple[str, ...]]:
    """The delimiter, what stands above the header, how many cells the rows have, or 0, and the
    first lines.

    Raises:
        DataError: the file is empty, not UTF-8, or names a delimiter that is none.
    """
    path = content.path
    with as_text(file) as text:
        try:
            head = text.read(HEAD)
        except UnicodeDecodeError as error:
            raise not_utf8(path, error) from None
    if not head.strip():
        raise DataError(f"{path} is empty: expected a table with a header line.")
    if head.count("\0") > len(head) // 4:
        raise DataError(
            f"{path} is no text, or UTF-16 without its mark: save it as UTF-8, or give a Parquet"
            " file."
        )
    top = top_of(head, split, content.known)
    if not (below := head[len(top.text) :]).strip():
        raise DataError(
            f"{path} holds comments and no table, as far as was looked ({HEAD:,} characters):"
            " expected a header line."
        )
    separator = top.separator
    if separator is not None and (
        not separator.isascii() or separator.isalnum() or separator in '"\0'
    ):
        raise DataError(
            f"{path}:1: 'sep={separator}' names no delimiter: expected one sign, such as sep=;."
        )
    delimiter = separator or delimiter_of(below)
    rows = first_rows(below, delimiter)
    first = tuple(islice(io.StringIO(head, newline=""), LOOKED_AT))
    return delimiter, top, len(rows[-1]) if rows else 0, first


def _header(content: Content, rows: Any, delimiter: str, width: int) -> list[str]:
    """The names of the columns.

    Args:
        width: cells of the first rows.
    """
    names = [name.strip() for name in _skip_header(rows)]
    if not content.is_named:
        names = [""] * len(names)
    elif delimiter in (BLANKS, "\t") and len(names) == width - 1:  # R names none of row names
        names = ["", *names]
    return named(content.path, names)


def _skip_header(rows: Iterable[list[str]]) -> list[str]:
    """The first line that is none of blanks."""
    return next((row for row in rows if row), [])


def _some(file: Delimited, rows: Any, above: int, most: int) -> Words | None:
    """The next rows, at most so many; blank lines are no rows. None: there are no more."""
    cells: list[list[str]] = []
    lines = array("q")
    before = above + rows.line_num
    with _no_collection():
        for row in rows:
            if row and len(row) != len(file.names):
                raise DataError(
                    f"{file.path}:{before + 1}: {counted(len(row), 'cell')} where the header has"
                    f" {len(file.names)}; {_mend(file.delimiter)}."
                )
            if row:
                cells.append(row)
                lines.append(before + 1)
            before = above + rows.line_num
            if len(cells) == most:
                break
        return Words(frame_of(file.names, cells), lines, file.delimiter) if cells else None


def _mend(delimiter: str) -> str:
    if delimiter == BLANKS:
        return "mend the line: between blanks no cell may be empty, NA stands for no value"
    return "mend the line, or quote cells that hold the delimiter"


@contextlib.contextmanager
def _data_errors(path: Path, delimiter: str, rows: Any, above: int) -> Iterator[None]:
    """What Python's csv or its decoder refuses, as one sentence with its line."""
    try:
        yield
    except csv.Error as error:
        raise DataError(
            f"{path}:{above + rows.line_num}: {error}; expected cells separated by"
            f" {in_words(delimiter)}, quotes doubled inside quotes."
        ) from None
    except UnicodeDecodeError as error:
        raise not_utf8(path, error) from None


@contextlib.contextmanager
def _no_collection() -> Iterator[None]:
    """Millions of small lists make Python's garbage collector look through them again and again."""
    on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if on:
            gc.enable()
