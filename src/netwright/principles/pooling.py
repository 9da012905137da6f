"""Pooling (池化, notes 4.1.11, 4.1.12): the largest number or the mean of each window, by channel.

    max      Z = max of the window   the gradient goes to the largest number (the first of equals)
    average  Z = mean of the window  the gradient is spread evenly: dZ / f^d to each

Nothing is learned here. Usually f = s = 2: a quarter of the numbers stays. The volume is A_prev (m,
n..., n_C).
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from netwright.principles import require, windows
from netwright.principles.windows import Geometry, Lengths

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Cache:
    """What the forward pass keeps: the largest place (None for the mean), and the sizes."""

    place: Array | None
    geometry: Geometry


def _sizes(A_prev: Array, f: Lengths, stride: Lengths | None) -> Geometry:
    d = np.ndim(A_prev) - 2
    if d < 1:
        raise ValueError(
            f"A_prev has the shape {np.shape(A_prev)}, but pooling expects (m, n..., n_C)."
        )
    window = tuple(f) if isinstance(f, Sequence | np.ndarray) else (f,) * d
    return windows.geometry(A_prev.shape[1:-1], window, window if stride is None else stride)


def loop(
    A_prev: Array, f: Lengths = 2, stride: Lengths | None = None, *, average: bool = False
) -> Array:
    """Z, window by window: the definition.

    Args and Raises: as ``forward``.
    """
    g = _sizes(A_prev, f, stride)
    Z = np.empty((len(A_prev), *g.out, A_prev.shape[-1]), dtype=A_prev.dtype)
    for i, *o, c in itertools.product(*(range(length) for length in Z.shape)):
        seen = tuple(slice(s * a, s * a + size) for s, a, size in zip(g.s, o, g.f, strict=True))
        window = A_prev[i, ..., c][seen]
        Z[(i, *o, c)] = window.mean() if average else window.max()
    return Z


def forward(
    A_prev: Array, f: Lengths = 2, stride: Lengths | None = None, *, average: bool = False
) -> tuple[Array, Cache]:
    """All windows at once: go through the f^d places of a window, for all windows together.

    Args:
        A_prev: (m, n..., n_C). f: window size, one number or one an axis. stride: f unless given.
        average: the mean instead of the largest.

    Returns:
        Z (m, out..., n_C), out = floor((n - f) / s) + 1, and what ``backward`` needs.

    Raises:
        ValueError: a size is out of range, or the window is larger than the input.
    """
    g = _sizes(A_prev, f, stride)
    cuts = [under for _, under in windows.offsets(g)]
    Z: Array = A_prev[cuts[0]].copy()  # (m, out..., n_C)
    if average:
        for under in cuts[1:]:
            Z += A_prev[under]
        return Z * Z.dtype.type(1 / len(cuts)), Cache(place=None, geometry=g)
    place = np.zeros(Z.shape, dtype=np.int32)
    for number, under in enumerate(cuts[1:], start=1):
        place[A_prev[under] > Z] = number
        np.maximum(Z, A_prev[under], out=Z)
    return Z, Cache(place=place, geometry=g)


def backward(dZ: Array, cache: Cache) -> Array:
    """dA_prev: every window hands its gradient back; windows that overlap add up.

    Args:
        dZ: (m, out..., n_C).

    Raises:
        ValueError: dZ has not the shape of Z.
    """
    g = cache.geometry
    expected = (None, *g.out, None) if cache.place is None else cache.place.shape
    require.shape("dZ", dZ, expected, "Z = pool(A_prev)")
    dA_prev = np.zeros((len(dZ), *g.n, dZ.shape[-1]), dtype=dZ.dtype)
    each = dZ * dZ.dtype.type(1 / np.prod(g.f))
    for number, (_, under) in enumerate(windows.offsets(g)):
        dA_prev[under] += each if cache.place is None else dZ * (cache.place == number)
    return dA_prev
