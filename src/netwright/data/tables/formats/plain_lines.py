"""Lines of text each of which is a row: quotes around whole cells alone, no blank lines, no other
oddities. Polars reads them in a fraction of the time that Python's csv takes.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

from netwright.data.tables.exact import at_once

if TYPE_CHECKING:
    import polars as pl

ODD = (b"\x00", b"\x1c", b"\x1d", b"\x1e", b"\x1f")
"""What Python or polars takes for the end of something."""

FIRST_PRINTED = 32
"""Signs below it are ends of lines, or rare."""

QUOTE = b'"'


PIECE = 1 << 18
"""Bytes that are looked at together: they stay in the processor's cache."""


@dataclass(frozen=True)
class Seen:
    """What a piece of whole lines holds.

    Args:
        rows: ends of lines; quotes: marks of quotation.
        blanks: whether a cell may begin or end with a blank.
    """

    rows: int
    quotes: int
    blanks: bool


@dataclass(frozen=True)
class PlainLines:
    """How the plain lines of a file look.

    Args:
        names: of the columns.
        separator: between the cells.
        end: of a line.
    """

    names: Sequence[str]
    separator: bytes
    end: bytes

    def next_lines(self, content: IO[bytes], size: int) -> bytes:
        """About so many bytes of an open file, up to the end of a line."""
        start = content.tell()
        content.seek(start + size)
        content.readline()
        end = content.tell()
        content.seek(start)
        lines = content.read(end - start)
        return lines + self.end if lines and not lines.endswith(b"\n") else lines

    def look(self, lines: bytes) -> Seen | None:
        """What whole lines hold; None: not every one is a plain row, as far as signs tell."""
        found = at_once(lambda piece: self._look(lines[piece]), _pieces(lines), len(lines))
        seen = [one for one in found if one]
        if len(seen) < len(found) or lines.startswith(codecs.BOM_UTF8):
            return None  # polars would drop a mark of order in the middle of a file, too
        return Seen(
            sum(one.rows for one in seen),
            sum(one.quotes for one in seen),
            any(one.blanks for one in seen),
        )

    def rows(self, lines: bytes, seen: Seen) -> pl.DataFrame | None:
        """The rows of whole lines as words, without blanks around them; None: not every line is a
        plain row.
        """
        import polars as pl

        cells = self._by_polars(lines, is_quoted=seen.quotes > 0)
        if cells is None or len(cells) != seen.rows:
            return None
        if not self._adds_up(cells, len(lines), seen.quotes):
            return None
        words = pl.all().fill_null("")
        return cells.select(words.str.strip_chars() if seen.blanks else words)

    def _look(self, lines: bytes) -> Seen | None:
        """Not plain: quotes within a cell, carriage returns of their own, and characters that
        polars and Python do not both take for text.
        """
        import numpy as np

        signs = np.frombuffer(lines, np.uint8)
        rows = int(np.count_nonzero(signs == ord("\n")))
        if np.count_nonzero(signs < FIRST_PRINTED) > rows:
            returns = rows * self.end.count(b"\r")
            if (lines.count(self.end), lines.count(b"\r")) != (rows, returns):
                return None
            if any(sign in lines for sign in ODD):
                return None
        quotes = _quotes_around(lines, self.separator) if QUOTE in lines else 0
        return None if quotes is None else Seen(rows, quotes, _blanks(lines, self.separator))

    def _by_polars(self, lines: bytes, *, is_quoted: bool) -> pl.DataFrame | None:
        """Cells; null for an empty one, and for one that a short line lacks. None: polars refuses
        the lines; a long one is a reason.
        """
        import polars as pl

        try:
            cells = pl.read_csv(
                lines,
                separator=self.separator.decode(),
                has_header=False,
                schema=dict.fromkeys(self.names, pl.String),
                quote_char='"' if is_quoted else None,
            )
        except pl.exceptions.PolarsError:
            return None
        return cells if cells.columns == list(self.names) else None

    def _adds_up(self, cells: pl.DataFrame, size: int, quotes: int) -> bool:
        """Whether cells, separators, quotes and ends of lines are all there is: a line that is too
        short lacks separators.

        Args:
            cells: of as many rows as there are lines, none of which is too long.
            size: bytes of the lines; quotes: how many there are.
        """
        import polars as pl

        words = sum(cells.select(pl.all().str.len_bytes().sum()).row(0))
        between = len(cells) * (len(self.separator) * (cells.width - 1) + len(self.end))
        rest = words + quotes + between - size
        if not rest or not quotes:
            return not rest
        # a quote in a cell is written twice, and is one of its words
        doubled = cells.select(pl.all().str.count_matches('"', literal=True).sum())
        return bool(rest == sum(doubled.row(0)))


def lines_like(header: bytes, names: Sequence[str], delimiter: str) -> PlainLines | None:
    """The plain lines below a header; None: it is none itself, or of a single cell."""
    end = b"\r\n" if header.endswith(b"\r\n") else b"\n"
    lines = PlainLines(names, delimiter.encode(), end)
    seen = lines.look(header) if len(names) > 1 else None
    is_row = seen is not None and seen.rows == 1 and lines.rows(header, seen) is not None
    return lines if is_row else None


def _pieces(lines: bytes) -> Iterator[slice]:
    start = 0
    while start < len(lines):
        end = lines.find(b"\n", start + PIECE) + 1 or len(lines)
        yield slice(start, end)
        start = end


def _quotes_around(lines: bytes, separator: bytes) -> int | None:
    """How many quotes there are; None: one stands neither at the beginning or the end of a cell,
    nor doubled in one.

    Args:
        lines: whole ones.
    """
    before, behind = _beside(lines, QUOTE)
    borders = separator + b"\n" + QUOTE
    is_whole = (
        len(before) % 2 == 0
        and bool(_among(before[::2], borders).all())
        and bool(_among(behind[1::2], borders + b"\r").all())
    )
    return len(before) if is_whole else None


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
