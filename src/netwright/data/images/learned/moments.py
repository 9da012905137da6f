"""Mean and deviation of the pixels of each channel, and their principal colours."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from netwright.contract import Examples
from netwright.data.images.columns import as_array
from netwright.data.images.pixel_array import PART, Pixels
from netwright.data.images.pixels import Fit, value_counts


def mu_and_sigma(train: Examples, size: int, channels: int, fit: Fit) -> tuple[Pixels, Pixels]:
    """(C,) each, of pixels in [0, 1]."""
    counts = np.zeros((channels, 256), np.int64)
    for pixels in batches(train, size, channels, fit):
        counts += np.stack([value_counts(pixels[..., c]) for c in range(channels)])
    # sums of whole numbers: a product of float matrices ends in other bits on other processors
    levels, total = np.arange(256), counts.sum(axis=1)
    mu = (counts * levels).sum(axis=1) / total / 255
    square = (counts * levels**2).sum(axis=1) / total / 255**2
    sigma = np.sqrt(np.maximum(square - mu**2, 0))
    sigma[sigma < 1e-6] = 1.0
    return mu, sigma


def axes(train: Examples, size: int, mu: Pixels, fit: Fit) -> tuple[tuple[float, ...], ...]:
    """The eigenvectors of the pixels' covariance, each times the root of its eigenvalue.

    They are columns.
    """
    total, seen = np.zeros((3, 3)), 0
    for pixels in batches(train, size, 3, fit):
        colours = pixels.reshape(-1, 3) / np.float32(255) - mu.astype(np.float32)
        total, seen = total + colours.T @ colours, seen + len(colours)
    values, vectors = np.linalg.eigh(total / seen)
    return tuple(map(tuple, (vectors * np.sqrt(np.maximum(values, 0))).tolist()))


def batches(train: Examples, size: int, channels: int, fit: Fit) -> Iterator[Pixels]:
    """At most 10,000 images, evenly spread, in arrays that the memory holds."""
    rows = evenly(len(train), 10_000)
    at_once = max(1, PART // (size * size * channels))
    for start in range(0, len(rows), at_once):
        some = train.take(rows[start : start + at_once])
        yield as_array(some.inputs, (size, size), channels, fit)


def evenly(count: int, most: int) -> list[int]:
    """At most ``most`` row numbers, evenly spread."""
    return (
        list(range(count))
        if count <= most
        else np.linspace(0, count - 1, most).astype(int).tolist()
    )
