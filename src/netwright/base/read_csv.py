"""The one reader of our own CSV files: rows of numbers, bounded in size.

Tables that people bring are another trade: ``data/tables``.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from netwright.base.errors import UnreadableError
from netwright.base.files import read_text
from netwright.base.paths import Place

MOST_BYTES = 64 * 2**20
MOST_ROWS = 1_000_000
MOST_COLUMNS = 1_000


def load(
    place: Place, text_columns: Collection[str] = ()
) -> tuple[list[str], list[dict[str, Any]]]:
    """The columns and the rows of a CSV file; see ``parse``.

    Raises:
        FileNotFoundError, NotADirectoryError: there is no such file.
        UnreadableError: it cannot be read, or ``parse`` refuses it.
    """
    return parse(read_text(place, MOST_BYTES), text_columns)


def parse(text: str, text_columns: Collection[str] = ()) -> tuple[list[str], list[dict[str, Any]]]:
    """The columns of a CSV text and its rows, each column -> number; an empty cell is left out.

    Args:
        text_columns: those that hold text instead.

    Raises:
        UnreadableError: it is too large, a row does not fit the header, or a cell is no number
            (with line and column).
    """
    rows: list[dict[str, Any]] = []
    lines = lines_of(text)
    _, columns = next(lines, (1, []))
    _check_header(columns)
    for line, cells in lines:
        if len(cells) > len(columns):
            raise UnreadableError(f"line {line} has {len(cells)} cells, the header {len(columns)}")
        rows.append(_row(columns, cells, text_columns, line))
        if len(rows) > MOST_ROWS:
            raise UnreadableError(f"it holds more than {MOST_ROWS:,} rows")
    return columns, rows


def lines_of(text: str, delimiter: str = ",") -> Iterator[tuple[int, list[str]]]:
    """The cells of each row with the line that it ends on.

    Raises:
        UnreadableError: a line is no CSV.
    """
    reader = csv.reader(text.splitlines(keepends=True), delimiter=delimiter)
    try:
        for cells in reader:
            yield reader.line_num, cells
    except csv.Error as error:
        raise UnreadableError(f"line {reader.line_num} is no CSV: {error}") from None


def _check_header(columns: Sequence[str]) -> None:
    if len(columns) > MOST_COLUMNS:
        raise UnreadableError(f"it has {len(columns):,} columns, more than {MOST_COLUMNS:,}")
    if len(set(columns)) < len(columns):
        raise UnreadableError("two of its columns have one name")


def _row(
    columns: Sequence[str], cells: Sequence[str], text_columns: Collection[str], line: int
) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for name, cell in zip(columns, cells, strict=False):  # the last cells may be left out
        if not cell:
            continue
        try:
            row[name] = cell if name in text_columns else float(cell)
        except ValueError:
            raise UnreadableError(
                f"line {line}, column {name[:40]!r}: expected a number, got {cell[:40]!r}"
            ) from None
    return row
