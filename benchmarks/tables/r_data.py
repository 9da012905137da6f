"""Data frames out of R's .rda files (serialization format 2 and 3, XDR), as rows of text."""

from __future__ import annotations

import bz2
import gzip
import lzma
import math
import struct
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

UNPACK: Mapping[bytes, Callable[[bytes], bytes]] = {
    b"\x1f\x8b": gzip.decompress,
    b"BZ": bz2.decompress,
    b"\xfd7": lzma.decompress,
}
MISSING = -(2**31)

NIL, SYMBOL, PAIRS, LANGUAGE, CHARS, LOGICAL = 254, 1, 2, 6, 9, 10
WHOLE, REAL, STRINGS, LIST, REFERENCE = 13, 14, 16, 19, 255


class Frame(dict[str, list[str]]):
    """Column -> cells as R's ``write.csv`` spells them, with the names of the rows first."""


class _Vector:
    def __init__(self, values: list[Any], kind: int) -> None:
        self.values, self.kind, self.attributes = values, kind, dict[str, Any]()


def frames(path: Path) -> dict[str, Frame]:
    """Name -> data frame of a file."""
    content = path.read_bytes()
    unpack = UNPACK.get(content[:2])
    content = content if unpack is None else unpack(content)
    reader = _Reader(content)
    found = reader.item()
    return {name: _frame(value) for name, value in found if isinstance(value, _Vector)}


def _frame(found: _Vector) -> Frame:
    names = found.attributes["names"].values
    columns = dict(zip(names, map(_cells, found.values), strict=True))
    rows = found.attributes.get("row.names")
    count = len(next(iter(columns.values())))
    if rows is not None and rows.kind == STRINGS:
        labels = [str(label) for label in rows.values]
    else:
        labels = [str(at + 1) for at in range(count)]
    return Frame({"": labels, **columns})


def _cells(column: _Vector) -> list[str]:
    levels = column.attributes.get("levels")
    return [_cell(value, levels) for value in column.values]


def _cell(value: Any, levels: _Vector | None) -> str:
    if value is None or value == MISSING or (isinstance(value, float) and math.isnan(value)):
        return "NA"
    if levels is not None:
        return str(levels.values[int(value) - 1])
    return f"{value:.15g}" if isinstance(value, float) else str(value)


class _Reader:
    def __init__(self, content: bytes) -> None:
        self.content, self.at, self.known = content, 0, list[Any]()
        assert content[:5] in (b"RDX2\n", b"RDX3\n") and content[5:7] == b"X\n", content[:7]
        self.at = 7
        version, *_ = self._ints(3)
        if version == 3:
            self.at += self._ints(1)[0]  # the encoding of texts

    def _ints(self, count: int) -> tuple[int, ...]:
        found = struct.unpack_from(f">{count}i", self.content, self.at)
        self.at += 4 * count
        return found

    def item(self) -> Any:
        """The next thing: a vector, a list of (name, value) pairs, a text or None."""
        (flags,) = self._ints(1)
        kind, has_attributes, has_tag = flags & 255, flags & 512, flags & 1024
        if kind == NIL:
            return None
        if kind == REFERENCE:
            return self.known[(flags >> 8 or self._ints(1)[0]) - 1]
        if kind == SYMBOL:
            self.known.append(self.item())
            return self.known[-1]
        if kind in (PAIRS, LANGUAGE):
            return self._pairs(has_attributes, has_tag)
        if kind == CHARS:
            (size,) = self._ints(1)
            if size < 0:
                return None
            self.at += size
            return self.content[self.at - size : self.at].decode("utf-8", "replace")
        found = _Vector(self._values(kind), kind)
        if has_attributes:
            found.attributes = dict(self.item())
        return found

    def _pairs(self, has_attributes: int, has_tag: int) -> list[tuple[str, Any]]:
        if has_attributes:
            self.item()
        tag = self.item() if has_tag else ""
        return [(tag, self.item()), *(self.item() or [])]

    def _values(self, kind: int) -> list[Any]:
        (count,) = self._ints(1)
        if kind in (LOGICAL, WHOLE):
            return list(self._ints(count))
        if kind == REAL:
            found = struct.unpack_from(f">{count}d", self.content, self.at)
            self.at += 8 * count
            return list(found)
        if kind in (STRINGS, LIST):
            return [self.item() for _ in range(count)]
        raise ValueError(f"R's type {kind} at byte {self.at}")
