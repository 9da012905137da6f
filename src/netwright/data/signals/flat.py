"""Signals, pictures, volumes and maps as flat pictures, (H, W, C) uint8."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from netwright.data.images.pixel_array import Pixels

Floats = np.ndarray[Any, Any]

TALL, WIDE = 66, 88
"""Pixels of height of a signal, and of width, at least."""

LINES = ((32, 32, 32), (0, 114, 178), (196, 78, 0), (0, 128, 94))
"""The colours of a signal's channels; of more of them they come again."""

PAPER = 235
"""The grey of what is masked: it lies beyond the border."""

HEAT = (214, 58, 26)
"""The colour of what speaks most for an answer."""

HIGHEST = 99
"""The percentile of the values that is drawn as the strongest: one pixel alone hides no other."""


def picture(values: Pixels) -> Pixels:
    """(*axes, C) uint8, parts of which may be masked -> (H, W, 1 or 3): a signal as a curve of each
    channel, a volume by its middle slice; of other than 1 or 3 channels their mean.
    """
    if values.ndim == 2:
        return _curve(values)
    values = np.ma.filled(values, PAPER)
    while values.ndim > 3:
        values = values[len(values) // 2]
    if values.shape[-1] not in (1, 3):
        values = values.mean(axis=-1, keepdims=True).round().astype(np.uint8)
    return values


def grey(values: Floats) -> Pixels:
    """(*axes) numbers -> (H, W, 1), the smallest black, the largest white; all alike: grey."""
    low, high = float(values.min()), float(values.max())
    scaled = np.full(values.shape, 0.5) if high <= low else (values - low) / (high - low)
    return picture(_bytes(scaled)[..., None])


def about_zero(values: Floats) -> Pixels:
    """(*axes, C) numbers -> (H, W, 1 or 3): 0 is grey, the largest of either sign black or white;
    of other than 1 or 3 channels their mean. Of a filter of signals a curve of each channel.
    """
    if values.ndim > 2 and values.shape[-1] not in (1, 3):
        values = values.mean(axis=-1, keepdims=True)
    largest = float(np.abs(values).max()) or 1.0
    return picture(_bytes(0.5 + 0.5 * values / largest))


def heat(values: Floats, under: Pixels) -> Pixels:
    """(*axes) numbers of at least 0 as a colour over a picture of the same axes, (H, W, 3); behind
    the curves of a signal.
    """
    strongest = float(np.percentile(values, HIGHEST)) or float(values.max()) or 1.0
    amount = np.clip(values / strongest, 0, 1)[..., None]
    if values.ndim == 1:
        drawn = picture(under)
        behind = np.repeat(amount, drawn.shape[1] // len(values), axis=0)[None]
        paper = 255 * (1 - 0.6 * behind) + np.array(HEAT) * 0.6 * behind
        return np.where((drawn >= PAPER).all(2, keepdims=True), paper, drawn).astype(np.uint8)
    light = 255 - (255 - under.mean(axis=-1, keepdims=True)) * 0.6  # pale, so that colour is seen
    mixed = light * (1 - 0.85 * amount) + np.array(HEAT) * 0.85 * amount
    return picture(mixed.round().clip(0, 255).astype(np.uint8))


def tiled(pictures: list[Pixels], columns: int, side: int = 44, gap: int = 2) -> Pixels:
    """Pictures in rows of so many, each scaled into a square of this side, (H, W, 3)."""
    from netwright.data.images.sheets.page import fitted

    rows = -(-len(pictures) // columns)
    sheet = np.full((rows * (side + gap) - gap, columns * (side + gap) - gap, 3), 255, np.uint8)
    for at, one in enumerate(pictures):
        cell = np.asarray(fitted(one, side))
        top, left = (place * (side + gap) for place in divmod(at, columns))
        top, left = top + (side - len(cell)) // 2, left + (side - cell.shape[1]) // 2
        sheet[top : top + len(cell), left : left + cell.shape[1]] = cell
    return sheet


def _bytes(values: Floats) -> Pixels:
    found: Pixels = (255 * values).round().clip(0, 255).astype(np.uint8)
    return found


def _curve(values: Pixels) -> Pixels:
    """(T, C) -> (TALL, at least WIDE, 3): a line for each channel through its values, each in the
    middle of its place; none where they are masked.
    """
    count = len(values)
    each = -(-WIDE // count)
    drawn = np.full((TALL, count * each, 3), 255, np.uint8)
    drawn[[0, -1]] = drawn[:, [0, -1]] = PAPER  # a frame: neighbours are not one curve
    middle, columns = (np.arange(count) + 0.5) * each, np.arange(count * each) + 0.5
    known = ~np.ma.getmaskarray(values)[:, 0]
    inside = np.repeat(known, each)
    for channel, line in enumerate(np.ma.getdata(values)[known].astype(float).T):
        heights = (255 - np.interp(columns[inside], middle[known], line)) * (TALL - 2) / 255
        places = heights.round().astype(int)
        ends = np.sort([places, np.concatenate([places[:1], places[:-1]])], axis=0)
        for column, (low, high) in zip(np.flatnonzero(inside), ends.T, strict=True):
            drawn[low : high + 2, column] = LINES[channel % len(LINES)]
    return drawn
