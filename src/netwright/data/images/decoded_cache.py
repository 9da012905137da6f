"""Decoded image files kept on disk: decoded once a size, later read in slices."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from netwright.base import files
from netwright.data.images.decode import decode_all
from netwright.data.images.pixel_array import PixelArray, Pixels, Slab

FEW = 200
CHUNK = 4 * 2**20


@dataclass(frozen=True)
class DecodedCache:
    """All image files of one source.

    Args:
        paths: the files.
        ids: the content hash of each file; with size and channels they name the cached file.
    """

    paths: tuple[Path, ...]
    ids: tuple[str, ...]

    @cached_property
    def key(self) -> str:
        """Stands for the content of all files, in their order."""
        return files.digest("\n".join(("album 1", *self.ids)).encode())

    def pays(self, size: tuple[int, int], channels: int) -> bool:
        """Whether to keep decoded pixels.

        Above 200 files, when they are there or take less than half of the free disk.
        """
        if len(self.paths) <= FEW:
            return False
        if self._is_whole(self.path(size, channels), size, channels):
            return True
        return (
            self._bytes(size, channels)
            < shutil.disk_usage(files.existing(files.cache_folder())).free / 2
        )

    def path(self, size: tuple[int, int], channels: int) -> Path:
        """The cached file: N * h * w * channels bytes, one image after the other."""
        return files.cache_folder() / "images" / f"{self.key}-{size[0]}x{size[1]}x{channels}.u8"

    def pixels(self, rows: Sequence[int], size: tuple[int, int], channels: int) -> Pixels:
        """(len(rows), h, w, channels) uint8 of the images at ``rows``.

        Raises:
            DataError: a file cannot be decoded.
            NetwrightError: the cache folder cannot be written (``NETWRIGHT_CACHE`` names another).
        """
        path = self.path(size, channels)
        if not self._is_whole(path, size, channels):
            self._decode(path, size, channels)
        each = (*size, channels)
        return PixelArray(
            (Slab(path, 0, len(self.paths)),), each, np.asarray(rows, np.int64)
        ).read()

    def _decode(self, path: Path, size: tuple[int, int], channels: int) -> None:
        at_once = max(1, CHUNK // (size[0] * size[1] * channels))
        with files.replacing(path) as temporary, temporary.open("wb") as out:
            for start in range(0, len(self.paths), at_once):
                out.write(decode_all(self.paths[start : start + at_once], size, channels).data)

    def _bytes(self, size: tuple[int, int], channels: int) -> int:
        return len(self.paths) * size[0] * size[1] * channels

    def _is_whole(self, path: Path, size: tuple[int, int], channels: int) -> bool:
        return path.exists() and path.stat().st_size == self._bytes(size, channels)
