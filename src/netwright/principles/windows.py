"""Sliding windows (滑动窗口, notes 4.1.2, 4.1.6): the common part of convolution and pooling.

A volume is A (m, n_1, ..., n_d, n_C): m examples, d axes of space, channels last, as in the notes'
37x37x10. Output place o sees the input from s o - p to s o - p + f - 1 along each axis. ``columns``
writes every window down as a column of one matrix, ``fold`` is its transpose: it adds what stands
in the columns to the places that it came from. ``offsets`` is the other cut through the same thing:
the numbers that stand at one place of the filter, for all output places together.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from netwright.principles import sizes

Array = np.ndarray[Any, Any]
Lengths = int | Sequence[int]

IN_CACHE = 2**21  # bytes that a processor core keeps near at hand


@dataclass(frozen=True)
class Geometry:
    """Along each axis: n input size, f filter size, s stride, p padding, out output size."""

    n: tuple[int, ...]
    f: tuple[int, ...]
    s: tuple[int, ...]
    p: tuple[int, ...]
    out: tuple[int, ...]


def _each(name: str, value: Lengths, d: int) -> tuple[int, ...]:
    lengths = tuple(value) if isinstance(value, Sequence | np.ndarray) else (value,) * d
    if len(lengths) != d:
        raise ValueError(f"{name} has {len(lengths)} numbers, but the input has {d} axes of space.")
    return lengths


def geometry(
    n: Sequence[int], f: Sequence[int], stride: Lengths = 1, padding: Lengths | str = 0
) -> Geometry:
    """The sizes of one layer, checked.

    Args:
        n: input size along each axis. f: filter size along each axis. stride: from 1, one number or
            one an axis.
        padding: from 0, one number or one an axis; or "valid" (0) or "same" ((f - 1) / 2).

    Raises:
        ValueError: a stride or padding is out of range, or a filter is larger than the padded
            input.
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
    larger = np.zeros(
        (A.shape[0], *(n + 2 * p for n, p in zip(g.n, g.p, strict=True)), A.shape[-1]),
        dtype=A.dtype,
    )
    larger[inside(g)] = A
    return larger


def inside(g: Geometry) -> tuple[slice, ...]:
    """Where the input lies in its padded volume."""
    return (slice(None), *(slice(p, p + n) for n, p in zip(g.n, g.p, strict=True)))


def columns(A: Array, g: Geometry) -> Array:
    """The windows as the columns of a matrix (im2col): (m, n..., n_C) -> (f n_C, out m), copied.

    A column holds one window, place of the filter by place, channel by channel. Columns stand in
    the order of (o_1, ..., o_d, i): with the examples innermost, every copy is of long rows, not of
    n_C numbers at a time.
    """
    d = len(g.n)
    turned = np.ascontiguousarray(np.swapaxes(pad(A, g), 0, -1))  # (n_C, n + 2p..., m)
    steps = turned.strides
    # s apart: the next window
    places = tuple(step * s for step, s in zip(steps[1 : 1 + d], g.s, strict=True))
    shape = (*g.f, A.shape[-1], *g.out, len(A))
    # 1 apart: the next number of the same window
    along = (*steps[1 : 1 + d], steps[0], *places, steps[-1])
    # nothing is copied yet
    view = np.lib.stride_tricks.as_strided(turned, shape, along, writeable=False)
    return view.reshape(math.prod(g.f) * A.shape[-1], math.prod(g.out) * len(A))


def fold(matrix: Array, g: Geometry, m: int) -> Array:
    """Columns back to their places (col2im): (f n_C, out m) -> (m, n..., n_C); overlaps add up."""
    parts = matrix.reshape(*g.f, -1, *g.out, m)  # (f..., n_C, out..., m)
    lengths = (n + 2 * p for n, p in zip(g.n, g.p, strict=True))
    # (n_C, n + 2p..., m)
    turned = np.zeros((parts.shape[len(g.f)], *lengths, m), dtype=matrix.dtype)
    # one addition for all windows at once: within one k they do not overlap
    for k, under in offsets(g):
        turned[under] += parts[k]
    return np.swapaxes(turned[inside(g)], 0, -1)


def few(A: Array, g: Geometry) -> Iterator[slice]:
    """The examples of A (m, n..., n_C), as many at a time as stay in the processor's cache."""
    step = max(1, IN_CACHE // (math.prod(g.f) * A.shape[-1] * math.prod(g.out) * A.itemsize))
    return (slice(first, first + step) for first in range(0, len(A), step))


def offsets(g: Geometry) -> Iterator[tuple[tuple[int, ...], tuple[slice, ...]]]:
    """Each place k of the filter, with the cut of the padded volume that stands under it:
    volume[cut] is (m, out..., n_C).
    """
    for k in itertools.product(*(range(f) for f in g.f)):
        yield (
            k,
            (slice(None), *(slice(a, a + s * o, s) for a, s, o in zip(k, g.s, g.out, strict=True))),
        )
