"""The plain recurrent net (循环神经网络, 通过时间的反向传播; notes 5.1.3-5.1.6).

    a<t> = tanh(Waa a<t-1> + Wax x<t> + ba) = tanh(Wa [a<t-1>, x<t>] + ba)     Wa = [Waa | Wax]
    y<t> = softmax(Wya a<t> + by)                                             a dense layer above it

It is one layer drawn T times with the same weights; ``step`` is the definition. Going back, a<t>
gets its gradient from two sides, its own output and a<t+1>; and every step adds its part to the
one dWa. Each step multiplies by Waa.T and by 1 - a^2: after many steps nothing is left, or too much
(梯度消失和梯度爆炸, notes 5.1.9).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from netwright.principles import recurrent, require
from netwright.principles.recurrent import Gradients, Weights

Array = np.ndarray[Any, Any]

FORMULA = "a<t> = tanh(Wa [a<t-1>, x<t>] + ba)"


@dataclass(frozen=True)
class Cache:
    """What the forward pass keeps: X (T, n_x, m), A (T + 1, n_a, m) from a<0> on, and Wa."""

    X: Array
    A: Array
    Wa: Array


def initialize(n_a: int, n_x: int, rng: np.random.Generator) -> dict[str, Array]:
    """Wa (n_a, n_a + n_x) of variance 1 / (n_a + n_x), ba (n_a, 1) of zeros."""
    return recurrent.initialize("a", n_a, n_x, rng)


def step(a_prev: Array, x: Array, weights: Weights) -> Array:
    """a<t> from a<t-1> (n_a, m) and x<t> (n_x, m): the definition.

    Raises:
        ValueError: a shape does not fit, or a weight is missing.
    """
    n_a = recurrent.check(x, weights, "a", FORMULA, axes=2)
    require.shape("a_prev", a_prev, (n_a, x.shape[1]), FORMULA)
    stacked = np.concatenate([a_prev, x])  # (n_a + n_x, m)
    a: Array = np.tanh(weights["Wa"] @ stacked + weights["ba"])  # (n_a, m)
    return a


def forward(X: Array, weights: Weights, a0: Array | None = None) -> tuple[Array, Cache]:
    """A (T, n_a, m), all a<t> in turn.

    What x brings, Wax x<t> + ba, waits for no a, so it is one product for all t.

    Args:
        X: (T, n_x, m), T from 1. weights: Wa (n_a, n_a + n_x), ba (n_a, 1). a0: (n_a, m), zeros
            where left out.

    Raises:
        ValueError: a shape does not fit, or a weight is missing.
    """
    n_a = recurrent.check(X, weights, "a", FORMULA)
    Waa, Wax = weights["Wa"][:, :n_a], weights["Wa"][:, n_a:]
    Z = Wax @ X + weights["ba"]  # (T, n_a, m)
    A = np.empty((len(X) + 1, *Z.shape[1:]), dtype=Z.dtype)
    A[0] = recurrent.start("a0", a0, X, n_a, FORMULA)
    for t in range(len(X)):
        A[t + 1] = np.tanh(Waa @ A[t] + Z[t])
    return A[1:], Cache(X=X, A=A, Wa=weights["Wa"])


def backward(dA: Array, cache: Cache) -> Gradients:
    """The gradients of everything, from the last step to the first.

    tanh' = 1 - tanh^2, so dz<t> = da<t> (1 - a<t>^2). z = Wa [a_prev, x] + ba is a dense layer over
    the stacked column: Wa.T dz holds da_prev above and dx below, and the one Wa of all times
    collects from each of them: dWa = sum_t dz<t> [a<t-1>, x<t>].T, dba = sum_t rowsum(dz<t>).

    Args:
        dA: (T, n_a, m), what comes to each a<t> from above; what comes from a<t+1> is added here.

    Raises:
        ValueError: dA has not the shape of A.
    """
    X, A, Wa = cache.X, cache.A, cache.Wa
    require.shape("dA", dA, A[1:].shape, FORMULA)
    n_a = len(Wa)
    back = np.ascontiguousarray(Wa[:, :n_a].T)  # Waa.T
    dZ = np.empty_like(A[1:])
    da_next = np.zeros_like(A[0])  # nothing comes from behind the end
    for t in reversed(range(len(X))):
        da = dA[t] + da_next  # two sides: the output at t, and the step after it
        dZ[t] = da * (1 - A[t + 1] ** 2)
        da_next = back @ dZ[t]
    dWa = recurrent.over_time(dZ, np.concatenate([A[:-1], X], axis=1))
    dba = dZ.sum(axis=(0, 2))[:, None]
    return Gradients(dX=Wa[:, n_a:].T @ dZ, weights={"Wa": dWa, "ba": dba}, da0=da_next)
