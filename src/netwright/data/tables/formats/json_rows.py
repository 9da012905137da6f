"""Lines of JSON: one object a line, a row by name each."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any

from netwright.base import read_json
from netwright.base.errors import DataError, UnreadableError
from netwright.base.visible import visible
from netwright.data.tables.formats.in_utf8 import in_utf8, not_utf8
from netwright.data.tables.formats.table_look import Content, TableLook, expect_few, in_parts
from netwright.data.tables.frames import from_rows

if TYPE_CHECKING:
    import polars as pl

ENDINGS = (".jsonl", ".ndjson")

LABEL = "label"
"""What is predicted where no target is named."""

CELL = 16
"""Bytes of an ordinary cell, for how many rows make a part."""


def look(content: Content) -> TableLook:
    """The rows, which are held from then on.

    Raises:
        DataError: a line is no JSON object, or there are no rows.
    """
    content = in_utf8(content)
    frame, lines, nested = _frame(content)
    names = frame.columns
    expect_few(content.path, len(names))
    return TableLook(
        content,
        names,
        lambda size: in_parts(frame, lines, size, CELL),
        0,
        about="a row a line",
        delimiter="",
        target=LABEL if LABEL in names else None,
        untyped=nested,
        count=len(frame),
    )


def _frame(content: Content) -> tuple[pl.DataFrame, array[int], dict[str, str]]:
    """The rows, the line of each, and the columns with lists or objects, as ``TableLook`` has it;
    their cells are missing.
    """
    rows, lines, nested = [], array("q"), dict[str, str]()
    with content.opened() as file:
        for at, line in enumerate(file, start=1):
            if line.strip():
                try:
                    rows.append(_row(line, f"{content.path.name}:{at}", nested))
                except UnicodeDecodeError as error:
                    raise not_utf8(content.path, error, at) from None
                lines.append(at)
    if not any(rows):
        raise DataError(f"{content.path} holds no rows: nothing to read.")
    return from_rows(rows), lines, nested


def _row(line: bytes, place: str, nested: dict[str, str]) -> dict[str, Any]:
    try:
        row = read_json.parse(line.decode("utf-8-sig"))
    except UnreadableError as error:
        raise DataError(f"{place} cannot be read: {str(error).rstrip('.')}.") from None
    if not isinstance(row, dict):
        raise DataError(f"{place} is no JSON object: expected one a line, in braces.")
    for name, value in row.items():
        if not (value is None or isinstance(value, str | int | float)):
            row[name] = value = None
            why = (
                "is a list or an object: expected text or a number; take it out or spread it first"
            )
            nested.setdefault(name, f"{place}: '{name}' {why}")
        if any(map(_is_half, (name, value))):
            raise DataError(
                f"{place}: '{visible(name)}' holds half a character (\\ud800 to \\udfff)."
            )
    return row


def _is_half(value: Any) -> bool:
    """Whether a text holds a surrogate, which stands for no character and cannot be written."""
    return isinstance(value, str) and any("\ud800" <= character <= "\udfff" for character in value)
