"""How much a Parquet file unfolds to, told by its footer and its page headers alone.

Both are in Thrift's compact protocol (apache/parquet-format, parquet.thrift): a struct is its
fields, each a byte (4 bits of how much higher its number is, 4 of its type) and a value.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import IO, Any

from netwright.base.errors import UnreadableError

MOST_FOOTER = 2**26
"""Bytes of a footer: one of 20,000 columns in a thousand row groups fits."""

MOST_PAGES = 1_000_000
HEADER = 2**16
"""Bytes that a page header may take; its statistics may hold a long word."""

DEPTH = 16

ROW_GROUPS, CHUNKS, META = 4, 1, 3
COMPRESSED, DATA_PAGE, DICTIONARY_PAGE = 7, 9, 11
PAGE_UNFOLDED, PAGE_SIZE = 2, 3
"""Numbers of fields: of the file, of a row group, a chunk, its metadata, a page."""


def unfolded(file: IO[bytes], size: int) -> int:
    """Bytes of all pages of a Parquet file once they are decompressed.

    Args:
        file: open for reading; size: its bytes.

    Raises:
        UnreadableError: its footer or a page header is damaged.
    """
    try:
        footer = _footer(file, size)
        chunks = [chunk[META] for group in footer[ROW_GROUPS] for chunk in group[CHUNKS]]
        return sum(_of_chunk(file, chunk) for chunk in chunks)
    except (LookupError, TypeError, ValueError, OverflowError, struct.error):
        raise UnreadableError("its footer or the header of a page is damaged") from None


def _footer(file: IO[bytes], size: int) -> dict[int, Any]:
    file.seek(max(0, size - 8))
    length, mark = struct.unpack("<I4s", file.read(8))
    if mark != b"PAR1" or length > min(size - 8, MOST_FOOTER):
        raise ValueError("no footer")
    file.seek(size - 8 - length)
    return _Reader(file.read(length)).struct()


def _of_chunk(file: IO[bytes], chunk: dict[int, Any]) -> int:
    at = min(chunk[DATA_PAGE], chunk.get(DICTIONARY_PAGE) or chunk[DATA_PAGE])
    end, total, pages = at + chunk[COMPRESSED], 0, 0
    while at < end:
        file.seek(at)
        reader = _Reader(file.read(HEADER))
        page, pages = reader.struct(), pages + 1
        if page[PAGE_SIZE] < 0 or page[PAGE_UNFOLDED] < 0 or pages > MOST_PAGES:
            raise ValueError("no page")
        at += reader.at + page[PAGE_SIZE]
        total += page[PAGE_UNFOLDED]
    return total


class _Reader:
    """Values one after the other; ``at`` is the next byte."""

    def __init__(self, content: bytes) -> None:
        self.content, self.at, self.depth = content, 0, 0

    def struct(self) -> dict[int, Any]:
        """Number of field -> value."""
        found: dict[int, Any] = {}
        number = 0
        while head := self.byte():
            number = number + (head >> 4) if head >> 4 else self.whole()
            found[number] = self.value(head & 15)
        return found

    def value(self, kind: int) -> Any:
        """A field's value; its type alone says whether it is true."""
        return kind == 1 if kind in (1, 2) else self._inside(kind)

    def _inside(self, kind: int) -> Any:
        self.depth += 1
        if self.depth > DEPTH:
            raise ValueError("nested too deeply")
        found = _READ[kind](self)
        self.depth -= 1
        return found

    def byte(self) -> int:
        found = self.content[self.at]
        self.at += 1
        return found

    def bytes(self, count: int) -> bytes:
        found = self.content[self.at : self.at + count]
        if len(found) < count:
            raise ValueError("cut short")
        self.at += count
        return found

    def length(self) -> int:
        """Seven bits a byte, the lowest first."""
        found = shift = 0
        while True:
            part = self.byte()
            found |= (part & 127) << shift
            shift += 7
            if part < 128:
                return found
            if shift > 63:
                raise ValueError("no whole number")

    def whole(self) -> int:
        """0, -1, 1, -2, ... as 0, 1, 2, 3, ..."""
        found = self.length()
        return (found >> 1) ^ -(found & 1)

    def list(self) -> list[Any]:
        head = self.byte()
        count = self.length() if head >> 4 == 15 else head >> 4
        if count > len(self.content):  # each takes a byte or more
            raise ValueError("cut short")
        kind = head & 15
        return [self.byte() == 1 if kind in (1, 2) else self._inside(kind) for _ in range(count)]

    def map(self) -> None:
        """Passed over."""
        count = self.length()
        kinds = self.byte() if count else 0
        if count > len(self.content):
            raise ValueError("cut short")
        for _ in range(count):
            self.value(kinds >> 4)
            self.value(kinds & 15)


_READ: dict[int, Callable[[_Reader], Any]] = {
    3: _Reader.byte,
    4: _Reader.whole,
    5: _Reader.whole,
    6: _Reader.whole,
    7: lambda reader: reader.bytes(8),
    8: lambda reader: reader.bytes(reader.length()),
    9: _Reader.list,
    10: _Reader.list,
    11: _Reader.map,
    12: _Reader.struct,
    13: lambda reader: reader.bytes(16),
}
"""Type -> how a value of it is read."""
