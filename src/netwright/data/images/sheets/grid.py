"""A sheet of pictures that belong to no class: a grid, below each what is known of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from netwright.data.images.pixel_array import Pixels
from netwright.data.images.sheets.page import FAINT, INK, PAPER, cut, fitted, save, wrapped

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

CELL = 160
GAP = 10
COLUMNS = 6
MOST = 24
"""Pictures of a grid."""

LINE, LINES = 15, 3
"""Pixels of a line of a caption, and how many lines there are at most."""


@dataclass(frozen=True)
class Tile:
    """A picture of a grid.

    Args:
        pixels: (H, W, C) uint8, of 1 or 3 channels.
        caption: what is known of it; at most three lines are drawn.
        source: where a person finds it.
    """

    pixels: Pixels
    caption: str
    source: str


def write(tiles: Sequence[Tile], path: Path) -> None:
    """Write the pictures, six a row, with their captions as a PNG."""
    from PIL import Image

    cells = list(map(_cell, tiles))
    rows = [cells[at : at + COLUMNS] for at in range(0, len(cells), COLUMNS)]
    heights = [GAP + max(cell.height for cell in row) for row in rows]
    sheet = Image.new("RGB", (GAP + COLUMNS * (CELL + GAP), GAP + sum(heights)), PAPER)
    for line, row in enumerate(rows):
        for column, cell in enumerate(row):
            sheet.paste(cell, (GAP + column * (CELL + GAP), GAP + sum(heights[:line])))
    save(sheet, path)


def _cell(tile: Tile) -> Picture:
    """A picture above its caption, as wide as a column."""
    from PIL import Image, ImageDraw, ImageFont

    picture, font = fitted(tile.pixels, CELL), ImageFont.load_default(12)
    ruler = ImageDraw.Draw(picture)
    lines = [(line, INK) for line in wrapped(ruler, tile.caption, CELL, font, LINES)]
    lines.append((cut(ruler, tile.source, CELL, font), FAINT))
    cell = Image.new("RGB", (CELL, CELL + GAP // 2 + LINE * len(lines)), PAPER)
    cell.paste(picture, ((CELL - picture.width) // 2, (CELL - picture.height) // 2))
    pen = ImageDraw.Draw(cell)
    for at, (line, color) in enumerate(lines):
        pen.text((0, CELL + GAP // 2 + at * LINE), line, color, font)
    return cell
