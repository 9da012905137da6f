"""An image as a person sees it."""

from __future__ import annotations

from typing import Any

import numpy as np

from netwright.contract import Example, Shown


def show(example: Example, answer: Any = None) -> Shown | None:
    """The pixels of an (H, W, C) uint8 image, in its own size; None of a row of a table."""
    pixels = example.input
    if not (isinstance(pixels, np.ndarray) and pixels.ndim == 3 and pixels.dtype == np.uint8):
        return None
    return Shown(pixels)
