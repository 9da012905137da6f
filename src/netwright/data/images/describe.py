"""What images there are: their shapes and the values of their pixels."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np

from netwright.data.images.columns import is_images
from netwright.data.images.pixel_array import PixelArray
from netwright.data.images.pixels import value_counts
from netwright.data.numbers import NumberSummary, from_counts

LOOKED_AT = 500


@dataclass(frozen=True)
class Images:
    """The images of a source.

    Args:
        shapes: ``28x28x1`` -> how many of those looked at.
        values: of the pixels, 0 to 255.
        looked_at: how many images the shapes and values come from.
    """

    shapes: dict[str, int]
    values: NumberSummary
    looked_at: int


def describe_images(inputs: Any) -> Images | None:
    """Shapes and pixel values; of files only some are looked at, evenly spread. None: no images."""
    if not is_images(inputs):
        return None
    if isinstance(inputs, np.ndarray | PixelArray):
        parts, each = (
            (inputs.chunks(), inputs.each)
            if isinstance(inputs, PixelArray)
            else ([inputs], inputs.shape[1:])
        )
        counts = sum(map(value_counts, parts))
        return Images({"x".join(map(str, each)): len(inputs)}, from_counts(counts), len(inputs))
    step = max(1, len(inputs) // LOOKED_AT)
    shapes: Counter[str] = Counter()
    counts = np.zeros(256, np.int64)
    looked = range(0, len(inputs), step)
    for at in looked:
        pixels = inputs[at]
        shapes["x".join(map(str, pixels.shape))] += 1
        counts += value_counts(pixels)
    return Images(dict(shapes.most_common()), from_counts(counts), len(looked))
