"""A sheet of rows: each has a name, and examples beside it.

Drawn with Pillow, which loads in a thirtieth of matplotlib's time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from netwright.base.paths import Place
from netwright.data.images.pixel_array import Pixels
from netwright.data.images.sheets.page import FAINT, INK, PAPER, cut, fitted, save

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw

CELL = 64
GAP = 4
MARGIN = 14
"""Pixels of paper around all rows: a line of text at the edge looks cut."""

LABEL = 170

NOTE = 24
"""Characters of a note that fit below a name."""

COLUMNS = 12
LINES = 4

COUNTED = 3
"""Lines below a name that say how often something is there."""


@dataclass(frozen=True)
class SheetRow:
    """One row of a sheet: a name, a note below it, and examples.

    Args:
        images: (H, W, C) uint8, of 1 or 3 channels; at most twelve are drawn.
        texts: of examples that are read, not looked at; at most four lines are drawn.
        counts: in place of a note names and how often each is there, the most frequent first: the
            name gives way where there is no room, never the number.
    """

    name: str
    note: str = ""
    images: Sequence[Pixels] = ()
    texts: Sequence[str] = ()
    counts: Sequence[tuple[str, int]] = ()


def write(rows: Sequence[SheetRow], path: Place) -> None:
    """Write the rows below each other as a PNG."""
    from PIL import Image, ImageDraw

    width = LABEL + COLUMNS * (CELL + GAP) - GAP + MARGIN
    height = 2 * MARGIN + len(rows) * (CELL + GAP) - GAP
    sheet = Image.new("RGB", (width, height), PAPER)
    pen = ImageDraw.Draw(sheet)
    for line, row in enumerate(rows):
        top = MARGIN + line * (CELL + GAP)
        _label(pen, row, top)
        _write_texts(pen, row.texts, top)
        for column, pixels in enumerate(row.images[:COLUMNS]):
            picture = fitted(pixels, CELL)
            left = LABEL + column * (CELL + GAP)
            sheet.paste(
                picture, (left + (CELL - picture.width) // 2, top + (CELL - picture.height) // 2)
            )
    save(sheet, path)


def _write_texts(pen: ImageDraw, texts: Sequence[str], top: int) -> None:
    """A line an example, cut where the sheet ends."""
    from PIL import ImageFont

    font, wide = ImageFont.load_default(12), COLUMNS * (CELL + GAP) - GAP
    for line, text in enumerate(texts[:LINES]):
        shown = cut(pen, " ".join(text.split()), wide, font)
        pen.text((LABEL, top + line * CELL // LINES), shown, INK, font)


def _label(pen: ImageDraw, row: SheetRow, top: int) -> None:
    from PIL import ImageFont

    font, small, width = (
        ImageFont.load_default(15),
        ImageFont.load_default(12),
        LABEL - MARGIN - GAP,
    )
    first = top if row.counts else top + CELL // 2 - 18
    pen.text((MARGIN, first), cut(pen, row.name, width, font), INK, font)
    for line, (name, end) in enumerate(_counted(row.counts) or [(row.note, "")]):
        room = width - pen.textlength(end, small) if end else LABEL
        shown = f"{cut(pen, name, room, small)}{end}"
        pen.text((MARGIN, first + 20 + 15 * line), shown, FAINT, small)


def _counted(counts: Sequence[tuple[str, int]]) -> list[tuple[str, str]]:
    """A line each, and one for all that have no line of their own: (name, its number)."""
    if len(counts) > COUNTED:
        rest = counts[COUNTED - 1 :]
        others = (f"{len(rest)} others", sum(count for _, count in rest))
        counts = [*counts[: COUNTED - 1], others]
    return [(name, f" ({count:,})") for name, count in counts]
