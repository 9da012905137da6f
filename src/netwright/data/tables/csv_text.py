"""Delimited text to columns of words; line numbers are kept.

It finds the delimiter, unwraps quotes, drops a byte order mark, and names ragged lines.

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
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from netwright.base.errors import DataError
from netwright.base.figures import counted

if TYPE_CHECKING:
    import polars as pl

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
MOST_COLUMNS = 20_000
MISSING = ("", "na", "n/a", "#n/a", "<na>", "nan", "null", "?")
CELL = 8
"""Bytes of an ordinary cell, for how many rows make a part."""

PART = 1 << 22
ODD = b'"\x00\x1c\x1d\x1e\x1f'


@dataclass(frozen=True)
class Words:
    """Rows of a delimited file as text.

    Args:
        cells: a column of words for each name of the first line, stripped of blanks around them.
        lines: the line of the file on which each row starts; the first line is 1.
        delimiter: what separates the cells.
    """

    cells: pl.DataFrame
    lines: Sequence[int]
    delimiter: str


@dataclass(frozen=True)
class Delimited:
    """A CSV or TSV file, looked at but not yet read.

    Args:
        delimiter: what separates the cells.
        names: of the columns.
        plain: whether every line is a row, so that polars can read it.
        blanks: whether a cell of a plain file may begin or end with a blank.
    """

    path: Path
    delimiter: str
    names: list[str]
    plain: bool
    blanks: bool

    def parts(self, size: int) -> Iterator[Words]:
        """Its rows, in order; each part about ``size`` bytes of the file.

        Raises:
            DataError: not UTF-8, a line with another number of cells than the header, or a quote
                that never closes.
        """
        return _quick(self, size) if self.plain else _exact(self, size)


def look(path: Path) -> Delimited:
    """A CSV or TSV file (comma, semicolon, tab or bar; found by itself), UTF-8 with or without BOM.

    The file is opened once and read to its end.

    Raises:
        DataError: missing, empty, not UTF-8, only a header, two columns of the same name, or more
            than 20,000 columns.
    """
    with _opened(path) as file:
        delimiter = _sniff(path, file)
        with (
            _as_text(file) as text,
            _data_errors(
                path, delimiter, rows := csv.reader(text, delimiter=delimiter, strict=True)
            ),
        ):
            names = _header(path, rows)
            if not any(rows):
                raise DataError(f"{path} has a header but no rows: nothing to read.")
        plain = _plain_lines(file, delimiter)
    return Delimited(path, delimiter, names, plain is not None, plain is None or plain[1])


def has_cells(head: str) -> bool:
    """Whether the beginning of a text is a table's: two lines or more, all of as many cells."""
    lines = [line for line in head.splitlines() if line.strip()][:20]
    whole = "\n".join([*lines, ""]) + "the last may be cut off"
    return len(lines) > 1 and any(_fit(whole, delimiter)[0] for delimiter in DELIMITERS)


def _quick(file: Delimited, size: int) -> Iterator[Words]:
    """By polars, where every line is a row; what polars refuses, by Python's csv."""
    line = 2
    with file.path.open("rb") as lines:
        lines.readline()
        while part := lines.read(size):
            part += lines.readline()
            cells = _by_polars(file, part)
            if cells is None:
                text = io.StringIO(_decoded(file.path, part), newline="")
                cells = _frame(
                    file, list(csv.reader(text, delimiter=file.delimiter, quoting=csv.QUOTE_NONE))
                )
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


def _plain_lines(file: IO[bytes], delimiter: str) -> tuple[int, bool] | None:
    """(rows, whether a cell may begin or end with a blank) if every line is a row, else None.

    Not plain: quotes, carriage returns of their own, blank lines, and characters that polars and
    Python do not both take for a blank or for text. Every line is reduced to the characters that
    matter: a plain one is left with its delimiters.
    """
    separator = delimiter.encode()
    matters = separator + b"\r\n" + ODD
    others = bytes(one for one in range(256) if one not in matters)
    rows, blanks = 0, False
    file.seek(0)
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
    with _opened(file.path) as content, _as_text(content) as text:
        rows = csv.reader(text, delimiter=file.delimiter, strict=True)
        with _data_errors(file.path, file.delimiter, rows):
            _header(file.path, rows)
            at_once = max(1, size // (CELL * len(file.names)))
            while words := _some(file, rows, at_once):
                yield words


def _frame(file: Delimited, rows: Sequence[list[str]]) -> pl.DataFrame:
    import polars as pl

    columns = zip(*rows, strict=True)
    series = [
        pl.Series(name, list(map(str.strip, c)), dtype=pl.String)
        for name, c in zip(file.names, columns, strict=True)
    ]
    return pl.DataFrame(series)


def _sniff(path: Path, file: IO[bytes]) -> str:
    """The delimiter: of those that split the first lines alike, the one of most cells.

    Raises:
        DataError: the file is empty or not UTF-8.
    """
    with _as_text(file) as text:
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


def _header(path: Path, rows: Iterator[list[str]]) -> list[str]:
    names = [name.strip() for name in next((row for row in rows if row), [])]
    if len(names) > MOST_COLUMNS:
        raise DataError(
            f"{path} has {len(names):,} columns: expected at most {MOST_COLUMNS:,}; keep the ones"
            " that matter, or turn rows and columns."
        )
    named = [name or f"column{at}" for at, name in enumerate(names, start=1)]
    first: dict[str, int] = {}
    for at, name in enumerate(named, start=1):
        if name in first:
            raise DataError(
                f"{path} has two columns called '{name}' (columns {first[name]} and {at}): give"
                " each its own name."
            )
        first[name] = at
    return named


def _some(file: Delimited, rows: Iterator[list[str]], most: int) -> Words | None:
    """The next rows, at most so many; blank lines are no rows. None: there are no more."""
    cells: list[list[str]] = []
    lines = array("q")
    before = rows.line_num  # type: ignore[attr-defined]
    with _no_collection():
        for row in rows:
            if row and len(row) != len(file.names):
                raise DataError(
                    f"{file.path}:{before + 1}: {counted(len(row), 'cell')} where the header has"
                    f" {len(file.names)}; mend the line, or quote cells that hold the delimiter."
                )
            if row:
                cells.append(row)
                lines.append(before + 1)
            before = rows.line_num  # type: ignore[attr-defined]
            if len(cells) == most:
                break
        return Words(_frame(file, cells), lines, file.delimiter) if cells else None


@contextlib.contextmanager
def _data_errors(path: Path, delimiter: str, rows: Any) -> Iterator[None]:
    """What Python's csv or its decoder refuses, as one sentence with its line."""
    try:
        yield
    except csv.Error as error:
        raise DataError(
            f"{path}:{rows.line_num}: {error}; expected cells separated by"
            f" {DELIMITERS[delimiter]}s, quotes doubled inside quotes."
        ) from None
    except UnicodeDecodeError as error:
        raise _not_text(path, error) from None


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    try:
        file = path.open("rb")
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}.") from None
    with file:
        yield file


@contextlib.contextmanager
def _as_text(file: IO[bytes]) -> Iterator[IO[str]]:
    """An open file as text, from its start; it stays open."""
    file.seek(0)
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    try:
        yield text
    finally:
        text.detach()


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
        raise _not_text(path, error) from None


def _not_text(path: Path, error: UnicodeDecodeError) -> DataError:
    return DataError(
        f"{path} is not UTF-8 text (byte 0x{error.object[error.start]:02x}): save it as UTF-8, or"
        " give a Parquet file."
    )
