"""Lines of text each of which is a row: quotes around whole cells alone, no blank lines, no other
oddities. Polars reads them in a fraction of the time that Python's csv takes.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from netwright.data.tables.exact import at_once

if TYPE_CHECKING:
    import polars as pl

ODD = b"\x00\x1c\x1d\x1e\x1f"
"""What Python or polars takes for the end of something."""

QUOTE = b'"'


PIECE = 1 << 18
"""Bytes that are looked at together: they stay in the processor's cache."""


@dataclass(frozen=True)
class Seen:
    """What plain lines hold.

    Args:
        rows: how many; blanks: whether a cell may begin or end with a blank.
    """

    rows: int
    blanks: bool


@dataclass(frozen=True)
class PlainLines:
    """How the plain lines of a file look.

    Args:
        separator: between the cells.
        end: of a line.
        width: separators in a line.
    """

    separator: bytes
    end: bytes
    width: int

    @property
    def line(self) -> bytes:
        """What is left of a line without the words."""
        return self.separator * self.width + self.end

    def look(self, lines: bytes) -> Seen | None:
        """How many rows whole lines are, and whether cells may begin or end with a blank; None: not
        every line is a plain row.
        """
        found = at_once(lambda piece: self._look(lines[piece]), _pieces(lines), len(lines))
        if None in found:
            return None
        return Seen(sum(one.rows for one in found if one), any(one.blanks for one in found if one))

    def _look(self, lines: bytes) -> Seen | None:
        """Not plain: quotes within a cell or around the end of a line, carriage returns of their
        own, blank lines, and characters that polars and Python do not both take for text. The lines
        are reduced to the characters that matter: plain ones are left with their separators.
        """
        lines += b"" if lines.endswith(b"\n") else self.end
        left = _reduced(lines, self.separator)
        count, ends = left.count(b"\n"), left.count(b"\r")
        if QUOTE in left:
            if not _quoted_whole(lines, self.separator):
                return None
            left = _outside_quotes(left)
        if left != self.line * count or ends != lines.count(self.end) * self.end.count(b"\r"):
            return None
        return Seen(count, _blanks(lines, self.separator))


def lines_like(header: bytes, delimiter: str) -> PlainLines | None:
    """The plain lines below a header; None: it is none itself, or of a single cell."""
    separator = delimiter.encode()
    end = b"\r\n" if header.endswith(b"\r\n") else b"\n"
    outside = _outside_quotes(_reduced(header, separator))
    lines = PlainLines(separator, end, outside.count(separator))
    found = lines.look(header) if lines.width else None
    return lines if found and found.rows == 1 else None


def by_polars(
    lines: bytes, names: Sequence[str], delimiter: str, look: Seen
) -> pl.DataFrame | None:
    """The rows of plain lines as words; None: polars refuses them."""
    import polars as pl

    if lines.startswith(codecs.BOM_UTF8):  # polars would drop it in the middle of a file, too
        return None
    try:
        cells = pl.read_csv(
            lines,
            separator=delimiter,
            has_header=False,
            new_columns=list(names),
            quote_char='"' if QUOTE in lines else None,
            schema_overrides=dict.fromkeys(names, pl.String),
            infer_schema=False,
        )
    except pl.exceptions.PolarsError:
        return None
    if cells.columns != list(names) or len(cells) != look.rows:
        return None
    words = pl.all().fill_null("")
    return cells.select(words.str.strip_chars() if look.blanks else words)


def _pieces(lines: bytes) -> Iterator[slice]:
    start = 0
    while start < len(lines):
        end = lines.find(b"\n", start + PIECE) + 1 or len(lines)
        yield slice(start, end)
        start = end


def _reduced(lines: bytes, separator: bytes) -> bytes:
    """The characters that matter."""
    return lines.translate(None, _others(separator))


@cache
def _others(separator: bytes) -> bytes:
    matters = separator + b"\r\n" + QUOTE + ODD
    return bytes(one for one in range(256) if one not in matters)


def _outside_quotes(left: bytes) -> bytes:
    """What is left of quoted cells, and of those without quotes all."""
    import numpy as np

    signs = np.frombuffer(left, np.uint8)
    is_quote = signs == ord(QUOTE)
    inside = np.logical_xor.accumulate(is_quote)
    outside: bytes = signs[~(inside | is_quote)].tobytes()
    return outside


def _quoted_whole(lines: bytes, separator: bytes) -> bool:
    """Whether every quote stands at the beginning or the end of a cell, or is doubled in one.

    Args:
        lines: whole ones.
    """
    before, behind = _beside(lines, QUOTE)
    borders = separator + b"\n" + QUOTE
    return (
        len(before) % 2 == 0
        and bool(_among(before[::2], borders).all())
        and bool(_among(behind[1::2], borders + b"\r").all())
    )


def _blanks(lines: bytes, separator: bytes) -> bool:
    """Whether a cell may begin or end with a blank.

    A space beside a delimiter or a quote, or any character that is rare as a blank; a tab that
    parts the cells may stand in quotes, too.
    """
    rare = [one for one in (b"\t", b"\x0b", b"\x0c") if one != separator or QUOTE in lines]
    if not lines.isascii() or any(one in lines for one in rare):
        return True
    if b" " not in lines:
        return False
    borders = separator + b"\r\n" + QUOTE
    return any(_among(signs, borders).any() for signs in _beside(lines, b" "))


def _beside(lines: bytes, sign: bytes) -> tuple[Any, Any]:
    """The characters before and behind a sign, wherever it stands; beyond the lines are others."""
    import numpy as np

    signs = np.frombuffer(b"\n" + lines + b"\n", np.uint8)
    places = np.flatnonzero(signs == ord(sign))
    return signs[places - 1], signs[places + 1]


def _among(signs: Any, wanted: bytes) -> Any:
    import numpy as np

    table = np.zeros(256, bool)
    table[list(wanted)] = True
    return table[signs]
