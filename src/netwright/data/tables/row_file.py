"""Rows of a table in two files: cells of a fixed width, and words.

They are read by place, so that none need be held.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Literal

import numpy as np

from netwright.base.errors import DataError
from netwright.data.images.pixel_array import Slab, read_slab
from netwright.data.tables.exact import nameless

if TYPE_CHECKING:
    import polars as pl

CellKind = Literal["Int64", "Float64", "Boolean", "Datetime", "String"]

CELLS: dict[CellKind, tuple[str, Any]] = {
    "Int64": ("<i8", -(2**63)),
    "Float64": ("<f8", float("nan")),
    "Boolean": ("i1", -1),
    "Datetime": ("<i8", -(2**63)),  # milliseconds since 1970
    "String": ("<i8", -1),  # where the word lies in the file of words
}
"""CellKind of column -> how a cell is kept, and what stands for a missing value."""

KNOWN_WORDS = 1 << 13
"""Words that are held, so that one which comes again is neither written nor read again."""

ROWS, WORDS = "rows.bin", "words.bin"


@dataclass(frozen=True, eq=False)
class RowFile:
    """The rows of a table on disk, with those methods of a polars frame that ``Rows`` uses.

    Args:
        folder: holds the two files.
        kinds: column -> kind, in the order in which a row holds them.
        count: of rows.
        columns: those that are given out, in order.
    """

    folder: Path
    kinds: dict[str, CellKind]
    count: int
    columns: tuple[str, ...]
    _words: dict[int, str] = field(default_factory=dict, repr=False)

    @property
    def height(self) -> int:
        """How many rows there are."""
        return self.count

    def drop(self, names: Collection[str]) -> RowFile:
        """The same rows without these columns."""
        return replace(self, columns=tuple(name for name in self.columns if name not in names))

    def row(self, place: int, *, named: Literal[True]) -> dict[str, Any]:
        """Column name -> value of one row; None where missing."""
        return self[array("q", [place])].row(0, named=named)

    def __getitem__(self, at: array[int] | slice) -> pl.DataFrame:
        """The rows at these places, in that order, as a polars DataFrame.

        Raises:
            DataError: a file has become shorter.
        """
        import polars as pl

        places = np.arange(self.count)[at] if isinstance(at, slice) else np.frombuffer(at, np.int64)
        kind = row_type(self.kinds)
        raw = np.empty((len(places), kind.itemsize), np.uint8)
        if len(places):
            read_slab(Slab(self.folder / ROWS, 0, self.count), places, raw)
        rows = raw.view(kind)[:, 0] if len(places) else np.empty(0, kind)
        place = {name: at for at, name in enumerate(self.kinds)}
        # by name: a column called "" would get another name in a list
        return pl.DataFrame(
            {name: self._column(name, rows[f"c{place[name]}"]) for name in self.columns}
        )

    def _column(self, name: str, cells: Any) -> pl.Series:
        import polars as pl

        kind = self.kinds[name]
        if kind == "Float64":
            return pl.Series(name, cells, nan_to_null=True)
        if kind == "String":
            offsets, places = np.unique(cells, return_inverse=True)
            return (
                pl.Series(self._words_at(offsets.tolist()), dtype=pl.String)
                .gather(places)
                .alias(name)
            )
        whole = pl.Series(cells)
        known = whole.set(whole == CELLS[kind][1], None)
        to: Any = {"Boolean": pl.Boolean, "Datetime": pl.Datetime("ms")}.get(kind, pl.Int64)
        return known.cast(to).alias(name)

    def _words_at(self, offsets: list[int]) -> list[str | None]:
        found: list[str | None] = []
        if len(self._words) > KNOWN_WORDS:
            self._words.clear()
        with (self.folder / WORDS).open("rb", buffering=0) as file:
            for offset in offsets:
                if offset >= 0 and offset not in self._words:
                    self._words[offset] = _read_word(file, offset)
                found.append(self._words[offset] if offset >= 0 else None)
        return found


@dataclass
class Writer:
    """Writes a row file part by part.

    Args:
        rows, words: the two files, open for writing.
    """

    rows: IO[bytes]
    words: IO[bytes]
    kinds: dict[str, CellKind] = field(default_factory=dict)
    count: int = 0
    _known: dict[str, int] = field(default_factory=dict, repr=False)
    _end: int = 0

    def write(self, frame: pl.DataFrame) -> None:
        """Append rows; the first part says which columns there are."""
        if not self.kinds:
            self.kinds = {name: kind_of(kind) for name, kind in frame.schema.items()}
        cells = np.empty(len(frame), row_type(self.kinds))
        for at, (column, kind) in enumerate(
            zip(map(nameless, frame.get_columns()), self.kinds.values(), strict=True)
        ):
            cells[f"c{at}"] = self._places(column) if kind == "String" else _plain(column, kind)
        self.rows.write(cells.tobytes())
        self.count += len(frame)

    def _places(self, column: pl.Series) -> Any:
        """(N,) where each word lies; new ones are written."""
        import polars as pl

        words = column.drop_nulls().unique()
        offsets = [self._place(word) for word in words.to_list()]
        found = column.replace_strict(
            words, pl.Series(offsets, dtype=pl.Int64), default=None, return_dtype=pl.Int64
        )
        return found.fill_null(-1).to_numpy()

    def _place(self, word: str) -> int:
        if word in self._known:
            return self._known[word]
        if len(self._known) > KNOWN_WORDS:
            self._known.clear()
        content = word.encode()
        place = self._known[word] = self._end
        self._end += self.words.write(struct.pack("<I", len(content)) + content)
        return place


def row_type(kinds: dict[str, CellKind]) -> np.dtype[Any]:
    """How a row lies in the file: its cells one after the other."""
    return np.dtype([(f"c{at}", CELLS[kind][0]) for at, kind in enumerate(kinds.values())])


def kind_of(dtype: Any) -> CellKind:
    """The kind that keeps every value of a polars type."""
    import polars as pl

    if dtype.is_float() or dtype == pl.UInt64:
        return "Float64"
    if dtype.is_integer():
        return "Int64"
    if dtype.is_temporal():
        return "Datetime"
    return "Boolean" if dtype == pl.Boolean else "String"


def _plain(column: pl.Series, kind: CellKind) -> Any:
    import polars as pl

    missing = CELLS[kind][1]
    to = {"Int64": pl.Int64, "Float64": pl.Float64, "Boolean": pl.Int8, "Datetime": pl.Int64}[kind]
    return column.cast(to).fill_null(missing).to_numpy()


def _read_word(file: IO[bytes], offset: int) -> str:
    file.seek(offset)
    head = file.read(4)
    content = file.read(struct.unpack("<I", head)[0]) if len(head) == 4 else b""
    if len(head) < 4 or len(content) < struct.unpack("<I", head)[0]:
        raise DataError(
            f"{file.name} has become shorter since it was written: delete its folder, which lies in"
            " the cache."
        )
    return content.decode()
