"""Delimited text to columns of words: delimiter, quotes, byte order mark, ragged lines; line numbers are kept.

A file without quotes, blank lines and other oddities has one row a line, and polars reads it in a tenth of the time.
"""

from __future__ import annotations

import contextlib
import csv
import gc
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING

from netwright.base.errors import DataError

if TYPE_CHECKING:
    import polars as pl

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
MOST_COLUMNS = 20_000
MISSING = ("", "na", "n/a", "#n/a", "<na>", "nan", "null", "?")
TOGETHER = 20_000
PART = 1 << 22
ODD = b'"\x00\x1c\x1d\x1e\x1f'


@dataclass(frozen=True)
class Words:
    """A delimited file as text.

    Args:
        cells: a column of words for each name of the first line, stripped of blanks around them.
        lines: the line of the file on which each row starts; the first line is 1.
        delimiter: what separates the cells.
    """

    cells: pl.DataFrame
    lines: Sequence[int]
    delimiter: str


def read_words(path: Path) -> Words:
    """All cells of a CSV or TSV file (comma, semicolon, tab or bar; found by itself), UTF-8 with or without BOM.

    Raises:
        DataError: missing, empty, not UTF-8, only a header, a line with another number of cells than the header,
            a quote that never closes, two columns of the same name, or more than 20,000 columns.
    """
    delimiter = sniff(path)
    return _quick(path, delimiter) or _exact(path, delimiter)


def _quick(path: Path, delimiter: str) -> Words | None:
    """The same as ``_exact`` by polars, or None where they might differ or something is wrong."""
    import polars as pl

    found = _plain_lines(path, delimiter)
    if found is None:
        return None
    rows, blanks = found
    with _text(path) as text:
        header = text.readline()
    try:
        names = _header(path, csv.reader([header], delimiter=delimiter, strict=True), delimiter)
        cells = pl.read_csv(
            path, separator=delimiter, has_header=False, skip_rows=1, new_columns=names, quote_char=None,
            schema_overrides=dict.fromkeys(names, pl.String), infer_schema=False,
        )  # fmt: skip
    except pl.exceptions.PolarsError:
        return None
    if cells.columns != names or len(cells) != rows:
        return None
    words = pl.all().fill_null("")
    return Words(cells.select(words.str.strip_chars() if blanks else words), range(2, rows + 2), delimiter)


def _plain_lines(path: Path, delimiter: str) -> tuple[int, bool] | None:
    """(lines after the header, whether a cell may begin or end with a blank), if every line is a row of as many cells.

    Not plain: quotes, carriage returns of their own, blank lines, and signs that polars and Python do not both take
    for a blank or for text. Every line is reduced to the signs that matter: a plain one is left with its delimiters.
    """
    mark = delimiter.encode()
    matters = mark + b"\r\n" + ODD
    others = bytes(sign for sign in range(256) if sign not in matters)
    rows, blanks = 0, False
    with path.open("rb") as file:
        header = file.readline().translate(None, others)
        width = header.count(mark)
        line = mark * width + (b"\r\n" if header.endswith(b"\r\n") else b"\n")
        if not width or header != line:
            return None
        while part := file.read(PART):
            part += file.readline()
            part += b"" if part.endswith(b"\n") else line[width:]
            left = part.translate(None, others)
            count = len(left) // len(line)
            if left != line * count:
                return None
            rows, blanks = rows + count, blanks or _blanks(part, mark)
    return (rows, blanks) if rows else None


def _blanks(lines: bytes, mark: bytes) -> bool:
    """Whether a cell may begin or end with a blank: a space beside a delimiter, or any sign that is rare as one."""
    if not lines.isascii() or any(sign in lines for sign in (b"\t", b"\x0b", b"\x0c") if sign != mark):
        return True
    beside = (b" " + mark, mark + b" ", b"\n ", b" \n", b" \r")
    return b" " in lines and (lines.startswith(b" ") or any(pair in lines for pair in beside))


def _exact(path: Path, delimiter: str) -> Words:
    """Cell by cell, by Python's csv."""
    import polars as pl

    with _text(path) as text, _no_collection():
        rows = csv.reader(text, delimiter=delimiter, strict=True)
        try:
            names = _header(path, rows, delimiter)
            columns, lines = _body(path, rows, len(names))
        except csv.Error as error:
            raise DataError(
                f"{path}:{rows.line_num}: {error}; expected cells separated by {DELIMITERS[delimiter]}s, quotes doubled inside quotes."
            ) from None
        except UnicodeDecodeError as error:
            raise _not_text(path, error) from None
    if not lines:
        raise DataError(f"{path} has a header but no rows: nothing to read.")
    series = [pl.Series(name, column, dtype=pl.String) for name, column in zip(names, columns, strict=True)]
    return Words(pl.DataFrame(series), lines, delimiter)


def sniff(path: Path) -> str:
    """The delimiter: the one that splits the header into most cells, of those that split the next lines alike.

    Raises:
        DataError: the file is empty or not UTF-8.
    """
    with _text(path) as text:
        try:
            head = text.read(1 << 16)
        except UnicodeDecodeError as error:
            raise _not_text(path, error) from None
    if not head.strip():
        raise DataError(f"{path} is empty: expected a table with a header line.")
    return max(DELIMITERS, key=lambda delimiter: _fit(head, delimiter))


def _fit(head: str, delimiter: str) -> tuple[bool, int]:
    """(whether the first lines agree in the number of cells, that number)."""
    try:
        reader = csv.reader(io.StringIO(head, newline=""), delimiter=delimiter)
        counts = [len(row) for row in islice(reader, 20) if row]
    except csv.Error:
        return False, 0
    counts = counts[:-1] or counts  # the last may be cut off
    return len(set(counts)) == 1 and counts[0] > 1, counts[0]


def _header(path: Path, rows: Iterator[list[str]], delimiter: str) -> list[str]:
    names = [name.strip() for name in next((row for row in rows if row), [])]
    if len(names) > MOST_COLUMNS:
        raise DataError(
            f"{path} has {len(names):,} columns: expected at most {MOST_COLUMNS:,}; keep the ones that matter, or turn rows and columns."
        )
    named = [name or f"column{at}" for at, name in enumerate(names, start=1)]
    first: dict[str, int] = {}
    for at, name in enumerate(named, start=1):
        if name in first:
            raise DataError(
                f"{path} has two columns called '{name}' (columns {first[name]} and {at}): give each its own name."
            )
        first[name] = at
    return named


def _body(path: Path, rows: Iterator[list[str]], width: int) -> tuple[list[list[str]], list[int]]:
    columns: list[list[str]] = [[] for _ in range(width)]
    lines: list[int] = []
    while chunk := _chunk(path, rows, width, lines):
        for column, cells in zip(columns, zip(*chunk, strict=True), strict=True):
            column.extend(map(str.strip, cells))
    return columns, lines


def _chunk(path: Path, rows: Iterator[list[str]], width: int, lines: list[int]) -> list[list[str]]:
    """Up to 20,000 rows; blank lines are left out."""
    chunk: list[list[str]] = []
    before: int = rows.line_num  # type: ignore[attr-defined]
    for row in rows:
        if len(row) == width:
            chunk.append(row)
            lines.append(before + 1)
        elif row:
            raise DataError(
                f"{path}:{before + 1}: {len(row)} cells where the header has {width}; mend the line, or quote cells that hold the delimiter."
            )
        before = rows.line_num  # type: ignore[attr-defined]
        if len(chunk) == TOGETHER:
            break
    return chunk


@contextlib.contextmanager
def _text(path: Path) -> Iterator[IO[str]]:
    try:
        file = path.open(encoding="utf-8-sig", newline="")
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}.") from None
    with file:
        yield file


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


def _not_text(path: Path, error: UnicodeDecodeError) -> DataError:
    return DataError(
        f"{path} is not UTF-8 text (byte 0x{error.object[error.start]:02x}): save it as UTF-8, or give a Parquet file."
    )
