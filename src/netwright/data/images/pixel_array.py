"""Images of one size, in memory or in files: a split is a list of places, not a copy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from netwright.base.errors import DataError

Pixels = np.ndarray[Any, np.dtype[np.uint8]]
Indices = np.ndarray[Any, np.dtype[np.int64]]

PART = 4 * 2**20
"""Bytes of pixels that are read at a time when all are only looked through."""


@dataclass(frozen=True)
class Slab:
    """Images in a file.

    Args:
        start: the byte where the first begins.
        count: how many follow.
    """

    path: Path
    start: int
    count: int

    def __len__(self) -> int:
        return self.count


@dataclass(frozen=True, eq=False)
class PixelArray:
    """A column of images.

    Args:
        parts: where they lie: (N, H, W, C) uint8 arrays, or slabs of a file.
        each: (H, W, C) of one image.
        places: the place of every row, counted through the parts.
    """

    parts: tuple[Pixels | Slab, ...]
    each: tuple[int, int, int]
    places: Indices

    @classmethod
    def of(cls, *parts: Pixels | Slab, each: tuple[int, int, int]) -> PixelArray:
        """All images of the parts, in order."""
        return cls(parts, each, np.arange(sum(map(len, parts))))

    def __len__(self) -> int:
        return len(self.places)

    def __getitem__(self, at: int) -> Pixels:
        """(H, W, C) of one image."""
        image: Pixels = self.take([at]).read()[0]
        return image

    def take(self, indices: Sequence[int]) -> PixelArray:
        """The images at ``indices``, in that order; nothing is read."""
        return PixelArray(self.parts, self.each, self.places[np.asarray(indices, np.int64)])

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """(N, H, W, C)."""
        return len(self), *self.each

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Pixels:
        """All of them, for numpy."""
        return self.read() if dtype is None else self.read().astype(dtype)

    @property
    def size(self) -> int:
        """Bytes of one image."""
        return self.each[0] * self.each[1] * self.each[2]

    def read(self) -> Pixels:
        """(N, H, W, C) uint8: all of them, in memory.

        Raises:
            DataError: a file has become shorter.
        """
        found = np.empty((len(self), *self.each), np.uint8)
        starts = np.cumsum([0, *map(len, self.parts)])
        owners = np.searchsorted(starts, self.places, side="right") - 1
        cuts = np.flatnonzero(np.diff(owners, prepend=-1))
        for first, last in pairwise([*cuts.tolist(), len(self)]):
            part, within = (
                self.parts[owners[first]],
                self.places[first:last] - starts[owners[first]],
            )
            if isinstance(part, Slab):
                read_slab(part, within, found[first:last])
            else:
                np.take(part, within, axis=0, out=found[first:last])
        return found

    def chunks(self) -> Iterator[Pixels]:
        """All of them, a few MiB at a time."""
        at_once = max(1, PART // self.size)
        for start in range(0, len(self), at_once):
            yield self.take(range(start, min(start + at_once, len(self)))).read()


def each_of(shape: Sequence[int]) -> tuple[int, int, int] | None:
    """(H, W, C) of one image where bytes of this shape are images; None: no, or unclear."""
    if len(shape) == 3 and shape[2] > 4 and min(shape) > 0:
        return shape[1], shape[2], 1
    if len(shape) == 4 and shape[3] in (1, 3) and shape[1] > 4 and min(shape) > 0:
        return shape[1], shape[2], shape[3]
    return None


def read_slab(slab: Slab, places: Indices, into: Pixels) -> None:
    """The images at ``places`` of a file; neighbours are read in one go.

    Args:
        into: (N, ...) filled with them; each as many bytes as one of its rows.

    Raises:
        DataError: the file has become shorter.
    """
    size = into[0].size if len(into) else 0
    flat = memoryview(into.reshape(-1))  # type: ignore[arg-type]
    cuts = [*np.flatnonzero(np.diff(places, prepend=-2) != 1).tolist(), len(places)]
    with slab.path.open("rb", buffering=0) as file:
        for first, last in pairwise(cuts):
            file.seek(slab.start + int(places[first]) * size)
            _fill(file, flat[first * size : last * size], slab.path)


def _fill(file: Any, part: memoryview, path: Path) -> None:
    done = 0
    while done < len(part):
        got = file.readinto(part[done:])
        if not got:
            raise DataError(
                f"{path} has become shorter since it was first read: fetch it again, or delete it"
                " if it lies in the cache folder."
            )
        done += got
