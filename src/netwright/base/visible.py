"""Text from outside made safe to show, in the terminal, in a report and in a picture."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from netwright.base import typed_numbers
from netwright.base.errors import NetwrightError

OBEYED = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f"  # controls, but for tab and newline
    r"\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f"  # what turns the direction of writing
    r"\ufeff\ufff9-\ufffb\ufffe\uffff"  # marks inside a text, and what is no character at all
    r"\ud800-\udfff]"  # halves of a character: bytes of a name that are no text
)
"""The characters that a terminal or a browser obeys instead of showing them."""

FORMULA = frozenset("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
"""What a formula of a spreadsheet begins with."""

_NUMBER = re.compile(typed_numbers.NUMBER)

_BREAKS = str.maketrans("\n\t", "  ")


def visible(text: str) -> str:
    r"""Text of any number of lines with every character that would be obeyed written out: ``\x1b``,
    ``\u202e``, ``\xff`` for a byte that is no text.
    """
    return OBEYED.sub(_written, text)


def one_line(text: str) -> str:
    """The same of a name or a sentence, on one line."""
    return visible(text.translate(_BREAKS))


def columns(text: str) -> int:
    """How many columns a text takes where all letters are equally wide, as in a terminal."""
    import unicodedata

    return sum(
        0 if unicodedata.combining(one) else 2 if unicodedata.east_asian_width(one) in "WF" else 1
        for one in text
    )


def _written(found: re.Match[str]) -> str:
    code = ord(found[0])
    if 0xDC80 <= code <= 0xDCFF:  # as Python keeps a byte of a name that is no text
        code -= 0xDC00
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def harmless(cell: Any) -> Any:
    """A cell of CSV that no spreadsheet takes for a formula: an apostrophe goes before a text that
    begins with = + - @ (or a wide one of these), a tab or a line's end, and is no number.
    """
    if isinstance(cell, str) and cell[:1] in FORMULA and not _NUMBER.fullmatch(cell):
        return f"'{cell}"
    return cell


def csv_lines(rows: Iterable[Mapping[str, Any]], *, formulas: bool = False) -> Iterator[str]:
    """Rows as lines of CSV, each as it comes, under the names of the first one.

    Args:
        formulas: whether cells that a spreadsheet would take for a formula stay as they are;
            otherwise they are ``harmless``.

    Raises:
        NetwrightError: a row has other columns than the first one.
    """
    line = io.StringIO()
    # rows that end in both, so that cells with one of the two are quoted
    writer = csv.writer(line, lineterminator="\r\n")
    names: list[str] = []

    def written(cells: Iterable[Any]) -> str:
        line.seek(0)
        line.truncate()
        writer.writerow(cells if formulas else map(harmless, cells))
        return line.getvalue().removesuffix("\r\n") + "\n"

    for row in rows:
        if not names:
            names = list(row)
            yield written(names)
        if others := row.keys() ^ set(names):
            raise NetwrightError(
                f"the column '{min(others)}' is in some rows and not in others: print lines of JSON"
                " with --jsonl, each of which has columns of its own."
            )
        yield written(row[name] for name in names)
