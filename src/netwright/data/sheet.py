"""A sheet of examples as a picture: one row a class, drawn with Pillow (which loads in a thirtieth of matplotlib's time)."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from netwright.base.errors import DataError
from netwright.base.files import write_bytes
from netwright.contract import Examples
from netwright.data.rows import Rows

if TYPE_CHECKING:
    from PIL.Image import Image as Picture
    from PIL.ImageDraw import ImageDraw

CELL = 64
GAP = 4
LABEL = 170
COLUMNS = 12
ROWS = 40
INK, FAINT, PAPER = (32, 32, 32), (130, 130, 130), (255, 255, 255)


def draw(examples: Examples, path: Path) -> None:
    """Write a PNG with up to twelve examples of each class (of the first 40), evenly spread over the source.

    Raises:
        DataError: the examples are no images, or the name does not end in .png.
    """
    if isinstance(examples.inputs, Rows):
        raise DataError("--sheet draws images, and this source is a table: its columns are described in the text.")
    if path.suffix.lower() != ".png":
        raise DataError(f"--sheet {path}: expected a file name that ends in .png.")
    from PIL import Image, ImageDraw

    rows = _rows(examples)
    width, height = LABEL + COLUMNS * (CELL + GAP), GAP + len(rows) * (CELL + GAP)
    sheet = Image.new("RGB", (width, height), PAPER)
    pen = ImageDraw.Draw(sheet)
    for line, (name, places) in enumerate(rows):
        top = GAP + line * (CELL + GAP)
        _write(pen, name, len(places), top)
        for column, at in enumerate(_spread(places, COLUMNS)):
            picture = _fitted(examples, at)
            left = LABEL + column * (CELL + GAP)
            sheet.paste(picture, (left + (CELL - picture.width) // 2, top + (CELL - picture.height) // 2))
    held = io.BytesIO()
    sheet.save(held, "PNG")
    write_bytes(path, held.getvalue())


def _rows(examples: Examples) -> list[tuple[str, list[int]]]:
    """(label, places) of each class; numbers to predict and unknown targets make one row."""
    places: dict[str, list[int]] = {}
    for at, target in enumerate(examples.targets):
        places.setdefault(target if isinstance(target, str) else "", []).append(at)
    ordered = sorted(places, key=lambda name: (len(name), name) if name.isdigit() else (1 << 30, name))
    return [(name, places[name]) for name in ordered[:ROWS]]


def _write(pen: ImageDraw, name: str, count: int, top: int) -> None:
    from PIL import ImageFont

    font, small = ImageFont.load_default(15), ImageFont.load_default(12)
    while len(name) > 1 and pen.textlength(name, font) > LABEL - 2 * GAP:
        name = name[:-2] + "…"
    pen.text((2 * GAP, top + CELL // 2 - 18), name, INK, font)
    pen.text((2 * GAP, top + CELL // 2 + 2), f"{count:,} examples", FAINT, small)


def _fitted(examples: Examples, at: int) -> Picture:
    """An image scaled into a cell, whole and with its proportions; small ones by whole pixels, so that they stay sharp."""
    from PIL import Image

    pixels = examples.inputs[at]
    image = Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels).convert("RGB")
    scale = CELL / max(image.size)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return image.resize(size, Image.Resampling.NEAREST if scale >= 2 else Image.Resampling.BILINEAR)


def _spread(places: Sequence[int], most: int) -> list[int]:
    return [places[k * len(places) // min(most, len(places))] for k in range(min(most, len(places)))]
