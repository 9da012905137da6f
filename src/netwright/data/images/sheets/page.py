"""What every sheet is drawn with: colours, images that fit, words that fit, the file."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netwright.base.errors import DataError
from netwright.base.files import write_bytes
from netwright.base.paths import Place
from netwright.data.images.pixel_array import Pixels

if TYPE_CHECKING:
    from PIL.Image import Image as Picture
    from PIL.ImageDraw import ImageDraw

INK, FAINT, PAPER = (32, 32, 32), (130, 130, 130), (255, 255, 255)

LONGEST = 400
"""Characters of a text that are tried to fit on a line."""


def expect_png(path: Path) -> None:
    """Refuse a file that cannot hold a sheet.

    Raises:
        DataError: the name does not end in .png.
    """
    if path.suffix.lower() != ".png":
        raise DataError(f"--sheet {path}: expected a file name that ends in .png.")


def file_name(source: str) -> str:
    """The end of a path; a source that is none as it is."""
    return source.rpartition("/")[2]


def save(sheet: Picture, path: Place) -> None:
    """Write a drawn sheet as a PNG."""
    held = io.BytesIO()
    sheet.save(held, "PNG")
    write_bytes(path, held.getvalue())


def cut(pen: ImageDraw, text: str, width: float, font: Any) -> str:
    """The beginning of a text that is at most ``width`` pixels wide, an ellipsis at its end."""
    shown = text[:LONGEST]
    while len(shown) > 1 and pen.textlength(shown, font) > width:
        shown = shown[:-2] + "…"
    return shown


def wrapped(pen: ImageDraw, text: str, width: float, font: Any, most: int) -> list[str]:
    """A text in lines of at most ``width`` pixels, broken between words; at most ``most`` of them,
    the last one cut where there is more.
    """
    lines, words = list[str](), text[:LONGEST].split()
    while words and len(lines) < most - 1:
        count = 1
        while count < len(words) and pen.textlength(" ".join(words[: count + 1]), font) <= width:
            count += 1
        lines.append(cut(pen, " ".join(words[:count]), width, font))
        words = words[count:]
    return [*lines, cut(pen, " ".join(words), width, font)] if words else lines


def fitted(pixels: Pixels, side: int) -> Picture:
    """An image scaled into a square cell, whole and with its proportions.

    Small ones grow by whole pixels, so that they stay sharp.
    """
    from PIL import Image

    image = Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels).convert("RGB")
    scale = side / max(image.size)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return image.resize(size, Image.Resampling.NEAREST if scale >= 2 else Image.Resampling.BILINEAR)
