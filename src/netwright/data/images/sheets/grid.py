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

    rows = [_row(tiles[at : at + COLUMNS]) for at in range(0, len(tiles), COLUMNS)]
    height = GAP + sum(row.height + GAP for row in rows)
    sheet, top = Image.new("RGB", (GAP + COLUMNS * (CELL + GAP), height), PAPER), GAP
    for row in rows:
        sheet.paste(row, (GAP, top))
        top += row.height + GAP
    save(sheet, path)


def _row(tiles: Sequence[Tile]) -> Picture:
    """Pictures side by side, on one line, each above its caption."""
    from PIL import Image

    pictures = [fitted(tile.pixels, CELL) for tile in tiles]
    captions = list(map(_caption, tiles))
    line = max(picture.height for picture in pictures)
    height = line + GAP // 2 + max(caption.height for caption in captions)
    row = Image.new("RGB", (COLUMNS * (CELL + GAP), height), PAPER)
    for column, (picture, caption) in enumerate(zip(pictures, captions, strict=True)):
        left = column * (CELL + GAP)
        row.paste(picture, (left + (CELL - picture.width) // 2, line - picture.height))
        row.paste(caption, (left, line + GAP // 2))
    return row


def _caption(tile: Tile) -> Picture:
    """What is known of a picture, and where it is found."""
    from PIL import Image, ImageDraw, ImageFont

    font, ruler = ImageFont.load_default(12), ImageDraw.Draw(Image.new("RGB", (1, 1)))
    lines = [(line, INK) for line in wrapped(ruler, tile.caption, CELL, font, LINES)]
    lines.append((cut(ruler, tile.source, CELL, font), FAINT))
    caption = Image.new("RGB", (CELL, LINE * len(lines)), PAPER)
    pen = ImageDraw.Draw(caption)
    for at, (line, color) in enumerate(lines):
        pen.text((0, at * LINE), line, color, font)
    return caption
