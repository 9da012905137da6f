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
from netwright.base.errors import UnreadableError
from netwright.contract import Claim, Examples, Look, Reader, ReadOptions, Source
from netwright.data.sources import suffixes
from netwright.data.tables.formats import packed

if TYPE_CHECKING:
    from netwright.contract.reading import Reading

LOOKED_AT = 200
"""Lines that are looked at, the first ones."""


def recognize(look: Look) -> Claim | None:
    """A file called as JSON lines are."""
    if look.kind != "file" or (ending := packed.ending(look.path)) not in suffixes.JSON_LINES:
        return None
    why = f"took {look.path} for lines of JSON because {packed.named_by(look, ending)}"
    return Claim(why, 2)


def recognize_table(look: Look) -> Claim | None:
    """The same; surer than that of texts where the first lines hold cells alone: no value of two
    words, no list.
    """
    claim = recognize(look)
    if claim is None or _holds_more(look):
        return claim and replace(claim, strength=1)
    return Claim(
        f"took {look.path} for a table because its lines of JSON hold numbers and single words", 3
    )


def read(look: Look, source: Source) -> Reading:
    """The rows, with ``label`` as the target unless another is named.

    Raises:
        DataError: a line is no JSON object, or a column to read holds lists or objects.
    """
    from netwright.data.tables import to_examples

    return to_examples.read_table(source)


def inputs(looks: Sequence[Look], options: ReadOptions) -> Examples | None:
    """The rows of one file."""
    if len(looks) != 1 or recognize(looks[0]) is None:
        return None
    from netwright.data.tables import to_examples

    return to_examples.read_rows(looks[0].path, options)


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
        {"size": at / 10, "colour": ("red", "green")[at % 2], "label": ("small", "large")[at > 19]}
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


def _holds_more(look: Look) -> bool:
    """Whether a value of the first lines has two words, or is a list or an object; also where none
    of them can be read.
    """
    whole = (packed.text(look) or "").splitlines()[: LOOKED_AT + 1]
    rows = [row for line in whole if (row := _row_if_any(line))]
    values = [value for row in rows for value in row.values()]
    if any(isinstance(value, list | dict) for value in values):
        return True
    return not rows or any(isinstance(one, str) and len(one.split()) > 1 for one in values)


def _row_if_any(line: str) -> dict[str, Any] | None:
    """The object in a line; None: there is none, or the line is cut off."""
    try:
        row = read_json.parse(line)
    except UnreadableError:
        return None
    return row if isinstance(row, dict) else None
