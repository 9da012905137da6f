"""Delimited text to columns of words; line numbers are kept.

It finds the delimiter, unwraps quotes, drops a byte order mark, skips what stands above the header,
and names ragged lines.

A file without quotes, blank lines and other oddities has one row a line, and polars reads it in a
tenth of the time.
"""

from __future__ import annotations

import codecs
import contextlib
import csv
import gc
import io
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from netwright.base.errors import DataError
from netwright.base.figures import counted
from netwright.data.tables.formats import in_utf8
from netwright.data.tables.formats.in_utf8 import not_utf8
from netwright.data.tables.formats.spaced import Spaced, look_spaced
from netwright.data.tables.formats.table_look import (
    GROWS,
    Content,
    TableLook,
    Words,
    frame_of,
    named,
)
from netwright.data.tables.formats.top_lines import Top, top_of

if TYPE_CHECKING:
    import polars as pl

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
BLANKS = " "
"""Stands for runs of blanks between the cells."""

CELL = 8
"""Bytes of an ordinary cell, for how many rows make a part."""

PART = 1 << 22
HEAD = 1 << 16
"""Characters that are looked at first."""

ODD = b'"\x00\x1c\x1d\x1e\x1f'


@dataclass(frozen=True)
class Delimited:
    """A CSV or TSV file, looked at but not yet read.

    Args:
        delimiter: what separates the cells.
        names: of the columns.
        plain: whether every line is a row, so that polars can read it.
        blanks: whether a cell of a plain file may begin or end with a blank.
        start, above: bytes and lines above the header.
        notes: what was skipped there.
    """

    content: Content
    delimiter: str
    names: list[str]
    plain: bool
    blanks: bool
    start: int = 0
    above: int = 0
    notes: tuple[str, ...] = ()

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
        return _quick(self, size) if self.plain else _exact(self, size)


def look(content: Content) -> TableLook:
    """A delimited file as every table file is looked at.

    Raises:
        DataError: as of ``delimited``.
    """
    return look_of(delimited(content))


def look_of(file: Delimited) -> TableLook:
    """The same of a file that was looked at."""
    about = "; ".join([*file.notes, f"cells are separated by {_called(file.delimiter)}"])
    return TableLook(
        file.content,
        file.names,
        file.parts,
        GROWS * file.content.size,
        about=about,
        delimiter=file.delimiter,
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
        delimiter, top, width = _sniff(path, file)
        start = len(top.text.encode()) + _bom_length(file)
        with (
            _as_text(file, start) as text,
            _data_errors(path, delimiter, rows := _rows(text, delimiter), top.lines),
        ):
            names = _header(path, rows, delimiter, width)
            if not any(rows):
                raise DataError(f"{path} has a header but no rows: nothing to read.")
        plain = None if delimiter == BLANKS else _plain_lines(file, delimiter, start)
    blanks = plain is None or plain[1]
    return Delimited(
        content, delimiter, names, plain is not None, blanks, start, top.lines, top.notes
    )


def _called(delimiter: str) -> str:
    """What separates the cells, in words."""
    if delimiter == BLANKS:
        return "runs of blanks"
    return f"{DELIMITERS[delimiter]}s" if delimiter in DELIMITERS else f"'{delimiter}'"


def has_cells(head: str) -> bool:
    """Whether the beginning of a text is a table's: two lines or more, all of as many cells."""
    top = top_of(head, _split)
    lines = [line for line in head[len(top.text) :].splitlines() if line.strip()][:20]
    whole = "\n".join([*lines, ""]) + "the last may be cut off"
    return len(lines) > 1 and (
        any(_fit(whole, delimiter)[0] for delimiter in DELIMITERS) or _delimiter(whole) == BLANKS
    )


def _quick(file: Delimited, size: int) -> Iterator[Words]:
    """By polars, where every line is a row; what polars refuses, by Python's csv."""
    line = file.above + 2
    with file.content.opened() as lines:
        lines.seek(file.start)
        lines.readline()
        while part := lines.read(size):
            part += lines.readline()
            cells = _by_polars(file, part)
            if cells is None:
                text = io.StringIO(_decoded(file.path, part), newline="")
                rows = csv.reader(text, delimiter=file.delimiter, quoting=csv.QUOTE_NONE)
                cells = frame_of(file.names, list(rows))
            yield Words(cells, range(line, line + len(cells)), file.delimiter)
            line += len(cells)


def _by_polars(file: Delimited, part: bytes) -> pl.DataFrame | None:
    import polars as pl

    if part.startswith(codecs.BOM_UTF8):  # polars would drop it in the middle of a file, too
        return None
    try:
        cells = pl.read_csv(
            part,
            separator=file.delimiter,
            has_header=False,
            new_columns=file.names,
            quote_char=None,
            schema_overrides=dict.fromkeys(file.names, pl.String),
            infer_schema=False,
        )
    except pl.exceptions.PolarsError:
        return None
    if cells.columns != file.names or len(cells) != part.count(b"\n") + (not part.endswith(b"\n")):
        return None
    words = pl.all().fill_null("")
    return cells.select(words.str.strip_chars() if file.blanks else words)


def _plain_lines(file: IO[bytes], delimiter: str, start: int = 0) -> tuple[int, bool] | None:
    """(rows, whether a cell may begin or end with a blank) if every line is a row, else None.

    Not plain: quotes, carriage returns of their own, blank lines, and characters that polars and
    Python do not both take for a blank or for text. Every line is reduced to the characters that
    matter: a plain one is left with its delimiters.
    """
    separator = delimiter.encode()
    matters = separator + b"\r\n" + ODD
    others = bytes(one for one in range(256) if one not in matters)
    rows, blanks = 0, False
    file.seek(start)
    header = file.readline().translate(None, others)
    width = header.count(separator)
    line = separator * width + (b"\r\n" if header.endswith(b"\r\n") else b"\n")
    if not width or header != line:
        return None
    while part := file.read(PART):
        part += file.readline()
        part += b"" if part.endswith(b"\n") else line[width:]
        left = part.translate(None, others)
        count = len(left) // len(line)
        if left != line * count or (b"\r" in line and part.count(b"\r\n") != count):
            return None
        rows, blanks = rows + count, blanks or _blanks(part, separator)
    return (rows, blanks) if rows else None


def _blanks(lines: bytes, separator: bytes) -> bool:
    """Whether a cell may begin or end with a blank.

    A space beside a delimiter, or any character that is rare as a blank.
    """
    if not lines.isascii() or any(
        one in lines for one in (b"\t", b"\x0b", b"\x0c") if one != separator
    ):
        return True
    beside = (b" " + separator, separator + b" ", b"\n ", b" \n", b" \r")
    return b" " in lines and (lines.startswith(b" ") or any(pair in lines for pair in beside))


def _exact(file: Delimited, size: int) -> Iterator[Words]:
    """Cell by cell, by Python's csv."""
    with file.content.opened() as content, _as_text(content, file.start) as text:
        rows = _rows(text, file.delimiter)
        with _data_errors(file.path, file.delimiter, rows, file.above):
            _skip_header(rows)
            at_once = max(1, size // (CELL * len(file.names)))
            while words := _some(file, rows, at_once):
                yield words


def _rows(text: Iterable[str], delimiter: str) -> Any:
    """The cells of each line, with ``line_num``."""
    if delimiter == BLANKS:
        return Spaced(text)
    return csv.reader(text, delimiter=delimiter, strict=True)


def _sniff(path: Path, file: IO[bytes]) -> tuple[str, Top, int]:
    """The delimiter, what stands above the header, and how many cells the rows have, or 0.

    Raises:
        DataError: the file is empty, not UTF-8, or names a delimiter that is none.
    """
    with _as_text(file) as text:
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
    top = top_of(head, _split)
    below = head[len(top.text) :]
    if not below.strip():
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
    delimiter = separator or _delimiter(below)
    rows = _first_rows(below, delimiter)
    return delimiter, top, len(rows[-1]) if rows else 0


def _delimiter(text: str) -> str:
    """Of those that split the first lines alike, the one of most cells."""
    best = max(DELIMITERS, key=lambda delimiter: _fit(text, delimiter))
    if _fit(text, best)[0] or not look_spaced(_first_rows(text, BLANKS), text[:HEAD]):
        return best
    return BLANKS


def _fit(head: str, delimiter: str) -> tuple[bool, int]:
    """(whether the first lines agree in the number of cells, that number)."""
    counts = [len(row) for row in _first_rows(head, delimiter)]
    if not counts:
        return False, 0
    return len(set(counts)) == 1 and counts[0] > 1, counts[0]


def _first_rows(head: str, delimiter: str) -> list[list[str]]:
    """The cells of the first lines, but for the last, which may be cut off."""
    lines = io.StringIO(head, newline="")
    reader = Spaced(lines) if delimiter == BLANKS else csv.reader(lines, delimiter=delimiter)
    try:
        rows = [row for row in islice(reader, 20) if row]
    except csv.Error:
        return []
    return rows[:-1] or rows


def _split(line: str, below: str, separator: str | None) -> list[list[str]]:
    delimiter = separator or _delimiter(below)
    if not below.strip():
        return [[line]]
    return _first_rows(line + below, delimiter) or [[line]]


def _header(path: Path, rows: Any, delimiter: str, width: int) -> list[str]:
    """The names of the columns.

    Args:
        width: cells of the first rows.
    """
    names = [name.strip() for name in _skip_header(rows)]
    if delimiter in (BLANKS, "\t") and len(names) == width - 1:  # R names no column of row names
        names = ["", *names]
    return named(path, names)


def _skip_header(rows: Iterable[list[str]]) -> list[str]:
    """The first line that is none of blanks."""
    return next((row for row in rows if row), [])


def _some(file: Delimited, rows: Any, most: int) -> Words | None:
    """The next rows, at most so many; blank lines are no rows. None: there are no more."""
    cells: list[list[str]] = []
    lines = array("q")
    before = file.above + rows.line_num
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
            before = file.above + rows.line_num
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
            f" {_called(delimiter)}, quotes doubled inside quotes."
        ) from None
    except UnicodeDecodeError as error:
        raise not_utf8(path, error) from None


@contextlib.contextmanager
def _as_text(file: IO[bytes], start: int = 0) -> Iterator[IO[str]]:
    """An open file as text, from a byte on; it stays open."""
    file.seek(start)
    text = io.TextIOWrapper(file, encoding="utf-8" if start else "utf-8-sig", newline="")
    try:
        yield text
    finally:
        text.detach()


def _bom_length(file: IO[bytes]) -> int:
    """The bytes of a mark of UTF-8 at the beginning of a file."""
    file.seek(0)
    return 3 if file.read(3) == codecs.BOM_UTF8 else 0


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


def _decoded(path: Path, part: bytes) -> str:
    try:
        return part.decode("utf-8")
    except UnicodeDecodeError as error:
        raise not_utf8(path, error) from None
