"""Image files to pixels: (H, W, C) uint8, upright, one channel (grey) or three (RGB)."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from netwright.base.errors import DataError, UnreadableError
from netwright.base.files import read_bytes
from netwright.data.images.formats import depth, heif
from netwright.data.images.pixel_array import Pixels
from netwright.data.images.pixels import Fit, over_white, resize, with_channels

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_PIXELS = 180_000_000
FEW_PIXELS = 1 << 24
"""As many any file may claim; more only so many a byte of it."""

PIXELS_A_BYTE = 1000
"""A JPEG cannot hold more than 256, a PNG of one color 8,000; WEBP, AVIF and TIFF have no end."""

EMPTY_PIXELS = 1 << 25
"""As many any format but JPEG may hold so thinly: decoded they take up to 0.8 GB."""

FULL_A_BYTE = 32
"""Pixels a byte of a larger one, which photographs and scans stay below."""

HUNGRY = ("WEBP", "AVIF")
"""Formats whose decoders hold an image several times over, however full the file is: 2.9 GB for
169 million pixels.
"""

MOST_BYTES = 2**30
"""Of a file."""

MOST_DECODED = 3 * 2**29
"""Bytes that decoding an image may take, whatever its format and however full its file: 134 million
pixels in color, 80 million with transparency, and all that Pillow opens in grey.
"""

DECODING = {**dict.fromkeys(("1", "L"), 4), **dict.fromkeys(("LA", "La"), 8), "RGB": 12, "P": 12}
"""Bytes a pixel at the worst moment of decoding, about: what Pillow holds, a copy, the result."""

DECODING_OTHERS = 20
"""Of those with transparency, four colours, 16 bits or floats."""

FORMATS = (
    *("PNG", "JPEG", "BMP", "DIB", "GIF", "WEBP"),
    *("TIFF", "PPM", "ICO", "JPEG2000", "TGA", "AVIF", "HEIF"),
)
"""What is read, whatever the file is called: the others that Pillow knows are no photographs, and
PostScript runs a program.
"""
GREY = ("1", "L", "LA", "La", "I", "F", "I;16", "I;16B", "I;16L", "I;16N")

UPRIGHT: Mapping[int, Callable[[Pixels], Pixels]] = {
    1: lambda x: x,
    2: lambda x: x[:, ::-1],
    3: lambda x: x[::-1, ::-1],
    4: lambda x: x[::-1],
    5: lambda x: x.swapaxes(0, 1),
    6: lambda x: x.swapaxes(0, 1)[:, ::-1],
    7: lambda x: x[::-1, ::-1].swapaxes(0, 1),
    8: lambda x: x.swapaxes(0, 1)[::-1],
}
"""The EXIF orientation -> what brings pixels (H, W, C) upright."""

ORIENTED = (b"eXIf", b"Raw profile type exif", b"XML:com.adobe.xmp")
"""One of these stands in every PNG file that may name an orientation."""


def decode(path: Path, white: float | None = None) -> Pixels:
    """The (H, W, C) uint8 pixels of an image file, upright; C is 1 for grey and 3 for colour.

    More than 8 bits a channel are scaled to 8, transparency lies over white, CMYK and palettes
    become RGB, of an animation the first frame is taken, and the EXIF orientation is applied.

    Args:
        path: a file of one of ``FORMATS``.
        white: what becomes 255 of a file of more than 8 bits; None: see ``depth.own_white``.

    Raises:
        DataError: the file is missing, empty, truncated, no image, or has more than 180 million
            pixels.
    """
    with quiet():
        return pixels_of(content_of(path), path, white=white)


def content_of(path: Path) -> bytes:
    """The compressed bytes of an image file.

    Raises:
        DataError: it is missing, empty, or cannot be read.
    """
    try:
        content = read_bytes(path, MOST_BYTES)
    except (FileNotFoundError, NotADirectoryError):
        raise DataError(f"{path}: no such file.") from None
    except UnreadableError as error:
        raise DataError(f"{path} cannot be read: {error}.") from None
    if not content:
        raise DataError(f"{path} is empty (0 bytes): expected an image; replace or remove it.")
    return content


def decode_all(
    paths: Sequence[Path],
    size: tuple[int, int],
    channels: int,
    read: Callable[[Path], bytes] = content_of,
    fit: Fit = "cover",
    white: float | None = None,
) -> Pixels:
    """(N, h, w, channels) uint8: the files decoded and brought to one size, on a few threads.

    Args:
        read: gives the compressed bytes of a file; called once a file.
        fit: how each is brought to the size, see ``pixels.resize``.
        white: as for ``decode``.

    Raises:
        DataError: a file cannot be decoded.
    """
    found = np.empty((len(paths), *size, channels), np.uint8)

    def one(at: int) -> None:
        pixels = resize(pixels_of(read(paths[at]), paths[at], size, white), size, fit)
        found[at] = with_channels(pixels[None], channels)[0]

    with quiet():
        if len(paths) < 32:
            for at in range(len(paths)):
                one(at)
            return found
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(threads()) as pool:
            list(pool.map(one, range(len(paths)), chunksize=16))
    return found


def shape_of_file(path: Path) -> tuple[int, int, int]:
    """(H, W, C) that decoding a file will give; nothing is decoded.

    Raises:
        DataError: the file cannot be opened.
    """
    content = content_of(path)
    with quiet(), opened(content, path) as image:
        return shape_in_header(image, content)


def shape_in_header(image: Image, content: bytes) -> tuple[int, int, int]:
    """(H, W, C) that decoding will give, after the EXIF orientation; nothing is decoded.

    Args:
        image: as ``opened`` gives it; content: the bytes that it was opened from.
    """
    width, height = image.size
    # of a PNG file without an orientation Pillow would decode the pixels, to look behind them
    oriented = image.format != "PNG" or any(name in content for name in ORIENTED)
    if oriented and _orientation(image) >= 5:  # stored lying on its side
        height, width = width, height
    return height, width, 1 if _is_grey(image) else 3


def pixels_of(
    content: bytes, path: Path, size: tuple[int, int] | None = None, white: float | None = None
) -> Pixels:
    """Pixels of a file's bytes; a JPEG much larger than ``size`` is decoded at a part of its side.

    The part is a half, a quarter or an eighth. The path is for errors alone; ``white`` as for
    ``decode``.
    """
    with opened(content, path) as image, _damage_named(path):
        if depth.is_deep(image):
            return _of_deep(image, content, path, white)
        if size is not None:
            image.draft(None, (2 * max(size), 2 * max(size)))
        return _pixels(image, path)


def peak_of(content: bytes, path: Path) -> tuple[float, bool] | None:
    """The greatest value of an image of more than 8 bits a channel, and whether it holds whole
    numbers; None: it has no more than 8. The path is for errors alone.
    """
    with opened(content, path) as image, _damage_named(path):
        if not depth.is_deep(image):
            return None
        with opened(content, path) as again:
            values = depth.values_of(image, again)
        return depth.peak_of(values[..., :3], path), values.dtype.kind != "f"


@contextlib.contextmanager
def _damage_named(path: Path) -> Iterator[None]:
    """Whatever a decoder raises is an error that names the file."""
    try:
        yield
    except DataError:
        raise
    except Exception as error:  # Pillow's decoders raise almost anything on damaged files
        raise DataError(
            f"{path} is damaged and cannot be decoded ({_reason(error)}): replace or remove it."
        ) from error


def opened(content: bytes, path: Path) -> Image:
    """The header in a file's bytes, read and checked; the pixels are not decoded yet.

    Raises:
        DataError: no image, or more pixels than decoding it may take memory for, or far more than
            its bytes can hold.
    """
    from PIL import Image, UnidentifiedImageError

    heif.register()
    try:
        image = Image.open(io.BytesIO(content), formats=FORMATS)
    except Image.DecompressionBombError:
        raise _too_large(path, "more than 180 million") from None
    except (UnidentifiedImageError, KeyError):  # a format that this Pillow was built without
        if heif.is_heif(content) and not heif.module():
            raise DataError(f"{path} is a HEIC photograph: {heif.INSTALL} reads it.") from None
        raise DataError(f"{path} is not an image that can be read: replace or remove it.") from None
    except Exception as error:  # damaged headers raise almost anything
        raise DataError(
            f"{path} cannot be opened as an image ({_reason(error)}): replace or remove it."
        ) from error
    pixels = image.size[0] * image.size[1]
    most = min(_most(image.format, len(content)), _decodable(image))
    if not 1 <= pixels <= most:
        image.close()
        raise _too_large(path, f"{image.size[0]:,} x {image.size[1]:,}", most, len(content))
    return image


def _most(format: str | None, held: int) -> int:
    """Pixels that a file of so many bytes may claim. JPEG is decoded at a part of its side."""
    full = 0 if format in HUNGRY else FULL_A_BYTE * held
    thin = MOST_PIXELS if format == "JPEG" else max(EMPTY_PIXELS, full)
    return min(MOST_PIXELS, max(FEW_PIXELS, min(PIXELS_A_BYTE * held, thin)))


def _decodable(image: Image) -> int:
    """Pixels of its kind whose decoding takes no more than it may."""
    plain = "transparency" not in image.info
    return MOST_DECODED // (DECODING.get(image.mode, DECODING_OTHERS) if plain else DECODING_OTHERS)


def _too_large(path: Path, size: str, most: int = MOST_PIXELS, held: int = 0) -> DataError:
    held_by = f" of a file of {held:,} bytes" if most < MOST_PIXELS else ""
    return DataError(
        f"{path} claims {size} pixels: expected 1 to {most:,}{held_by}, as more could fill the"
        " memory; scale it down first."
    )


def _pixels(image: Image, path: Path) -> Pixels:
    from PIL import ImageOps

    image.load()
    if _orientation(image) >= 2:
        image = ImageOps.exif_transpose(image)
    if image.mode in ("PA", "La", "RGBa") or "transparency" in image.info:
        image = image.convert("LA" if _is_grey(image) else "RGBA")
    if image.mode in ("LA", "RGBA"):
        return over_white(np.asarray(image))
    wanted = "L" if _is_grey(image) else "RGB"
    if image.mode == "LAB":
        raise DataError(f"{path} is a LAB image: save it as RGB first.")
    pixels = np.asarray(image if image.mode == wanted else image.convert(wanted))
    return pixels.reshape(*pixels.shape[:2], -1)


def _of_deep(image: Image, content: bytes, path: Path, white: float | None) -> Pixels:
    """(H, W, 1 or 3) of an image of more than 8 bits a channel."""
    with opened(content, path) as again:
        values = depth.values_of(image, again)
    turned = UPRIGHT[_orientation(image)]
    colours = values[..., :3] if values.ndim == 3 else values[..., None]
    peak = depth.peak_of(colours, path)
    if white is None:
        white = depth.own_white(peak, whole=values.dtype.kind != "f")
    pixels = depth.scaled(colours, white)
    if values.ndim == 3 and values.shape[2] == 4:
        alpha = (values[..., 3:] >> 8).astype(np.uint8)
        pixels = over_white(np.concatenate([pixels, alpha], axis=2))
    return np.ascontiguousarray(turned(pixels))


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
    """Silence Pillow's own warnings: what matters is an error or a finding of ours."""
    return warnings.catch_warnings(action="ignore", category=Warning)
