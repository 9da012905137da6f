"""A sheet of examples as a picture: one row a class.

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
from netwright.contract import Examples, Takes
from netwright.data.images.pixel_array import Pixels
from netwright.data.images.show import show

if TYPE_CHECKING:
    from PIL.Image import Image as Picture
    from PIL.ImageDraw import ImageDraw

CELL = 64
GAP = 4
LABEL = 170
COLUMNS = 12
ROWS = 40
LINES = 4
LONGEST = 400
"""Signs of a text that are tried to fit on a line."""

INK, FAINT, PAPER = (32, 32, 32), (130, 130, 130), (255, 255, 255)


@dataclass(frozen=True)
class SheetRow:
    """One row of a sheet: a name, a note below it, and examples.

    Args:
        images: (H, W, C) uint8, of 1 or 3 channels; at most twelve are drawn.
        texts: of examples that are read, not looked at; at most four lines are drawn.
    """

    name: str
    note: str
    images: Sequence[Pixels] = ()
    texts: Sequence[str] = ()


def draw(examples: Examples, takes: Takes | None, path: Path) -> None:
    """Write a PNG with up to twelve examples of each class, evenly spread over the source.

    Of more than 40 classes the first 40 are drawn.

    Args:
        takes: of the system that knows what is a class and how an example is shown; None: none
            does, and only images can be drawn.

    Raises:
        DataError: the examples cannot be drawn, or the name does not end in .png.
    """
    check(path)
    shown = show if takes is None else takes.show
    rows = []
    for name, places in by_class(labels_of(examples, takes)):
        found = [
            one for at in spread(places, COLUMNS) if (one := shown(examples[at], None)) is not None
        ]
        pixels = [one.pixels for one in found if one.pixels is not None]
        texts = [one.text for one in found if one.pixels is None]
        rows.append(SheetRow(name, counted(len(places), "example"), pixels, texts))
    if not any(row.images or row.texts for row in rows):
        raise DataError(
            "--sheet draws images and texts, and these examples are neither: what they hold is"
            " described in words."
        )
    write(rows, path)


def check(path: Path) -> None:
    """Refuse a file that cannot hold a sheet.

    Raises:
        DataError: the name does not end in .png.
    """
    if path.suffix.lower() != ".png":
        raise DataError(f"--sheet {path}: expected a file name that ends in .png.")


def write(rows: Sequence[SheetRow], path: Path) -> None:
    """Write the rows below each other as a PNG."""
    from PIL import Image, ImageDraw

    width, height = LABEL + COLUMNS * (CELL + GAP), GAP + len(rows) * (CELL + GAP)
    sheet = Image.new("RGB", (width, height), PAPER)
    pen = ImageDraw.Draw(sheet)
    for line, row in enumerate(rows):
        top = GAP + line * (CELL + GAP)
        _label(pen, row, top)
        _write_texts(pen, row.texts, top)
        for column, pixels in enumerate(row.images[:COLUMNS]):
            picture = _fitted(pixels)
            left = LABEL + column * (CELL + GAP)
            sheet.paste(
                picture, (left + (CELL - picture.width) // 2, top + (CELL - picture.height) // 2)
            )
    held = io.BytesIO()
    sheet.save(held, "PNG")
    write_bytes(path, held.getvalue())


def labels_of(examples: Examples, takes: Takes | None) -> Sequence[str | None]:
    """The class of each example; None where it has none, or no system says what is a class."""
    return [None] * len(examples) if takes is None else takes.labels(examples.targets)


def by_class(labels: Sequence[str | None]) -> list[tuple[str, list[int]]]:
    """(label, places) of each class; examples without one make one row, the last."""
    places: dict[str, list[int]] = {}
    for at, label in enumerate(labels):
        places.setdefault(label or "", []).append(at)
    ordered = sorted(places, key=lambda name: (name == "", natural(name)))
    return [(name, places[name]) for name in ordered[:ROWS]]


def _write_texts(pen: ImageDraw, texts: Sequence[str], top: int) -> None:
    """A line an example, cut where the sheet ends."""
    from PIL import ImageFont

    font = ImageFont.load_default(12)
    for line, text in enumerate(texts[:LINES]):
        shown = " ".join(text.split())[:LONGEST]
        while len(shown) > 1 and pen.textlength(shown, font) > COLUMNS * (CELL + GAP) - GAP:
            shown = shown[:-2] + "…"
        pen.text((LABEL, top + line * CELL // LINES), shown, INK, font)


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
