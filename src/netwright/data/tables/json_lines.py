"""JSON lines: a file with one object a line, read as the rows of a table; of texts, or, where its
lines hold none, of numbers and categories.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netwright.base import read_json
from netwright.base.errors import DataError, UnreadableError
from netwright.base.figures import counted
from netwright.base.visible import visible
from netwright.contract import Claim, Examples, Look, Reader, ReadOptions, Source
from netwright.data.tables.frames import from_rows

if TYPE_CHECKING:
    import polars as pl

    from netwright.contract.reading import Reading

SUFFIXES = (".jsonl", ".ndjson")
LABEL = "label"
"""What is predicted where no target is named."""

LOOKED_AT = 200
"""Lines that are looked at, the first ones."""


def recognize(look: Look) -> Claim | None:
    """A file called as JSON lines are."""
    if look.suffix not in SUFFIXES:
        return None
    return Claim(f"took {look.path} for lines of JSON because its name ends in {look.suffix}", 2)


def recognize_table(look: Look) -> Claim | None:
    """The same; surer than that of texts where the first lines hold none: no value of two words."""
    claim = recognize(look)
    if claim is None or _holds_texts(look):
        return claim and replace(claim, strength=1)
    return Claim(
        f"took {look.path} for a table because its lines of JSON hold numbers and single words", 3
    )


def read(look: Look, source: Source) -> Reading:
    """The rows, with ``label`` as the target unless another is named.

    Raises:
        DataError: a line is no JSON object, or a value is neither text, number nor yes/no.
    """
    from netwright.data.tables import to_examples

    frame, lines = _frame(look.path)
    options = source.options
    if options.target is None and LABEL in frame.columns:
        source = replace(source, options=replace(options, target=LABEL))
    return to_examples.read_frame(
        frame, source, sources=lines, notes=(counted(len(frame), "line"),)
    )


def inputs(looks: Sequence[Look], options: ReadOptions) -> Examples | None:
    """The rows of one file."""
    if len(looks) != 1 or recognize(looks[0]) is None:
        return None
    from netwright.data.tables import to_examples

    frame, lines = _frame(looks[0].path)
    return to_examples.rows_of_frame(frame, to_examples.for_inputs(options), lines)


def sample(folder: Path) -> tuple[Path, ReadOptions]:
    """Sixty short texts, good and bad."""
    path = folder / "reviews.jsonl"
    words = {"good": "bright warm lively tender brisk", "bad": "dull grey tired empty slow"}
    rows = [
        {"text": f"a {some.split()[at % 5]} and {some.split()[at * 3 % 5]} film", "label": name}
        for at in range(30)
        for name, some in words.items()
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path, ReadOptions()


def sample_table(folder: Path) -> tuple[Path, ReadOptions]:
    """Forty rows of a number and a word; the number decides about the label."""
    path = folder / "rows.jsonl"
    rows = [
        {"size": at / 10, "colour": ("red", "green")[at % 2], LABEL: ("small", "large")[at > 19]}
        for at in range(40)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path, ReadOptions()


READER = Reader(
    kind="json-lines",
    takes="lines of JSON",
    recognize=recognize,
    read=read,
    sample=sample,
    inputs=inputs,
)

TABLE = Reader(
    kind="json-table",
    takes="lines of JSON",
    recognize=recognize_table,
    read=read,
    sample=sample_table,
    inputs=inputs,
)


def _holds_texts(look: Look) -> bool:
    """Whether a value of the first lines has two words; also where none of them can be read."""
    whole = (look.text() or "").splitlines()[: LOOKED_AT + 1]
    rows = [row for line in whole if (row := _row_if_any(line))]
    values = [value for row in rows for value in row.values() if isinstance(value, str)]
    return not rows or any(len(value.split()) > 1 for value in values)


def _row_if_any(line: str) -> dict[str, Any] | None:
    """The object in a line; None: there is none, or the line is cut off."""
    try:
        row = read_json.parse(line)
    except UnreadableError:
        return None
    return row if isinstance(row, dict) else None


def _frame(path: Path) -> tuple[pl.DataFrame, list[str]]:
    """The rows, and where each stands."""
    rows, lines = _rows(path)
    if not any(rows):
        raise DataError(f"{path} holds no rows: nothing to read.")
    return from_rows(rows), lines


def _rows(path: Path) -> tuple[list[dict[str, Any]], list[str]]:
    rows, lines = [], []
    try:
        with path.open("rb") as file:
            for at, line in enumerate(file, start=1):
                if not line.strip():
                    continue
                rows.append(_row(line, f"{path.name}:{at}"))
                lines.append(f"{path.name}:{at}")
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}.") from None
    return rows, lines


def _row(line: bytes, place: str) -> dict[str, Any]:
    try:
        row = read_json.parse(line.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise DataError(f"{place} is not UTF-8.") from None
    except UnreadableError as error:
        raise DataError(f"{place} cannot be read: {str(error).rstrip('.')}.") from None
    if not isinstance(row, dict):
        raise DataError(f"{place} is no JSON object: expected one a line, in braces.")
    for name, value in row.items():
        if not (value is None or isinstance(value, str | int | float)):
            raise DataError(f"{place}: '{name}' is a list or an object: expected text or a number.")
        if any(map(_is_half, (name, value))):
            raise DataError(
                f"{place}: '{visible(name)}' holds half a character (\\ud800 to \\udfff)."
            )
    return row


def _is_half(value: Any) -> bool:
    """Whether a text holds a surrogate, which stands for no character and cannot be written."""
    return isinstance(value, str) and any("\ud800" <= character <= "\udfff" for character in value)
