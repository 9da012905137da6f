"""Logistic regression (逻辑回归, notes 1.2.2, 1.2.4, 1.2.6, 1.2.7, 1.2.9): one neuron, its descent.

    z = w.T x + b,  a = sigmoid(z),  J = mean of L
    dz = a - y,     dw_j = mean of x_j dz,  db = mean of dz
    w := w - r dw,  b := b - r db           (梯度下降; r is the learning rate, 学习率)

``loop`` is the definition: a sum over examples, and inside it over features. ``forward`` and
``backward`` are the same vectorized (向量化), all m columns at once; ``descend`` walks down J and
keeps its path.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from netwright.principles import losses, require
from netwright.principles.activations import sigmoid

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Cache:
    """What the forward pass keeps: X (n_x, m), Z and A (1, m)."""

    X: Array
    Z: Array
    A: Array


@dataclass(frozen=True)
class Gradients:
    """The cost and its derivatives: dw (n_x, 1), db a number."""

    J: float
    dw: Array
    db: float


@dataclass(frozen=True)
class Path:
    """Where descent went: row t of w (steps + 1, n_x), b and J (steps + 1,) is after t steps."""

    w: Array
    b: Array
    J: Array


def _check(X: Array, w: Array) -> None:
    require.shape("X", X, (None, None), "X = [x(1) ... x(m)]")
    require.shape("w", w, (X.shape[0], 1), f"Z = w.T X + b with X {X.shape}")


def loop(X: Array, Y: Array, w: Array, b: float) -> Gradients:
    """J, dw and db with two loops, as the notes write them first: slow, and plainly right.

    Args:
        X: (n_x, m). Y: (1, m), 0 or 1. w: (n_x, 1). b: a number.

    Raises:
        ValueError: a shape does not fit, a label is neither 0 nor 1, or there is no example.
    """
    _check(X, w)
    require.shape("Y", Y, (1, X.shape[1]), f"dZ = A - Y with X {X.shape}")
    require.binary("Y", Y)
    n_x, m = X.shape
    require.count("m", m, 1)
    J, db, dw = 0.0, 0.0, [0.0] * n_x
    for i in range(m):
        z = float(b)
        for j in range(n_x):
            z += float(w[j, 0] * X[j, i])
        y, e = float(Y[0, i]), math.exp(-abs(z))
        a = (1.0 if z >= 0 else e) / (1.0 + e)  # sigmoid, see activations
        J += max(z, 0.0) - y * z + math.log1p(e)  # cross-entropy, see losses
        dz = a - y
        for j in range(n_x):
            dw[j] += float(X[j, i] * dz)  # z holds w_j x_j: dz/dw_j = x_j
        db += dz
    return Gradients(J=J / m, dw=np.array(dw)[:, None] / m, db=db / m)


def forward(X: Array, w: Array, b: float) -> tuple[Array, Cache]:
    """A = sigmoid(w.T X + b), the answer for every column.

    Args:
        X: (n_x, m). w: (n_x, 1). b: a number.

    Returns:
        A (1, m), within [0, 1].

    Raises:
        ValueError: a shape does not fit.
    """
    X, w = np.asarray(X, dtype=float), np.asarray(w, dtype=float)
    _check(X, w)
    Z = w.T @ X + b  # (1, n_x) (n_x, m) -> (1, m)
    A = sigmoid(Z)
    return A, Cache(X=X, Z=Z, A=A)


def backward(Y: Array, cache: Cache) -> Gradients:
    """J, dw and db without a loop.

    dZ = A - Y            (1, m)
    dw = X dZ.T / m       (n_x, m) (m, 1) -> (n_x, 1): the product is the sum over examples
    db = sum(dZ) / m      b stands in every column's z with the factor 1

    Raises:
        ValueError: Y has not the shape of Z, a label is neither 0 nor 1, or there is no example.
    """
    L, kept = losses.binary_forward(cache.Z, Y)
    dZ = losses.binary_backward(1.0, kept)
    m = cache.X.shape[1]
    return Gradients(J=losses.cost(L), dw=cache.X @ dZ.T / m, db=float(dZ.sum() / m))


def descend(X: Array, Y: Array, w: Array, b: float, *, rate: float, steps: int) -> Path:
    """w := w - r dw and b := b - r db, again and again, with every place on the way.

    Args:
        X: (n_x, m). Y: (1, m), 0 or 1. w: (n_x, 1), where to begin. b: a number.
        rate: r, above 0; too small creeps, too large jumps over the valley and may climb.
        steps: how many, 0 or more. The path holds steps + 1 copies of w.

    Raises:
        ValueError: a shape does not fit, a label is neither 0 nor 1, or rate or steps is out of
            range.
    """
    require.between("rate", rate, 0.0, np.inf, open_low=True, open_high=True)
    require.count("steps", steps, 0)
    w = np.asarray(w, dtype=float)
    ws, bs, Js = [], [], []
    for step in range(steps + 1):
        _, cache = forward(X, w, b)
        found = backward(Y, cache)
        ws.append(w[:, 0])
        bs.append(b)
        Js.append(found.J)
        if step < steps:
            w, b = w - rate * found.dw, b - rate * found.db
    return Path(w=np.array(ws), b=np.array(bs, dtype=float), J=np.array(Js))
