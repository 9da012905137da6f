"""How much a Parquet file unfolds to: what its pages say, one header after the other.

A few kilobytes may stand for gigabytes, by compression or by one value that is repeated. Readers
believe the headers of the pages, not the sums at the file's end, so these are what is counted
(https://parquet.apache.org/docs/file-format/).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from netwright.base.errors import UnreadableError

MOST_FOOTER = 4 * 2**20
"""Bytes of the description at a file's end: a thousand row groups of a hundred columns take 2 MB
without statistics, and two seconds to read."""

MOST_PAGES = 50_000
"""Pages of a million values or a megabyte each."""

MOST_HEADER = 1 << 16
"""Bytes of a page's header, with the least and the largest text of the page."""

ALWAYS = 2**28
"""Bytes that any file may unfold to."""

TIMES = 100
"""How many times its size a larger one may: what nets answer shrinks to a half, and columns of
zeros to a fiftieth."""

MOST_DEPTH = 20

_WIDTHS = {0: 1, 1: 4, 2: 8, 3: 12, 4: 4, 5: 8, 6: 16, 7: 16}
"""Bytes of a value in memory, by its type's number: flags, whole numbers, floats, texts."""


def check_size(found: int, size: int) -> None:
    """See that a file unfolds to no more than its size lets expect.

    Args:
        found: bytes that it unfolds to.
        size: its own.

    Raises:
        UnreadableError: it unfolds to more.
    """
    most = max(ALWAYS, TIMES * size)
    if found > most:
        raise UnreadableError(
            f"its {size:,} bytes unfold to {found:,}, more than the {most:,} that a file of its"
            " size may"
        )


def unfolded(
    handle: int, size: int, *, most_footer: int = MOST_FOOTER, most_pages: int = MOST_PAGES
) -> int:
    """Bytes that all its values take in memory, about; counted until they are far too many.

    How many values a page claims is held against the rows: Polars believes it, and where there is
    no memory for them the whole process ends.

    Args:
        size: bytes of the file.
        most_footer: bytes of the description at its end; most_pages: of all columns.

    Raises:
        UnreadableError: it is no Parquet file, one of its parts lies outside it, or two of them
            contradict each other.
    """
    footer = _footer(handle, size, most_footer)
    try:
        total = 8 * max(0, int(footer[3]))
        _expect(sum(group[3] for group in footer[4]) == footer[3])
        pages = 0
        for column in _columns(footer):
            values = 0
            for page in _pages(handle, size, column):
                pages += 1
                if pages > most_pages:
                    raise UnreadableError(f"it holds more than {most_pages:,} pages")
                total += max(page.bytes, page.values * _WIDTHS.get(column.type, 16))
                values += page.values
            _expect(values == column.values)
    except (LookupError, TypeError, AttributeError, ValueError):
        raise UnreadableError("its description is damaged") from None
    return total


def _expect(holds: bool) -> None:
    if not holds:
        raise UnreadableError("its description contradicts itself")


@dataclass(frozen=True)
class _Column:
    """A column of a row group: the number of its values' type, where its pages lie, and how many
    values they hold.
    """

    type: int
    start: int
    length: int
    values: int


@dataclass(frozen=True)
class _Page:
    """What a page unfolds to."""

    bytes: int
    values: int


def _footer(handle: int, size: int, most: int) -> dict[int, Any]:
    end = os.pread(handle, 8, max(0, size - 8))
    if size < 12 or end[4:] != b"PAR1":
        raise UnreadableError("it is no Parquet file, or cut off")
    length = int.from_bytes(end[:4], "little")
    if length > min(most, size - 12):
        raise UnreadableError(f"its description takes {length:,} bytes")
    return _Thrift(os.pread(handle, length, size - 8 - length)).struct()


def _columns(footer: dict[int, Any]) -> Iterator[_Column]:
    for group in footer[4]:
        for chunk in group[1]:
            meta = chunk[3]
            first = min(meta[9], meta.get(11) or meta[9])  # of the dictionary, where there is one
            # a column of lists has more values than rows
            _expect(meta[5] == group[3] or (len(meta[3]) > 1 and meta[5] >= 0))
            yield _Column(meta[1], first, meta[7], meta[5])


def _pages(handle: int, size: int, column: _Column) -> Iterator[_Page]:
    at, end = column.start, column.start + column.length
    if not 0 < at <= end <= size:
        raise UnreadableError("a column lies outside it")
    while at < end:
        reader = _Thrift(os.pread(handle, min(MOST_HEADER, end - at), at))
        header = reader.struct()
        unfolds, length = int(header[2]), int(header[3])
        if length < 0 or unfolds < 0:
            raise UnreadableError("a page is of no size")
        about = header.get(5) or header.get(8) or {}
        words = header.get(7)  # of a dictionary page, each of a byte or more
        values = int(about.get(1, 0))
        _expect(values >= 0 and (words is None or 0 <= words[1] <= unfolds))
        yield _Page(unfolds, values)
        at += reader.at + length


class _Thrift:
    """Thrift's compact protocol, as Parquet uses it: structures as field number -> value."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def struct(self, depth: int = 0) -> dict[int, Any]:
        """A structure, whatever its fields mean.

        Raises:
            UnreadableError: it is cut off, too deep, or no such structure.
        """
        if depth > MOST_DEPTH:
            raise UnreadableError("its description is nested too deeply")
        found: dict[int, Any] = {}
        number = 0
        while (head := self._byte()) != 0:
            number = number + (head >> 4) if head >> 4 else self._whole()
            found[number] = self._value(head & 15, depth)
        return found

    def _value(self, kind: int, depth: int) -> Any:
        if kind in (1, 2):
            return kind == 1
        if kind == 3:
            return self._byte()
        if kind in (4, 5, 6):
            return self._whole()
        if kind == 7:
            return self._bytes(8)
        if kind == 8:
            return self._bytes(self._varint())
        if kind in (9, 10):
            return self._list(depth)
        if kind == 12:
            return self.struct(depth + 1)
        raise UnreadableError("its description is damaged")

    def _list(self, depth: int) -> list[Any]:
        if depth > MOST_DEPTH:
            raise UnreadableError("its description is nested too deeply")
        head = self._byte()
        length = self._varint() if head >> 4 == 15 else head >> 4
        if length > len(self.data) - self.at:  # each takes a byte at least
            raise UnreadableError("its description is damaged")
        return [self._value(head & 15, depth + 1) for _ in range(length)]

    def _whole(self) -> int:
        found = self._varint()
        return (found >> 1) ^ -(found & 1)

    def _varint(self) -> int:
        found = shift = 0
        while True:
            byte = self._byte()
            found |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return found
            if shift > 63:
                raise UnreadableError("its description is damaged")

    def _byte(self) -> int:
        if self.at >= len(self.data):
            raise UnreadableError("its description is cut off")
        self.at += 1
        return self.data[self.at - 1]

    def _bytes(self, length: int) -> bytes:
        if length > len(self.data) - self.at:
            raise UnreadableError("its description is cut off")
        self.at += length
        return self.data[self.at - length : self.at]
