"""Convolution layers (卷积, notes 4.1.2-4.1.9), forward and backward, in any number of dimensions.

    Z[i, o, c] = sum_k sum_e A_prev[i, s o + k - p, e] W[k, e, c] + b[c]

where o and k run over all axes of space.

A_prev (m, n..., n_C_prev), W (f..., n_C_prev, n_C): a filter is as deep as its input. b (n_C,), Z
(m, out..., n_C). The layer's answer is A = g(Z), its activation g taken number by number.
Mathematics calls this cross-correlation (互相关) and turns the filter around before it says
convolution; networks learn W, so the turn changes nothing, and the notes (and every framework)
leave it out. ``loop`` is the definition; ``forward`` writes the windows down as the columns of a
matrix, a column per place and example, and each filter as a row; then all filters at all places are
one product, Z = W columns + b: a dense layer whose examples are the windows.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np

from netwright.principles import require, windows
from netwright.principles.windows import Geometry, Lengths

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Cache:
    """What the forward pass keeps: A_prev and W (no copies: leave them unchanged), the sizes."""

    A_prev: Array
    W: Array
    geometry: Geometry


@dataclass(frozen=True)
class Gradients:
    """dA_prev like A_prev (None where it is not wanted), dW like W, db (n_C,)."""

    dA_prev: Array | None
    dW: Array
    db: Array


def _sizes(A_prev: Array, W: Array, b: Array, stride: Lengths, padding: Lengths | str) -> Geometry:
    d = np.ndim(A_prev) - 2
    if d < 1:
        raise ValueError(
            f"A_prev has the shape {np.shape(A_prev)}, but convolution expects (m, n..., n_C_prev)."
        )
    require.shape(
        "W", W, (*(None,) * d, A_prev.shape[-1], None), f"A_prev * W with A_prev {A_prev.shape}"
    )
    require.shape("b", b, (W.shape[-1],), f"Z = A_prev * W + b with W {W.shape}")
    return windows.geometry(A_prev.shape[1:-1], W.shape[:d], stride, padding)


def loop(
    A_prev: Array, W: Array, b: Array, stride: Lengths = 1, padding: Lengths | str = 0
) -> Array:
    """Z, number by number: lay the filter on the input, multiply, add up, move on.

    Args and Raises: as ``forward``.
    """
    g = _sizes(A_prev, W, b, stride, padding)
    padded = windows.pad(A_prev, g)
    Z = np.empty((len(A_prev), *g.out, W.shape[-1]), dtype=np.result_type(A_prev, W, b))
    for i, *o, c in itertools.product(*(range(length) for length in Z.shape)):
        total = b[c]
        for k in itertools.product(*(range(f) for f in g.f)):
            at = tuple(s * place + step for s, place, step in zip(g.s, o, k, strict=True))
            for e in range(W.shape[-2]):
                total = total + padded[(i, *at, e)] * W[(*k, e, c)]
        Z[(i, *o, c)] = total
    return Z


def loop_backward(
    dZ: Array, A_prev: Array, W: Array, stride: Lengths = 1, padding: Lengths | str = 0
) -> Gradients:
    """The gradients, place by place: each product a w of the forward pass adds w to da, a to dw.

    Args:
        dZ: (m, out..., n_C). A_prev, W, stride, padding: as in ``forward``.

    Raises:
        ValueError: a shape does not fit.
    """
    g = _sizes(A_prev, W, np.zeros(W.shape[-1]), stride, padding)
    require.shape("dZ", dZ, (len(A_prev), *g.out, W.shape[-1]), "Z = A_prev * W + b")
    padded = windows.pad(A_prev, g)
    dpadded, dW, db = np.zeros_like(padded), np.zeros_like(W), np.zeros_like(dZ, shape=W.shape[-1:])
    for i, *o, c in itertools.product(*(range(length) for length in dZ.shape)):
        corner = [s * place for s, place in zip(g.s, o, strict=True)]
        # the window of this output
        seen = tuple(slice(a, a + f) for a, f in zip(corner, g.f, strict=True))
        dz = dZ[(i, *o, c)]
        dpadded[i][seen] += W[..., c] * dz
        dW[..., c] += padded[i][seen] * dz
        db[c] += dz
    return Gradients(dA_prev=dpadded[windows.inside(g)], dW=dW, db=db)


def forward(
    A_prev: Array, W: Array, b: Array, stride: Lengths = 1, padding: Lengths | str = 0
) -> tuple[Array, Cache]:
    """Z = A_prev * W + b for all places at once.

    Args:
        A_prev: (m, n..., n_C_prev). W: (f..., n_C_prev, n_C). b: (n_C,).
        stride: from 1, one number or one an axis. padding: from 0, likewise; or "valid", "same".

    Returns:
        Z (m, out..., n_C) with out = floor((n + 2p - f) / s) + 1, and what ``backward`` needs.
        float32 stays float32.

    Raises:
        ValueError: a shape does not fit, a stride or padding is out of range, or W is larger than
            the padded input.
    """
    g = _sizes(A_prev, W, b, stride, padding)
    m, n_C = len(A_prev), W.shape[-1]
    Z = np.empty((m, *g.out, n_C), dtype=np.result_type(A_prev, W, b))
    filters = W.reshape(-1, n_C).T  # (n_C, f n_C_prev), a filter per row
    for some in windows.few(A_prev, g):
        z = filters @ windows.columns(A_prev[some], g)  # (n_C, out m')
        np.add(np.swapaxes(z.reshape(n_C, *g.out, -1), 0, -1), b, out=Z[some])
    return Z, Cache(A_prev=A_prev, W=W, geometry=g)


def backward(dZ: Array, cache: Cache, *, input_too: bool = True) -> Gradients:
    """The gradients of Z = W columns + b, as in any dense layer; dcolumns goes back to its places.

    dW = dZ columns.T, db = rowsum(dZ), dcolumns = W.T dZ. A number of A_prev that stood in several
    windows collects from all of them. The columns are written down once more: it takes less than to
    keep f numbers for each one.

    Args:
        dZ: (m, out..., n_C). input_too: dA_prev too; the first layer of a network needs none.

    Raises:
        ValueError: dZ has not the shape of Z.
    """
    g, A_prev, W = cache.geometry, cache.A_prev, cache.W
    m, n_C = len(A_prev), W.shape[-1]
    require.shape("dZ", dZ, (m, *g.out, n_C), "Z = A_prev * W + b")
    filters = W.reshape(-1, n_C).T  # (n_C, f n_C_prev)
    dW, db = np.zeros(filters.T.shape, np.result_type(A_prev, dZ)), np.zeros(n_C, dZ.dtype)
    dA_prev = np.empty(A_prev.shape, np.result_type(W, dZ)) if input_too else None
    for some in windows.few(A_prev, g):
        # (n_C, out m'), in the order of the columns
        dz = np.swapaxes(dZ[some], 0, -1).reshape(n_C, -1)
        # (f n_C_prev, n_C): lying as W lies, the transpose of the rule
        dW += windows.columns(A_prev[some], g) @ dz.T
        db += dz.sum(axis=1)
        if dA_prev is not None:
            dA_prev[some] = windows.fold(filters.T @ dz, g, len(dZ[some]))
    return Gradients(dA_prev=dA_prev, dW=dW.reshape(W.shape), db=db)


def cross_correlate(x: Array, w: Array, stride: Lengths = 1, padding: Lengths | str = 0) -> Array:
    """One filter over one array without channels: out[o] = sum_k x[s o + k - p] w[k].

    Args:
        x: (n...), a signal, an image, a volume. w: (f...), with as many axes.

    Raises:
        ValueError: the axes differ, or w is larger than the padded x.
    """
    if np.ndim(x) != np.ndim(w):
        raise ValueError(
            f"w has the shape {np.shape(w)}, but x * w with x {np.shape(x)} expects {np.ndim(x)}"
            " axes."
        )
    Z, _ = forward(
        x[None, ..., None], w[..., None, None], np.zeros(1, dtype=w.dtype), stride, padding
    )
    result: Array = Z[0, ..., 0]
    return result


def convolve(x: Array, w: Array, stride: Lengths = 1, padding: Lengths | str = 0) -> Array:
    """Mathematics' convolution: the filter turned around on every axis, then cross-correlation.

    With the turn, (x * v) * w = x * (v * w); that law is why signal processing keeps it.
    """
    return cross_correlate(x, np.flip(w), stride, padding)
