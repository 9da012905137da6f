"""Boxes drawn on the pixels of an image."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from netwright.data.images.pixel_array import Pixels

Color = tuple[int, int, int]

TRUE: Color = (0, 170, 90)
"""Green: where it is."""

ANSWERED: Color = (230, 40, 160)
"""Magenta: where the net says that it is."""

THIN = 64
"""A line is as wide as the image's longer side divided by this, so that a small copy shows it."""


def draw_boxes(pixels: Pixels, boxes: Sequence[tuple[Sequence[float], Color]]) -> Pixels:
    """(H, W, C) -> (H, W, 3), a copy with the outlines of boxes (x0, y0, x1, y1), the later over
    the earlier.
    """
    height, width, channels = pixels.shape
    drawn = np.repeat(pixels, 3, axis=2) if channels == 1 else pixels.copy()
    line = max(1, round(max(height, width) / THIN))
    for (x0, y0, x1, y1), color in boxes:
        left, right = _pixel_range(x0, x1, width)
        top, bottom = _pixel_range(y0, y1, height)
        for rows, columns in (
            (slice(top, min(top + line, bottom)), slice(left, right)),
            (slice(max(top, bottom - line), bottom), slice(left, right)),
            (slice(top, bottom), slice(left, min(left + line, right))),
            (slice(top, bottom), slice(max(left, right - line), right)),
        ):
            drawn[rows, columns] = color
    return drawn


def _pixel_range(first: float, last: float, side: int) -> tuple[int, int]:
    """The pixels that an edge-to-edge range covers, at least one."""
    start = min(max(0, round(first)), side - 1)
    return start, min(max(start + 1, round(last)), side)
