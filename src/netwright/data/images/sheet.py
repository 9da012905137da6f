"""A sheet of images as a picture: one row a class.

Drawn with Pillow, which loads in a thirtieth of matplotlib's time.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from netwright.base.errors import DataError
from netwright.base.figures import counted
from netwright.base.files import write_bytes
from netwright.base.names import natural
from netwright.contract import Examples
from netwright.data.images.pixel_array import Pixels
from netwright.data.tables.rows import Rows

if TYPE_CHECKING:
    from PIL.Image import Image as Picture
    from PIL.ImageDraw import ImageDraw

CELL = 64
GAP = 4
LABEL = 170
COLUMNS = 12
ROWS = 40
INK, FAINT, PAPER = (32, 32, 32), (130, 130, 130), (255, 255, 255)


@dataclass(frozen=True)
class SheetRow:
    """One row of a sheet: a name, a note below it, (H, W, C) uint8 images of 1 or 3 channels."""

    name: str
    note: str
    images: Sequence[Pixels]


def draw(examples: Examples, path: Path) -> None:
    """Write a PNG with up to twelve examples of each class, evenly spread over the source.

    Of more than 40 classes the first 40 are drawn.

    Raises:
        DataError: the examples are no images, or the name does not end in .png.
    """
    check(examples, path)
    rows = (
        SheetRow(
            name,
            counted(len(places), "example"),
            [examples.inputs[at] for at in spread(places, COLUMNS)],
        )
        for name, places in by_class(examples)
    )
    write(list(rows), path)


def check(examples: Examples, path: Path) -> None:
    """Refuse what cannot be drawn.

    Raises:
        DataError: the examples are no images, or the name does not end in .png.
    """
    if isinstance(examples.inputs, Rows):
        raise DataError(
            "--sheet draws images, and this source is a table: its columns are described in the"
            " text."
        )
    if path.suffix.lower() != ".png":
        raise DataError(f"--sheet {path}: expected a file name that ends in .png.")


def write(rows: Sequence[SheetRow], path: Path) -> None:
    """Write the rows below each other as a PNG, at most twelve images each."""
    from PIL import Image, ImageDraw

    width, height = LABEL + COLUMNS * (CELL + GAP), GAP + len(rows) * (CELL + GAP)
    sheet = Image.new("RGB", (width, height), PAPER)
    pen = ImageDraw.Draw(sheet)
    for line, row in enumerate(rows):
        top = GAP + line * (CELL + GAP)
        _label(pen, row, top)
        for column, pixels in enumerate(row.images[:COLUMNS]):
            picture = _fitted(pixels)
            left = LABEL + column * (CELL + GAP)
            sheet.paste(
                picture, (left + (CELL - picture.width) // 2, top + (CELL - picture.height) // 2)
            )
    held = io.BytesIO()
    sheet.save(held, "PNG")
    write_bytes(path, held.getvalue())


def by_class(examples: Examples) -> list[tuple[str, list[int]]]:
    """(label, places) of each class; numbers and unknown targets make one row, the last."""
    places: dict[str, list[int]] = {}
    for at, target in enumerate(examples.targets):
        places.setdefault(target if isinstance(target, str) else "", []).append(at)
    ordered = sorted(places, key=lambda name: (name == "", natural(name)))
    return [(name, places[name]) for name in ordered[:ROWS]]


def _label(pen: ImageDraw, row: SheetRow, top: int) -> None:
    from PIL import ImageFont

    name = row.name
    font, small = ImageFont.load_default(15), ImageFont.load_default(12)
    while len(name) > 1 and pen.textlength(name, font) > LABEL - 2 * GAP:
        name = name[:-2] + "…"
    pen.text((2 * GAP, top + CELL // 2 - 18), name, INK, font)
    pen.text((2 * GAP, top + CELL // 2 + 2), row.note, FAINT, small)


def _fitted(pixels: Pixels) -> Picture:
    """An image scaled into a cell, whole and with its proportions.

    Small ones grow by whole pixels, so that they stay sharp.
    """
    from PIL import Image

    image = Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels).convert("RGB")
    scale = CELL / max(image.size)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return image.resize(size, Image.Resampling.NEAREST if scale >= 2 else Image.Resampling.BILINEAR)


def spread(places: Sequence[int], most: int) -> list[int]:
    """At most ``most`` of the places, evenly spread."""
    return [
        places[k * len(places) // min(most, len(places))] for k in range(min(most, len(places)))
    ]
