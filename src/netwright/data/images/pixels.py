"""(H, W, C) uint8 pixels brought to another size or number of channels, and counted."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from netwright.base.errors import DataError
from netwright.data.images.letterbox import letterboxed
from netwright.data.images.pixel_array import Pixels

Fit = Literal["cover", "whole"]
"""How an image is brought to a size: until it covers it, or whole with black around it."""

COUNTED = 2**19
"""Pixels whose values are counted at a time: counting makes each pair of bytes eight."""


def brought_to(pixels: Pixels, size: tuple[int, int], channels: int, fit: Fit = "cover") -> Pixels:
    """(N, H, W, C) -> (N, h, w, channels), scaled as ``resize`` does."""
    if pixels.shape[1:3] != tuple(size):
        resized = np.empty((len(pixels), *size, pixels.shape[3]), np.uint8)
        for i, one in enumerate(pixels):
            resized[i] = resize(one, size, fit)
        pixels = resized
    return with_channels(pixels, channels)


def resize(pixels: Pixels, size: tuple[int, int], fit: Fit = "cover") -> Pixels:
    """(H, W, C) -> (h, w, C): scaled until it covers (h, w), then the middle is cut out; or, where
    ``fit`` is ``whole``, into a square as ``letterboxed`` does.

    Triangle filter, antialiased.
    """
    height, width = pixels.shape[:2]
    if (height, width) == tuple(size):
        return pixels
    if fit == "whole":
        return letterboxed(pixels, size[0])
    from PIL import Image

    scale = max(size[0] / height, size[1] / width)
    top, bottom = _middle(height, size[0] / scale)
    left, right = _middle(width, size[1] / scale)
    image = Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels)
    small = np.asarray(
        image.resize((size[1], size[0]), Image.Resampling.BILINEAR, box=(left, top, right, bottom))
    )
    return small.reshape(*size, pixels.shape[2])


def _middle(side: int, visible: float) -> tuple[float, float]:
    """Begin and end of the middle ``visible`` pixels of a side, never outside of it."""
    start = (side - visible) / 2
    return max(0.0, start), min(float(side), start + visible)


def with_channels(pixels: Pixels, channels: int) -> Pixels:
    """(N, H, W, C) -> (N, H, W, channels): grey repeated, or the luminance.

    0.299 R + 0.587 G + 0.114 B (ITU-R 601).
    """
    have = pixels.shape[3]
    if have == channels:
        return pixels
    if have == 1 and channels == 3:
        return np.repeat(pixels, 3, axis=3)
    if have == 3 and channels == 1:
        # Pillow's fixed point, so that files and arrays agree
        weights = np.array([19595, 38470, 7471], np.uint32)
        return ((pixels @ weights + 0x8000) >> 16).astype(np.uint8)[..., None]
    raise DataError(
        f"images have {have} channels: cannot be brought to {channels}; expected 1 (grey) or 3"
        " (RGB)."
    )


def over_white(pixels: Pixels) -> Pixels:
    """(..., 2 or 4) -> (..., 1 or 3): colour * alpha + 255 * (1 - alpha), rounded."""
    found = np.empty((*pixels.shape[:-1], pixels.shape[-1] - 1), np.uint8)
    flat, written = pixels.reshape(-1, pixels.shape[-1]), found.reshape(-1, found.shape[-1])
    for start in range(0, len(flat), COUNTED):  # of all at once the products take 5 times as much
        part = flat[start : start + COUNTED]
        alpha = part[:, -1:].astype(np.uint16)
        over = (part[:, :-1] * alpha + 255 * (255 - alpha) + 127) // 255
        written[start : start + COUNTED] = over
    return found


def value_counts(pixels: Pixels) -> np.ndarray[Any, np.dtype[np.int64]]:
    """(256,) how often each value occurs.

    Two pixels are counted at a time: counting costs more than adding up.
    """
    flat = np.ascontiguousarray(pixels).reshape(-1)
    pairs = np.zeros(65536, np.int64)
    whole = len(flat) // 2 * 2
    for start in range(0, whole, COUNTED):
        pairs += np.bincount(
            flat[start : min(start + COUNTED, whole)].view(np.uint16), minlength=65536
        )
    table = pairs.reshape(256, 256)
    counts: np.ndarray[Any, np.dtype[np.int64]] = table.sum(axis=0) + table.sum(axis=1)
    counts[flat[whole:]] += 1
    return counts
