"""Decoded image files, in memory or on disk: each decoded once a size, then read in slices."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TypeAlias

import numpy as np

from netwright.base import files
from netwright.data.images.decode import content_of, decode_all
from netwright.data.images.pixel_array import PixelArray, Pixels, Slab
from netwright.data.images.pixels import Fit

Form: TypeAlias = tuple[int, int, int, Fit, float | None]
"""(h, w, channels) of the decoded pixels, how an image is brought to that size, and what becomes
white of those of more than 8 bits.
"""

FEW = 200
"""Files whose decoded pixels are kept in memory, at most: to decode them anew is quick enough."""

HELD = 2**26
"""Bytes of decoded pixels that are kept in memory, all sizes together, at most."""

CHUNK = 4 * 2**20


@dataclass(frozen=True, eq=False)
class DecodedCache:
    """All image files of one source.

    Args:
        paths: the files.
        ids: the content hash of each file; with size and channels they name the cached file.
        shapes: (H, W, C) of each file, upright.
        contents: compressed bytes that reading the source left behind, each held until it is
            decoded; any other file is opened when it is decoded.
    """

    paths: tuple[Path, ...]
    ids: tuple[str, ...]
    shapes: tuple[tuple[int, int, int], ...]
    contents: dict[Path, bytes] = field(default_factory=dict, repr=False)
    _decoded: dict[Form, dict[int, Pixels]] = field(default_factory=dict, repr=False)

    @cached_property
    def key(self) -> str:
        """Stands for the content of all files, in their order."""
        return files.digest("\n".join(("album 1", *self.ids)).encode())

    def path(self, each: Form) -> Path:
        """The cached file: N * h * w * channels bytes, one image after the other."""
        high, wide, channels, fit, white = each
        whole = "-whole" if fit == "whole" else ""
        level = "" if white is None else f"-white{white:g}"
        name = f"{self.key}-{high}x{wide}x{channels}{whole}{level}.u8"
        return files.cache_folder() / "images" / name

    def pixels(self, rows: Sequence[int], each: Form) -> Pixels:
        """(len(rows), h, w, channels) uint8 of the images at ``rows``.

        Up to 200 files whose pixels are small are kept in memory, others on disk. Where the pixels
        would take more than half of the free disk, they are decoded anew each time.

        Raises:
            DataError: a file cannot be decoded.
            NetwrightError: the cache folder cannot be written (``NETWRIGHT_CACHE`` names another).
        """
        if self._fits_memory(each):
            return self._from_memory(rows, each)
        path, whole = self.path(each), self._bytes(each)
        if not (path.exists() and path.stat().st_size == whole):
            if whole >= shutil.disk_usage(files.existing(files.cache_folder())).free / 2:
                return self._decode(rows, each)
            self._write(path, each)
        self.contents.clear()  # nothing will be decoded at this size, and hardly at another
        return PixelArray(
            (Slab(path, 0, len(self.paths)),), each[:3], np.asarray(rows, np.int64)
        ).read()

    def _fits_memory(self, each: Form) -> bool:
        if len(self.paths) > FEW:
            return False
        sizes = {*self._decoded, each}
        return sum(map(self._bytes, sizes)) <= HELD

    def _from_memory(self, rows: Sequence[int], each: Form) -> Pixels:
        known = self._decoded.setdefault(each, {})
        new = [row for row in dict.fromkeys(rows) if row not in known]
        known.update(zip(new, self._decode(new, each), strict=True))
        found = np.empty((len(rows), *each[:3]), np.uint8)
        for at, row in enumerate(rows):
            found[at] = known[row]
        return found

    def _write(self, path: Path, each: Form) -> None:
        at_once, count = max(1, CHUNK // (each[0] * each[1] * each[2])), len(self.paths)
        with files.replacing(path) as temporary, temporary.open("wb") as out:
            for start in range(0, count, at_once):
                rows = range(start, min(start + at_once, count))
                out.write(self._decode(rows, each).data)

    def _decode(self, rows: Sequence[int], each: Form) -> Pixels:
        paths = [self.paths[row] for row in rows]
        return decode_all(paths, each[:2], each[2], self._take_content, *each[3:])

    def _take_content(self, path: Path) -> bytes:
        """A file's compressed bytes, which are let go."""
        content = self.contents.pop(path, None)
        return content_of(path) if content is None else content

    def _bytes(self, each: Form) -> int:
        return len(self.paths) * each[0] * each[1] * each[2]
