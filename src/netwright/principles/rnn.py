"""The plain recurrent net (循环神经网络, notes 5.1.3-5.1.6), forward, and backward through time (通过时间的反向传播).

    a<t> = tanh(Waa a<t-1> + Wax x<t> + ba) = tanh(Wa [a<t-1>, x<t>] + ba)        Wa = [Waa | Wax]
    y<t> = softmax(Wya a<t> + by)                                                a dense layer above it

It is one layer drawn T times with the same weights. Going back, a<t> gets its gradient from two sides, its own
output and a<t+1>; and every step adds its share to the one dWa. Each step multiplies by Waa.T and by 1 - a^2: after
many steps nothing is left, or too much (梯度消失和梯度爆炸, notes 5.1.9).
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


def step_backward(da: Array, a: Array, a_prev: Array, x: Array, Wa: Array) -> tuple[Array, Array, Array, Array]:
    """dx, da_prev, dWa, dba of one step.

    tanh' = 1 - tanh^2, so dz = da (1 - a^2). z = Wa [a_prev, x] + ba is a dense layer over the stacked column:
    dWa = dz [a_prev, x].T, dba = rowsum(dz), and Wa.T dz holds da_prev above and dx below.
    """
    dz = da * (1 - a**2)  # (n_a, m)
    d_stacked = Wa.T @ dz  # (n_a + n_x, m)
    dWa = dz @ np.concatenate([a_prev, x]).T  # (n_a, m) (m, n_a + n_x)
    n_a = len(a)
    return d_stacked[n_a:], d_stacked[:n_a], dWa, dz.sum(axis=1, keepdims=True)


def forward(X: Array, weights: Weights, a0: Array | None = None) -> tuple[Array, Cache]:
    """A (T, n_a, m), all a<t> in turn.

    Args:
        X: (T, n_x, m), T from 1. weights: Wa (n_a, n_a + n_x), ba (n_a, 1). a0: (n_a, m), zeros where left out.

    Raises:
        ValueError: a shape does not fit, or a weight is missing.
    """
    n_a = recurrent.check(X, weights, "a", FORMULA)
    a = recurrent.start("a0", a0, X, n_a, FORMULA)
    A = [a]
    for x in X:
        a = step(a, x, weights)
        A.append(a)
    kept = np.stack(A)
    return kept[1:], Cache(X=X, A=kept, Wa=weights["Wa"])


def backward(dA: Array, cache: Cache) -> Gradients:
    """The gradients of everything, from the last step to the first.

    Args:
        dA: (T, n_a, m), what comes to each a<t> from above; what comes from a<t+1> is added here.

    Raises:
        ValueError: dA has not the shape of A.
    """
    X, A, Wa = cache.X, cache.A, cache.Wa
    require.shape("dA", dA, A[1:].shape, FORMULA)
    dX, dWa, dba = np.empty_like(X), np.zeros_like(Wa), np.zeros_like(Wa, shape=(len(Wa), 1))
    da_next = np.zeros_like(A[0])  # nothing comes from behind the end
    for t in reversed(range(len(X))):
        da = dA[t] + da_next  # two sides: the output at t, and the step after it
        dX[t], da_next, dWa_t, dba_t = step_backward(da, A[t + 1], A[t], X[t], Wa)
        dWa += dWa_t  # one Wa for all times: the shares add up
        dba += dba_t
    return Gradients(dX=dX, weights={"Wa": dWa, "ba": dba}, da0=da_next)
