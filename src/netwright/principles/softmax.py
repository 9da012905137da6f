"""Softmax (softmax 多分类, notes 2.3.8, 2.3.9): a probability for each of C classes, and its loss.

    a = e^z / sum_j e^z_j                       each column adds up to 1
    L = -sum_j y_j log a_j,   J = mean of L     y is one-hot: only the true class counts
    dz = a - y                                  through loss and softmax together

hardmax puts 1 at the largest z and 0 elsewhere; softmax is its soft form, and has a derivative.
With C = 2 softmax is the sigmoid of z_1 - z_2. Z, A, Y are (C, m): a column per example.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from netwright.principles import require

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Cache:
    """What the forward pass keeps: A (C, m)."""

    A: Array


@dataclass(frozen=True)
class Loss:
    """The loss L of each column (1, m), the cost J, dZ (C, m) of L (divide by m for the mean)."""

    L: Array
    J: float
    dZ: Array


def _check(Z: Array, formula: str) -> None:
    require.shape("Z", Z, (None, None), formula)
    require.count("C", Z.shape[0], 1)


def forward(Z: Array) -> tuple[Array, Cache]:
    """A = e^(Z - max) / sum e^(Z - max): the shift cancels, and no power overflows.

    Args:
        Z: (C, m), any size.

    Raises:
        ValueError: Z has not two axes, or no class.
    """
    _check(Z, "A = e^Z / sum e^Z")
    T = np.exp(Z - Z.max(axis=0, keepdims=True))  # (C, m), the largest of each column is 1
    A = T / T.sum(axis=0, keepdims=True)
    return A, Cache(A=A)


def backward(dA: Array, cache: Cache) -> Array:
    """dZ = A (dA - sum_j A_j dA_j), for any loss behind it.

    da_i / dz_j = a_i ([i = j] - a_j), so dz_j = sum_i da_i a_i ([i = j] - a_j) = a_j (da_j - sum_i
    a_i da_i).

    Raises:
        ValueError: dA has not the shape of A.
    """
    A = cache.A
    require.shape("dA", dA, A.shape, "A = softmax(Z)")
    dZ: Array = A * (dA - (A * dA).sum(axis=0, keepdims=True))
    return dZ


def hardmax(Z: Array) -> Array:
    """1 at the largest z of each column (the first of equals), 0 elsewhere.

    Raises:
        ValueError: Z has not two axes, or no class.
    """
    _check(Z, "hardmax(Z)")
    return one_hot(Z.argmax(axis=0), len(Z)).astype(Z.dtype)


def one_hot(labels: Array, C: int) -> Array:
    """Y (C, m) with Y[label, i] = 1.

    Raises:
        ValueError: C is below 1, or a label is not a whole number from 0 to C - 1.
    """
    require.shape("labels", labels, (None,), "Y = one_hot(labels)")
    require.count("C", C, 1)
    wrong = (labels < 0) | (labels >= C) | (labels != np.floor(labels))
    if wrong.any():
        raise ValueError(
            f"labels holds {labels[wrong][0]}: expected whole numbers from 0 to {C - 1}."
        )
    Y: Array = (np.arange(C)[:, None] == labels[None, :]).astype(float)
    return Y


def cross_entropy(Z: Array, Y: Array) -> Loss:
    """L = -sum_j y_j log softmax(z)_j, straight from z, with its gradient.

    log a_j = z_j - max - log sum e^(z - max) has no log of a number that rounded to 0. Then, as
    sum_j y_j = 1, L = log sum e^z - sum_j y_j z_j, and dL/dz_j = e^z_j / sum e^z - y_j = a_j - y_j.

    Args:
        Z: (C, m). Y: (C, m), one 1 in each column.

    Raises:
        ValueError: a shape does not fit, a column of Y is not one-hot, or there is no example.
    """
    _check(Z, "A = e^Z / sum e^Z")
    require.count("m", Z.shape[1], 1)
    require.shape("Y", Y, Z.shape, f"dZ = A - Y with Z {Z.shape}")
    require.binary("Y", Y)
    counts = Y.sum(axis=0)
    if (counts != 1).any():
        raise ValueError(
            f"A column of Y adds up to {counts[counts != 1][0]:g}: expected one 1 in each."
        )
    shifted = Z - Z.max(axis=0, keepdims=True)
    log_A = shifted - np.log(np.exp(shifted).sum(axis=0, keepdims=True))  # (C, m)
    L = -(Y * log_A).sum(axis=0, keepdims=True)  # (1, m)
    return Loss(L=L, J=float(L.mean()), dZ=np.exp(log_A) - Y)
