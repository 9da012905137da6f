"""Images from files and arrays: one decoded pixel format, (H, W, C) uint8 with one channel (grey) or three (RGB).

A column of images is an (N, H, W, C) uint8 array, a ``Stack`` or an ``ImageFiles``; ``as_array`` brings each to one size.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from netwright.base.errors import DataError
from netwright.data.stack import Pixels, Stack

if TYPE_CHECKING:
    from PIL.Image import Image

    from netwright.data.album import Album

MOST_PIXELS = 180_000_000
GREY = ("1", "L", "LA", "La", "I", "F", "I;16", "I;16B", "I;16L", "I;16N")


@dataclass(frozen=True)
class ImageFiles:
    """A column of image files, decoded when asked for.

    Args:
        paths: one file an image.
        album: the source they were read from, whose decoded pixels are kept on disk; None: decoded anew each time.
        rows: the place of each path in the album.
    """

    paths: tuple[Path, ...]
    album: Album | None = None
    rows: tuple[int, ...] = ()

    def __len__(self) -> int:
        return len(self.paths)

    @property
    def costly(self) -> bool:
        """Whether reading means decoding anew each time, so that worker processes pay; an album is decoded once."""
        return self.album is None

    def __getitem__(self, at: int) -> Pixels:
        """The (H, W, C) uint8 pixels of one file.

        Raises:
            DataError: it cannot be decoded.
        """
        return decode(self.paths[at])

    def take(self, indices: Sequence[int]) -> ImageFiles:
        """The files at ``indices``, in that order."""
        rows = tuple(self.rows[i] for i in indices) if self.album is not None else ()
        return ImageFiles(tuple(self.paths[i] for i in indices), self.album, rows)


def decode(path: Path) -> Pixels:
    """The (H, W, C) uint8 pixels of an image file, upright; C is 1 for grey and 3 for colour.

    16 bits a channel are scaled to 8, transparency lies over white, CMYK and palettes become RGB, of an animation
    the first frame is taken, and the EXIF orientation is applied.

    Args:
        path: any format that Pillow reads.

    Raises:
        DataError: the file is missing, empty, truncated, no image, or has more than 180 million pixels.
    """
    with quiet():
        return pixels_of(path, None)


def shape_of(column: Any, at: int) -> tuple[int, int, int]:
    """(H, W, C) of one image of a column; of a file only the header is read.

    Raises:
        DataError: the file cannot be opened.
    """
    if isinstance(column, Stack):
        return column.each
    if not isinstance(column, ImageFiles):
        height, width, channels = column[at].shape
        return height, width, channels
    path = column.paths[at]
    with quiet(), opened(path) as image:
        width, height = image.size
        if _orientation(image) >= 5:  # stored lying on its side
            height, width = width, height
        return height, width, 1 if _is_grey(image) else 3


def as_array(column: Any, size: tuple[int, int], channels: int) -> Pixels:
    """A whole column as one (N, h, w, channels) uint8 array.

    An image of another size is scaled, antialiased and with its proportions kept, until it covers (h, w), and what
    stands out is cut off evenly on both sides. Grey becomes colour by repetition, colour grey by its luminance.
    Files of an album are decoded once and then read from the cache folder.

    Args:
        column: an (N, H, W, C) uint8 array, a ``Stack`` or ``ImageFiles``.
        size: (h, w) in pixels.
        channels: 1 or 3.

    Raises:
        DataError: a file cannot be decoded.
    """
    if isinstance(column, ImageFiles):
        if column.album is not None and column.album.pays(size, channels):
            return column.album.pixels(column.rows, size, channels)
        return decode_all(column.paths, size, channels)
    if isinstance(column, Stack):
        return _of_stack(column, size, channels)
    pixels: Pixels = np.asarray(column)
    if pixels.ndim != 4 or pixels.dtype != np.uint8:
        raise DataError(f"images are {pixels.dtype} of shape {pixels.shape}: expected uint8 of shape (N, H, W, C).")
    return _brought_to(pixels, size, channels)


def _of_stack(column: Stack, size: tuple[int, int], channels: int) -> Pixels:
    """Read in parts when they are changed on the way, so that both are never in memory whole."""
    if column.each == (*size, channels):
        return column.read()
    found = np.empty((len(column), *size, channels), np.uint8)
    done = 0
    for part in column.chunks():
        found[done : done + len(part)] = _brought_to(part, size, channels)
        done += len(part)
    return found


def _brought_to(pixels: Pixels, size: tuple[int, int], channels: int) -> Pixels:
    """(N, H, W, C) -> (N, h, w, channels)."""
    if pixels.shape[1:3] != tuple(size):
        resized = np.empty((len(pixels), *size, pixels.shape[3]), np.uint8)
        for i, one in enumerate(pixels):
            resized[i] = resize(one, size)
        pixels = resized
    return with_channels(pixels, channels)


def decode_all(paths: Sequence[Path], size: tuple[int, int], channels: int) -> Pixels:
    """(N, h, w, channels) uint8: the files decoded and brought to one size, on a few threads.

    Raises:
        DataError: a file cannot be decoded.
    """
    found = np.empty((len(paths), *size, channels), np.uint8)

    def one(at: int) -> None:
        found[at] = with_channels(resize(pixels_of(paths[at], size), size)[None], channels)[0]

    with quiet():
        if len(paths) < 32:
            for at in range(len(paths)):
                one(at)
            return found
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(threads()) as pool:
            list(pool.map(one, range(len(paths)), chunksize=16))
    return found


def resize(pixels: Pixels, size: tuple[int, int]) -> Pixels:
    """(H, W, C) -> (h, w, C): scaled until it covers (h, w), then the middle is cut out; triangle filter, antialiased."""
    height, width = pixels.shape[:2]
    if (height, width) == tuple(size):
        return pixels
    from PIL import Image

    scale = max(size[0] / height, size[1] / width)
    cover_h, cover_w = size[0] / scale, size[1] / scale  # what of the original remains visible
    top, left = (height - cover_h) / 2, (width - cover_w) / 2
    box = (left, top, left + cover_w, top + cover_h)
    image = Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels)
    small = np.asarray(image.resize((size[1], size[0]), Image.Resampling.BILINEAR, box=box))
    return small.reshape(*size, pixels.shape[2])


def with_channels(pixels: Pixels, channels: int) -> Pixels:
    """(N, H, W, C) -> (N, H, W, channels): grey repeated, or the luminance 0.299 R + 0.587 G + 0.114 B (ITU-R 601)."""
    have = pixels.shape[3]
    if have == channels:
        return pixels
    if have == 1 and channels == 3:
        return np.repeat(pixels, 3, axis=3)
    if have == 3 and channels == 1:
        weights = np.array([19595, 38470, 7471], np.uint32)  # Pillow's fixed point, so that files and arrays agree
        return ((pixels @ weights + 0x8000) >> 16).astype(np.uint8)[..., None]
    raise DataError(f"images have {have} channels: cannot be brought to {channels}; expected 1 (grey) or 3 (RGB).")


def over_white(pixels: Pixels) -> Pixels:
    """(..., 2 or 4) -> (..., 1 or 3): colour * alpha + 255 * (1 - alpha), rounded."""
    alpha = pixels[..., -1:].astype(np.uint16)
    return ((pixels[..., :-1] * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8)


def pixels_of(path: Path, size: tuple[int, int] | None = None) -> Pixels:
    """Pixels of a file; a JPEG much larger than ``size`` is decoded at a half, a quarter or an eighth of its side."""
    with opened(path) as image:
        if size is not None:
            image.draft(None, (2 * max(size), 2 * max(size)))
        try:
            return _pixels(image, path)
        except DataError:
            raise
        except Exception as error:  # Pillow's decoders raise almost anything on damaged files
            raise DataError(
                f"{path} is damaged and cannot be decoded ({_reason(error)}): replace or remove it."
            ) from error


def opened(path: Path) -> Image:
    """The file's header, read and checked; the pixels are not decoded yet.

    Raises:
        DataError: missing, empty, no image, or more than 180 million pixels.
    """
    from PIL import Image, UnidentifiedImageError

    try:
        if path.stat().st_size == 0:
            raise DataError(f"{path} is empty (0 bytes): expected an image; replace or remove it.")
        image = Image.open(path)
    except DataError:
        raise
    except Image.DecompressionBombError:
        raise _too_large(path, "more than 180 million") from None
    except UnidentifiedImageError:
        raise DataError(f"{path} is not an image that can be read: replace or remove it.") from None
    except FileNotFoundError:
        raise DataError(f"{path}: no such file.") from None
    except Exception as error:  # damaged headers, too, raise almost anything
        raise DataError(f"{path} cannot be opened as an image ({_reason(error)}): replace or remove it.") from error
    pixels = image.size[0] * image.size[1]
    if pixels > MOST_PIXELS or pixels == 0:
        image.close()
        raise _too_large(path, f"{image.size[0]:,} x {image.size[1]:,}")
    return image


def _too_large(path: Path, size: str) -> DataError:
    return DataError(
        f"{path} claims {size} pixels: expected 1 to {MOST_PIXELS:,}, as more could fill the memory; scale it down first."
    )


def _pixels(image: Image, path: Path) -> Pixels:
    from PIL import ImageOps

    image.load()
    if _orientation(image) >= 2:
        image = ImageOps.exif_transpose(image)
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        return _deep(np.asarray(image), path)[:, :, None]
    if image.mode in ("PA", "La", "RGBa") or "transparency" in image.info:
        image = image.convert("LA" if _is_grey(image) else "RGBA")
    if image.mode in ("LA", "RGBA"):
        return over_white(np.asarray(image))
    wanted = "L" if _is_grey(image) else "RGB"
    if image.mode == "LAB":
        raise DataError(f"{path} is a LAB image: save it as RGB first.")
    pixels = np.asarray(image if image.mode == wanted else image.convert(wanted))
    return pixels.reshape(*pixels.shape[:2], -1)


def _deep(values: np.ndarray[Any, Any], path: Path) -> Pixels:
    """Grey of 16 bits, or of float in [0, 1] or [0, 255], as uint8."""
    low, high = float(values.min()), float(values.max())
    if values.dtype.kind == "f" and low >= 0 and high <= 1:
        return (values * 255 + 0.5).astype(np.uint8)
    if values.dtype.kind == "f" and low >= 0 and high <= 255:
        return (values + 0.5).astype(np.uint8)
    if values.dtype.kind in "iu" and low >= 0 and high <= 65535:
        return ((values.astype(np.uint32) * 255 + 32767) // 65535).astype(np.uint8)
    raise DataError(
        f"{path} holds grey values from {low:g} to {high:g}: expected 0 to 65535, or floats from 0 to 1; scale it first."
    )


def _is_grey(image: Image) -> bool:
    return image.mode in GREY


def _orientation(image: Image) -> int:
    """The EXIF orientation: 1 upright, 2 to 4 mirrored or upside down, 5 to 8 on its side."""
    try:
        return min(8, max(1, int(image.getexif().get(0x0112, 1))))
    except Exception:  # damaged metadata do not make the pixels worse
        return 1


def _reason(error: Exception) -> str:
    return (str(error).splitlines() or [""])[0].rstrip(".") or type(error).__name__


def threads() -> int:
    """How many threads decode: one a core, at most eight."""
    import os

    return min(8, os.cpu_count() or 1)


def quiet() -> warnings.catch_warnings[None]:
    """Pillow's own warnings (large images, odd metadata) are silenced: what matters is an error or a finding of ours."""
    return warnings.catch_warnings(action="ignore", category=Warning)
