"""How wrong an answer is (损失函数, 成本函数; notes 1.2.3): L per example, the cost J is its mean.

    binary cross-entropy   L = -(y log a + (1 - y) log(1 - a)),  a = sigmoid(z)
    squared error          L = (a - y)^2 / 2

The notes write L with a. For z = 1000 that is log 0; with z put in, it never overflows:
    -y log a - (1 - y) log(1 - a) = log(1 + e^-z) + (1 - y) z = max(z, 0) - y z + log(1 + e^-|z|)
Squared error after a sigmoid is not used because it is not convex in w: its second derivative
changes sign (``squared_curvature``), so descent can rest on a plain far from the minimum. For
several classes see softmax.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from netwright.principles import require
from netwright.principles.activations import sigmoid

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Cache:
    """What a loss keeps for its backward pass: the answers A and the labels Y, both (n, m)."""

    A: Array
    Y: Array


def _check_returned(dL: Array | float, cache: Cache, formula: str) -> None:
    if np.ndim(dL) > 0:
        require.shape("dL", np.asarray(dL), cache.A.shape, formula)


def binary_forward(Z: Array, Y: Array) -> tuple[Array, Cache]:
    """L = -(y log a + (1 - y) log(1 - a)) with a = sigmoid(z), from z itself, so without overflow.

    Args:
        Z: (n, m), any numbers.
        Y: (n, m), 0 or 1.

    Raises:
        ValueError: the shapes differ, or a label is neither 0 nor 1.
    """
    Z, Y = np.asarray(Z, dtype=float), np.asarray(Y, dtype=float)
    require.shape("Y", Y, Z.shape, "L(Z, Y)")
    require.binary("Y", Y)
    L = np.maximum(Z, 0.0) - Y * Z + np.log1p(np.exp(-np.abs(Z)))
    return L, Cache(A=sigmoid(Z), Y=Y)


def binary_backward(dL: Array | float, cache: Cache) -> Array:
    """dZ = dL * (A - Y).

    dL/da = -y/a + (1-y)/(1-a) = (a - y) / (a (1-a)), and da/dz = a (1-a): what would divide by zero
    cancels.

    Args:
        dL: what comes back to each L, (n, m); 1 where L itself is meant.

    Raises:
        ValueError: dL is neither a number nor shaped as A.
    """
    _check_returned(dL, cache, "dZ = dL * (A - Y)")
    return dL * (cache.A - cache.Y)


def binary_of_probabilities(A: Array, Y: Array) -> Array:
    """L as the notes write it, of probabilities; a sure mistake (a = 0, y = 1) costs infinity.

    Args:
        A: (n, m), within [0, 1].
        Y: (n, m), 0 or 1.

    Raises:
        ValueError: the shapes differ, a probability lies outside [0, 1], or a label is neither 0
            nor 1.
    """
    A, Y = np.asarray(A, dtype=float), np.asarray(Y, dtype=float)
    require.shape("Y", Y, A.shape, "L(A, Y)")
    require.between("A", A, 0.0, 1.0)
    require.binary("Y", Y)
    # one of the two terms is always zero: the other is -log of this
    right = np.where(Y == 1, A, 1.0 - A)
    with np.errstate(divide="ignore"):
        return -np.log(right)


def squared_forward(A: Array, Y: Array) -> tuple[Array, Cache]:
    """L = (a - y)^2 / 2; the half makes the derivative plain.

    Args:
        A: (n, m), any numbers.
        Y: (n, m), any numbers.

    Raises:
        ValueError: the shapes differ.
    """
    A, Y = np.asarray(A, dtype=float), np.asarray(Y, dtype=float)
    require.shape("Y", Y, A.shape, "L(A, Y)")
    return (A - Y) ** 2 / 2.0, Cache(A=A, Y=Y)


def squared_backward(dL: Array | float, cache: Cache) -> Array:
    """dA = dL * (A - Y).

    Raises:
        ValueError: dL is neither a number nor shaped as A.
    """
    _check_returned(dL, cache, "dA = dL * (A - Y)")
    return dL * (cache.A - cache.Y)


def squared_curvature(Z: Array, Y: Array) -> Array:
    """The second derivative of (sigmoid(z) - y)^2 / 2 by z: below zero: the loss is not convex.

    L' = (a - y) a (1-a);  with a' = a (1-a):  L'' = a (1-a) [a (1-a) + (a - y)(1 - 2a)]
    Cross-entropy has L' = a - y and L'' = a (1-a), which is never negative.

    Raises:
        ValueError: the shapes differ.
    """
    require.shape("Y", Y, np.shape(Z), "L(Z, Y)")
    A = sigmoid(np.asarray(Z, dtype=float))
    slope = A * (1.0 - A)
    return slope * (slope + (A - Y) * (1.0 - 2.0 * A))


def cost(L: Array) -> float:
    """J = (1/m) sum of L over the m examples (the columns; several rows are summed).

    Raises:
        ValueError: there is no example.
    """
    L = np.atleast_2d(np.asarray(L, dtype=float))
    if L.shape[1] == 0:
        raise ValueError("J is a mean over m examples, and L holds none.")
    return float(L.sum() / L.shape[1])
