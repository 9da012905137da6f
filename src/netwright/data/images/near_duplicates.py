"""Images that are nearly equal."""

from __future__ import annotations

import hashlib
from typing import Any

SIDE = 16
ALIKE = 0.995
ORDERS = 8
WINDOW = 3
PART = 256
BITS = 64
MOST_APART = 12
"""Of the 64 bits; at a correlation of 0.995 two differ on average."""


def near_pairs(images: Any) -> list[tuple[int, int]]:
    """(i, j), i < j, of images whose 16x16 grey miniatures correlate at 0.995 or more.

    Candidates are neighbours when the images are sorted by hashes of 64 random hyperplanes
    (Charikar 2002) in eight orders of their bits; each is then checked. A pair at the limit is
    found with a probability of about 99%.
    """
    import numpy as np

    small = _miniatures(images).reshape(-1, SIDE * SIDE)
    small -= small.mean(axis=1, keepdims=True)
    norm = np.linalg.norm(small, axis=1, keepdims=True)
    flat = norm[:, 0] < SIDE  # about one grey level of contrast: blank images are not called alike
    small /= np.maximum(norm, 1e-6)
    keys = np.packbits(small @ _hyperplanes() > 0, axis=1).view(">u8")[:, 0].astype(np.uint64)
    found: set[tuple[int, int]] = set()
    for turn in range(ORDERS):
        left, right = np.uint64(turn * BITS // ORDERS), np.uint64(-turn * BITS // ORDERS % BITS)
        order = np.argsort(keys << left | keys >> right, kind="stable")
        for step in range(1, WINDOW + 1):
            apart = np.bitwise_count(keys[order[:-step]] ^ keys[order[step:]])
            near = np.flatnonzero(apart <= MOST_APART)
            first, second = order[near], order[near + step]
            close = (
                (np.einsum("ij,ij->i", small[first], small[second]) >= ALIKE)
                & ~flat[first]
                & ~flat[second]
            )
            pairs = zip(first[close].tolist(), second[close].tolist(), strict=True)
            found.update((min(pair), max(pair)) for pair in pairs)
    return sorted(found)


def _miniatures(images: Any) -> Any:
    """(N, 16, 16) float32 grey."""
    import numpy as np

    from netwright.data.images.columns import as_array
    from netwright.data.images.pixel_array import PixelArray

    if isinstance(images, PixelArray):
        return np.concatenate([_small(part) for part in images.chunks()])
    return _small(images if isinstance(images, np.ndarray) else as_array(images, (SIDE, SIDE), 1))


def _small(pixels: Any) -> Any:
    import numpy as np

    down, across = _means(pixels.shape[1]), _means(pixels.shape[2])
    small = np.empty((len(pixels), SIDE, SIDE), np.float32)
    for start in range(0, len(pixels), PART):
        grey = (
            pixels[start : start + PART].mean(axis=3, dtype=np.float32)
            if pixels.shape[3] > 1
            else pixels[start : start + PART, :, :, 0].astype(np.float32)
        )
        small[start : start + PART] = down @ (grey @ across.T)
    return small


def _means(side: int) -> Any:
    """(16, side): each row takes the mean over its 16th of the side."""
    import numpy as np

    edges = np.arange(SIDE + 1) * side / SIDE
    pixel = np.arange(side)
    overlap = np.minimum(edges[1:, None], pixel + 1) - np.maximum(edges[:-1, None], pixel)
    weights = np.maximum(overlap, 0) * SIDE / side
    return weights.astype(np.float32)


def _hyperplanes() -> Any:
    """(256, 64) of random signs, the same everywhere.

    They come from a hash: loading numpy.random takes longer than using it here.
    """
    import numpy as np

    drawn = np.frombuffer(
        hashlib.shake_256(b"hyperplanes").digest(SIDE * SIDE * BITS // 8), np.uint8
    )
    return (np.unpackbits(drawn).astype(np.float32) * 2 - 1).reshape(SIDE * SIDE, BITS)
