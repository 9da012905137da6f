"""Columns of images: an (N, H, W, C) uint8 array, a ``PixelArray``, ``ImageFiles``, or one of
these as ``ChangedImages``.

``as_array`` brings each to one size.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from netwright.base.errors import DataError
from netwright.data.images.changed import ChangedImages
from netwright.data.images.decode import decode, decode_all, shape_of_file
from netwright.data.images.decoded_cache import DecodedCache
from netwright.data.images.pixel_array import PixelArray, Pixels
from netwright.data.images.pixels import Fit, brought_to


@dataclass(frozen=True)
class ImageFiles:
    """A column of image files, decoded when asked for.

    Args:
        paths: one file an image.
        cache: where the decoded pixels of their source are kept; None: decoded anew each time.
        rows: the place of each path in the cache.
        white: what becomes white of files of more than 8 bits a channel, see ``depth``; None:
            nothing is known of it.
    """

    paths: tuple[Path, ...]
    cache: DecodedCache | None = None
    rows: tuple[int, ...] = ()
    white: float | None = None

    def __len__(self) -> int:
        return len(self.paths)

    @property
    def costly(self) -> bool:
        """Whether reading decodes anew each time, so that worker processes pay."""
        return self.cache is None

    def __getitem__(self, at: int) -> Pixels:
        """The (H, W, C) uint8 pixels of one file in its own size, opened and decoded anew.

        Raises:
            DataError: it cannot be decoded.
        """
        return decode(self.paths[at], self.white)

    def take(self, indices: Sequence[int]) -> ImageFiles:
        """The files at ``indices``, in that order."""
        rows = tuple(self.rows[i] for i in indices) if self.cache is not None else ()
        return replace(self, paths=tuple(self.paths[i] for i in indices), rows=rows)


def shape_of(column: Any, at: int) -> tuple[int, int, int]:
    """(H, W, C) of one image of a column; a file with a cache is not opened for it.

    Raises:
        DataError: the file cannot be opened.
    """
    if isinstance(column, PixelArray):
        return column.each
    if isinstance(column, ChangedImages):
        return *column.size, column.channels
    if not isinstance(column, ImageFiles):
        height, width, channels = column[at].shape
        return height, width, channels
    if column.cache is not None:
        return column.cache.shapes[column.rows[at]]
    return shape_of_file(column.paths[at])


def as_array(column: Any, size: tuple[int, int], channels: int, fit: Fit = "cover") -> Pixels:
    """A whole column as one (N, h, w, channels) uint8 array.

    An image of another size is scaled, antialiased and with its proportions kept, until it covers
    (h, w), and what stands out is cut off evenly on both sides; or it stays whole, see ``fit``.
    Grey becomes colour by repetition, colour grey by its luminance. Files
    with a cache are decoded once and then read from the cache.

    Args:
        column: an (N, H, W, C) uint8 array, a ``PixelArray``, ``ImageFiles`` or ``ChangedImages``.
        size: (h, w) in pixels.
        channels: 1 or 3.
        fit: ``cover``, or ``whole`` into a square with black around it.

    Raises:
        DataError: a file cannot be decoded.
    """
    if isinstance(column, ImageFiles):
        if column.cache is not None:
            return column.cache.pixels(column.rows, (*size, channels, fit, column.white))
        return decode_all(column.paths, size, channels, fit=fit, white=column.white)
    if isinstance(column, PixelArray):
        return _of_pixel_array(column, size, channels, fit)
    if isinstance(column, ChangedImages):
        before = as_array(column.images, column.size, column.channels)
        return brought_to(column.changed(before), size, channels, fit)
    pixels: Pixels = np.asarray(column)
    if pixels.ndim != 4 or pixels.dtype != np.uint8:
        raise DataError(
            f"images are {pixels.dtype} of shape {pixels.shape}: expected uint8 of shape (N, H,"
            " W, C)."
        )
    return brought_to(pixels, size, channels, fit)


def to_read(
    column: Any,
    size: tuple[int, int],
    channels: int,
    fit: Fit = "cover",
    white: float | None = None,
) -> Pixels:
    """A whole column as ``as_array`` brings it, for a net that was trained on images.

    Args:
        white: what becomes white of files of more than 8 bits a channel.

    Raises:
        DataError: a file cannot be decoded, or these are no images.
    """
    if not is_images(column):
        raise DataError(
            "the inputs are rows of a table: the model was trained on images and expects images."
        )
    return as_array(with_white(column, white), size, channels, fit)


def white_of(column: Any) -> float | None:
    """What becomes white of the files of a column that hold more than 8 bits a channel; None: none
    do, or nothing is known of it.
    """
    if isinstance(column, ChangedImages):
        return white_of(column.images)
    return column.white if isinstance(column, ImageFiles) else None


def with_white(column: Any, white: float | None) -> Any:
    """The column, of which so much becomes white."""
    if isinstance(column, ChangedImages):
        return replace(column, images=with_white(column.images, white))
    return replace(column, white=white) if isinstance(column, ImageFiles) else column


def _of_pixel_array(column: PixelArray, size: tuple[int, int], channels: int, fit: Fit) -> Pixels:
    """Read in parts when they are changed on the way, so that both are never in memory whole."""
    if column.each == (*size, channels):
        return column.read()
    found = np.empty((len(column), *size, channels), np.uint8)
    done = 0
    for part in column.chunks():
        found[done : done + len(part)] = brought_to(part, size, channels, fit)
        done += len(part)
    return found


def is_images(inputs: Any) -> bool:
    """Whether a column holds images: an (N, H, W, C) array, a ``PixelArray``, image files, or any
    of these changed.
    """
    kinds = PixelArray | ImageFiles | ChangedImages
    return getattr(inputs, "ndim", 0) == 4 or isinstance(inputs, kinds)
