"""Sliding windows (滑动窗口, notes 4.1.2, 4.1.6): what convolution and pooling have in common, in any number of dimensions.

A volume is A (m, n_1, ..., n_d, n_C): m examples, d axes of space, channels last, as in the notes' 37x37x10.
Output place o sees the input from s o - p to s o - p + f - 1 along each axis. ``windows`` shows all of them at once
as a view with strides (no number is copied); ``offset`` is the other cut through the same thing: the numbers that
stand at one place of the filter, for all output places together.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from netwright.principles import sizes

Array = np.ndarray[Any, Any]
Lengths = int | Sequence[int]


@dataclass(frozen=True)
class Geometry:
    """Along each axis: n input size, f filter size, s stride, p padding, out output size."""

    n: tuple[int, ...]
    f: tuple[int, ...]
    s: tuple[int, ...]
    p: tuple[int, ...]
    out: tuple[int, ...]


def _each(name: str, value: Lengths, d: int) -> tuple[int, ...]:
    lengths = (value,) * d if isinstance(value, int | np.integer) else tuple(value)
    if len(lengths) != d:
        raise ValueError(f"{name} has {len(lengths)} numbers, but the input has {d} axes of space.")
    return lengths


def geometry(n: Sequence[int], f: Sequence[int], stride: Lengths = 1, padding: Lengths | str = 0) -> Geometry:
    """The sizes of one layer, checked.

    Args:
        n: input size along each axis. f: filter size along each axis. stride: from 1, one number or one an axis.
        padding: from 0, one number or one an axis; or "valid" (0) or "same" ((f - 1) / 2).

    Raises:
        ValueError: a stride or padding is out of range, or a filter is larger than the padded input.
    """
    if len(f) != len(n):
        raise ValueError(f"The filter has {len(f)} axes of space, but the input has {len(n)}.")
    if isinstance(padding, str):
        if padding not in ("valid", "same"):
            raise ValueError(f"padding is {padding!r}: expected 'valid', 'same' or whole numbers.")
        padding = [sizes.same(length) for length in f] if padding == "same" else 0
    s, p = _each("stride", stride, len(n)), _each("padding", padding, len(n))
    out = tuple(sizes.output(a, b, p=c, s=d) for a, b, c, d in zip(n, f, p, s, strict=True))
    return Geometry(n=tuple(n), f=tuple(f), s=s, p=p, out=out)


def pad(A: Array, g: Geometry) -> Array:
    """A (m, n..., n_C) with p zeros on both sides of each axis of space (填补)."""
    if not any(g.p):
        return A
    larger = np.zeros((A.shape[0], *(n + 2 * p for n, p in zip(g.n, g.p, strict=True)), A.shape[-1]), dtype=A.dtype)
    larger[inside(g)] = A
    return larger


def inside(g: Geometry) -> tuple[slice, ...]:
    """Where the input lies in its padded volume."""
    return (slice(None), *(slice(p, p + n) for n, p in zip(g.n, g.p, strict=True)))


def windows(padded: Array, g: Geometry) -> Array:
    """The view (m, out..., f..., n_C): [i, o..., k..., c] is padded[i, s o + k, c]. Read only."""
    d, strides = len(g.n), padded.strides
    steps = tuple(stride * s for stride, s in zip(strides[1 : 1 + d], g.s, strict=True))  # s apart: next place
    shape = (padded.shape[0], *g.out, *g.f, padded.shape[-1])
    along = (strides[0], *steps, *strides[1 : 1 + d], strides[-1])  # 1 apart: next number of the same window
    return np.lib.stride_tricks.as_strided(padded, shape, along, writeable=False)


def offsets(g: Geometry) -> Iterator[tuple[tuple[int, ...], tuple[slice, ...]]]:
    """Each place k of the filter, with the cut of the padded volume that stands under it: padded[cut] is (m, out..., n_C)."""
    for k in itertools.product(*(range(f) for f in g.f)):
        yield k, (slice(None), *(slice(a, a + s * o, s) for a, s, o in zip(k, g.s, g.out, strict=True)))
