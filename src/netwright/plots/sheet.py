"""A contact sheet: many small pictures with a line of text below each."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from netwright.plots.style import clean

if TYPE_CHECKING:
    from PIL import Image

GAP, LINE = 8, 16


def contact_sheet(
    pictures: Sequence[np.ndarray],
    captions: Sequence[str] = (),
    *,
    columns: int = 10,
    side: int = 72,
) -> bytes:
    """The pictures side by side, as PNG.

    Args:
        pictures: (H, W, C) or (H, W) uint8 arrays, C of 1, 3 or 4; small ones are enlarged without
            smoothing.
        captions: one a picture; empty: none.
        columns: how many stand in a row.
        side: pixels of a place.
    """
    from PIL import Image, ImageDraw, ImageFont

    columns = max(1, min(columns, len(pictures)))
    rows = math.ceil(len(pictures) / columns)
    step = side + GAP + (LINE if captions else 0)
    sheet = Image.new("RGB", (columns * (side + GAP) + GAP, max(1, rows) * step + GAP), "white")
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(size=11)
    for at, pixels in enumerate(pictures):
        x, y = GAP + at % columns * (side + GAP), GAP + at // columns * step
        tile = _tile(pixels, side)
        sheet.paste(tile, (x + (side - tile.width) // 2, y + (side - tile.height) // 2))
        if captions:
            pen.text(
                (x + side / 2, y + side + 2),
                _fitting(captions[at], side, font),
                fill="#656d76",
                font=font,
                anchor="ma",
            )
    out = io.BytesIO()
    sheet.save(out, "PNG", optimize=True)
    return out.getvalue()


def _tile(pixels: np.ndarray, side: int) -> Image.Image:
    from PIL import Image

    flat = pixels[:, :, 0] if pixels.ndim == 3 and pixels.shape[2] == 1 else pixels
    picture = Image.fromarray(np.ascontiguousarray(flat))
    if picture.mode == "RGBA":
        picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture)
    factor = side / max(picture.size)
    size = (max(1, round(picture.width * factor)), max(1, round(picture.height * factor)))
    return picture.convert("RGB").resize(
        size, Image.Resampling.NEAREST if factor > 1 else Image.Resampling.LANCZOS
    )


def _fitting(text: str, side: int, font: Any) -> str:
    shown = clean(text, 40)
    while len(shown) > 2 and font.getlength(shown) > side:
        shown = clean(shown, len(shown) - 1)
    return shown
