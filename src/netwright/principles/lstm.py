"""Long short-term memory (LSTM, 长短期记忆, notes 5.1.10), forward and backward through time.

    Gf = sigmoid(Wf [a<t-1>, x<t>] + bf)   forget gate (遗忘门): how much of c<t-1> stays
    Gu = sigmoid(Wu [a<t-1>, x<t>] + bu)   update gate (更新门): how much of the candidate comes in
    Go = sigmoid(Wo [a<t-1>, x<t>] + bo)   output gate (输出门): how much of c<t> is shown
    c~ = tanh(Wc [a<t-1>, x<t>] + bc)      candidate
    c<t> = Gf * c<t-1> + Gu * c~,   a<t> = Go * tanh(c<t>)

c runs through all times with no matrix in its way: dc<t>/dc<t-1> = Gf along it, near 1 where the
gate is open. Two gates, not Gu and 1 - Gu as in the GRU: it can keep and add at once. (Hochreiter
and Schmidhuber 1997, Gers 2000.) Peepholes (窥视孔连接): with weights pf, pu, po (n_a, 1) the gates
also see c, + p * c<t-1>, each unit its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from netwright.principles import recurrent, require
from netwright.principles.gru import sigmoid
from netwright.principles.recurrent import Gradients, Weights

Array = np.ndarray[Any, Any]

FORMULA = "c<t> = Gf * c<t-1> + Gu * tanh(Wc [a<t-1>, x<t>] + bc)"
GATES = "fuoc"  # the order in which ``forward`` stacks them
PEEPHOLES = ("pf", "pu", "po")


@dataclass(frozen=True)
class Cache:
    """What the forward pass keeps, from a<0>, c<0> on.

    X (T, n_x, m). A, C (T + 1, n_a, m). G (T, 4 n_a, m): Gf, Gu, Go, c~ one below the other. tanhC
    (T, n_a, m). W (4 n_a, n_a + n_x): the four weights likewise. p (3 n_a, 1): the peepholes, or
    None.
    """

    X: Array
    A: Array
    C: Array
    G: Array
    tanhC: Array
    W: Array
    p: Array | None


def initialize(
    n_a: int, n_x: int, rng: np.random.Generator, *, peepholes: bool = False
) -> dict[str, Array]:
    """Wf, Wu, Wo, Wc of variance 1 / (n_a + n_x); bf of ones, other b of zeros; peepholes of zeros.

    With bf = 1 the gate begins open (sigmoid(1) = 0.73): the net remembers before it has learned
    what for. (Jozefowicz et al. 2015.)
    """
    weights = recurrent.initialize(GATES, n_a, n_x, rng)
    weights["bf"] += 1
    return weights | {name: np.zeros((n_a, 1)) for name in PEEPHOLES if peepholes}


def _check(x: Array, weights: Weights, axes: int) -> tuple[int, bool]:
    n_a = recurrent.check(x, weights, GATES, FORMULA, axes=axes)
    given = [name for name in PEEPHOLES if name in weights]
    if given and len(given) < len(PEEPHOLES):
        raise ValueError(
            f"of the peepholes pf, pu, po only {', '.join(given)} are there: expected all three, or"
            " none."
        )
    for name in given:
        require.shape(
            name,
            weights[name],
            (n_a, 1),
            f"G = sigmoid(W [a, x] + {name} * c<t-1> + b) with n_a = {n_a}",
        )
    return n_a, bool(given)


def step(a_prev: Array, c_prev: Array, x: Array, weights: Weights) -> tuple[Array, Array]:
    """a<t>, c<t> from a<t-1>, c<t-1> (n_a, m) and x<t> (n_x, m): the definition, gate by gate.

    Raises:
        ValueError: a shape does not fit, or a weight is missing.
    """
    w = weights
    n_a, peepholes = _check(x, w, axes=2)
    require.shape("a_prev", a_prev, (n_a, x.shape[1]), FORMULA)
    require.shape("c_prev", c_prev, (n_a, x.shape[1]), FORMULA)
    stacked = np.concatenate([a_prev, x])  # (n_a + n_x, m)
    Zf, Zu, Zo, Zc = (w[f"W{gate}"] @ stacked + w[f"b{gate}"] for gate in GATES)  # (n_a, m) each
    if peepholes:
        Zf, Zu, Zo = Zf + w["pf"] * c_prev, Zu + w["pu"] * c_prev, Zo + w["po"] * c_prev
    c: Array = sigmoid(Zf) * c_prev + sigmoid(Zu) * np.tanh(Zc)
    a: Array = sigmoid(Zo) * np.tanh(c)
    return a, c


def forward(
    X: Array, weights: Weights, a0: Array | None = None, c0: Array | None = None
) -> tuple[Array, Cache]:
    """A (T, n_a, m), all a<t> in turn; all c<t> are ``cache.C[1:]``. float32 stays float32.

    As ``step``, but with one product for the four gates, and what x brings to them computed for all
    times at once.

    Args:
        X: (T, n_x, m), T from 1. weights: as from ``initialize``. a0, c0: (n_a, m), zeros where
            left out.

    Raises:
        ValueError: a shape does not fit, or a weight is missing.
    """
    n_a, peepholes = _check(X, weights, axes=3)
    W = np.concatenate([weights[f"W{gate}"] for gate in GATES])  # (4 n_a, n_a + n_x)
    b = np.concatenate([weights[f"b{gate}"] for gate in GATES])  # (4 n_a, 1)
    p = np.concatenate([weights[name] for name in PEEPHOLES]) if peepholes else None  # (3 n_a, 1)
    Wa, Wx, T = W[:, :n_a], W[:, n_a:], len(X)
    G = Wx @ X + b  # (T, 4 n_a, m), filled in below with what a and c bring
    A = np.empty((T + 1, n_a, X.shape[2]), dtype=G.dtype)
    C, tanhC = np.empty_like(A), np.empty_like(A[1:])
    A[0], C[0] = (
        recurrent.start("a0", a0, X, n_a, FORMULA),
        recurrent.start("c0", c0, X, n_a, FORMULA),
    )
    for t in range(T):
        Z = G[t]
        Z += Wa @ A[t]
        if p is not None:
            Z[: 3 * n_a] += p * np.tile(C[t], (3, 1))
        # sigmoid(z) = (1 + tanh(z / 2)) / 2, so that one tanh does for all four
        Z[: 3 * n_a] *= 0.5
        np.tanh(Z, out=Z)
        Z[: 3 * n_a] *= 0.5
        Z[: 3 * n_a] += 0.5
        Gf, Gu, Go, candidate = Z.reshape(4, n_a, -1)
        C[t + 1] = Gf * C[t] + Gu * candidate
        np.tanh(C[t + 1], out=tanhC[t])
        A[t + 1] = Go * tanhC[t]
    return A[1:], Cache(X=X, A=A, C=C, G=G, tanhC=tanhC, W=W, p=p)


def backward(dA: Array, cache: Cache, dc_last: Array | None = None) -> Gradients:
    """The gradients of everything, from the last step to the first.

    c<t> is reached through a<t> = Go tanh(c), da Go (1 - tanh^2 c), and through c<t+1> = Gf c<t> +
    ..., dc<t+1> Gf. From dc: dGf = dc c_prev, dGu = dc c~, dc~ = dc Gu. From da: dGo = da tanh(c).
    Then sigmoid' = s (1 - s), tanh' = 1 - tanh^2, and below z all four gates are one dense layer
    over [a_prev, x].

    Args:
        dA: (T, n_a, m), what comes to each a<t> from above; what comes from the step after it is
            added here.
        dc_last: (n_a, m), what comes to the last c where a decoder goes on from it; zeros where
            left out.

    Raises:
        ValueError: a shape does not fit.
    """
    X, A, C, G, W, p = cache.X, cache.A, cache.C, cache.G, cache.W, cache.p
    require.shape("dA", dA, A[1:].shape, FORMULA)
    n_a, m = A.shape[1:]
    da_next = np.zeros_like(A[0])
    dc = recurrent.start("dc_last", dc_last, A, n_a, FORMULA)
    dZ = np.empty_like(G)  # (T, 4 n_a, m), as G
    back = np.ascontiguousarray(W[:, :n_a].T)  # (n_a, 4 n_a)
    for t in reversed(range(len(X))):
        Gf, Gu, Go, candidate = G[t].reshape(4, n_a, m)
        # views: what is written here is written into dZ
        dZf, dZu, dZo, dZc = dZ[t].reshape(4, n_a, m)
        da = dA[t] + da_next
        dc = dc + da * Go * (1 - cache.tanhC[t] ** 2)
        dZf[:] = dc * C[t] * Gf * (1 - Gf)
        dZu[:] = dc * candidate * Gu * (1 - Gu)
        dZo[:] = da * cache.tanhC[t] * Go * (1 - Go)
        dZc[:] = dc * Gu * (1 - candidate**2)
        dc = dc * Gf
        if p is not None:
            dc += (p * dZ[t, : 3 * n_a]).reshape(3, n_a, m).sum(axis=0)  # the gates saw c_prev too
        da_next = back @ dZ[t]
    return Gradients(dX=W[:, n_a:].T @ dZ, weights=_weights(dZ, cache), da0=da_next, dc0=dc)


def _weights(dZ: Array, cache: Cache) -> dict[str, Array]:
    """dW = sum_t dZ<t> [a<t-1>, x<t>].T, db = sum_t dZ<t>, dp = sum_t dZ<t> c<t-1>."""
    dW = np.split(recurrent.over_time(dZ, np.concatenate([cache.A[:-1], cache.X], axis=1)), 4)
    db = np.split(dZ.sum(axis=(0, 2))[:, None], 4)
    gradients = {f"W{gate}": part for gate, part in zip(GATES, dW, strict=True)}
    gradients |= {f"b{gate}": part for gate, part in zip(GATES, db, strict=True)}
    if cache.p is not None:
        for name, part in zip(PEEPHOLES, np.split(dZ, 4, axis=1)[:3], strict=True):
            gradients[name] = (part * cache.C[:-1]).sum(axis=(0, 2))[:, None]
    return gradients
