"""The gated recurrent unit (GRU, 门控循环单元, notes 5.1.11), forward and backward through time.

    Gu = sigmoid(Wu [c<t-1>, x<t>] + bu)   update gate (更新门): write, or keep?
    Gr = sigmoid(Wr [c<t-1>, x<t>] + br)   relevance gate (相关门): how much of the past it sees
    c~ = tanh(Wc [Gr * c<t-1>, x<t>] + bc) candidate
    c<t> = Gu * c~ + (1 - Gu) * c<t-1>,   a<t> = c<t>

Where Gu is 0, c<t> = c<t-1> and its derivative is 1: the past crosses any distance unharmed. That
is the whole cure. (Cho et al. 2014.) Weights without Wr and br make the simplified unit: Gr = 1.

Weights with a bca (n_a, 1) beside the others put the relevance gate behind the product, as
torch.nn.GRU and cuDNN do, which can then compute all products with c<t-1> at once: the same idea,
other numbers. (torch also calls 1 - Gu its z.)

    c~ = tanh(Gr * (Wca c<t-1> + bca) + Wcx x<t> + bc)     Wc = [Wca | Wcx]
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from netwright.principles import recurrent, require
from netwright.principles.recurrent import Gradients, Weights

Array = np.ndarray[Any, Any]

FORMULA = "c<t> = Gu * tanh(Wc [Gr * c<t-1>, x<t>] + bc) + (1 - Gu) * c<t-1>"


@dataclass(frozen=True)
class Cache:
    """What the forward pass keeps.

    X (T, n_x, m), C (T + 1, n_a, m) from c<0> on; Gu, Gr, candidate (T, n_a, m); weights.

    Gr is None in the simplified unit.
    """

    X: Array
    C: Array
    Gu: Array
    Gr: Array | None
    candidate: Array
    weights: Weights


def initialize(
    n_a: int,
    n_x: int,
    rng: np.random.Generator,
    *,
    relevance: bool = True,
    behind: bool = False,
) -> dict[str, Array]:
    """Wu, Wr, Wc (n_a, n_a + n_x) of variance 1 / (n_a + n_x) and bu, br, bc of zeros.

    Without ``relevance`` there are no Wr and br; with the gate ``behind`` the product there is a
    bca of zeros, too.
    """
    weights = recurrent.initialize("urc" if relevance else "uc", n_a, n_x, rng)
    return weights | ({"bca": np.zeros((n_a, 1))} if behind else {})


def gates_of(weights: Weights) -> str:
    """``"urc"``, or ``"uc"`` for the simplified unit, which has neither Wr nor br."""
    return "urc" if "Wr" in weights or "br" in weights else "uc"


def sigmoid(Z: Array) -> Array:
    """1 / (1 + e^-z) = (1 + tanh(z / 2)) / 2, which cannot overflow."""
    result: Array = 0.5 * np.tanh(0.5 * Z) + 0.5
    return result


def _check(x: Array, weights: Weights, axes: int) -> int:
    n_a = recurrent.check(x, weights, gates_of(weights), FORMULA, axes=axes)
    if "bca" in weights:
        here = f"c~ = tanh(Gr * (Wca c<t-1> + bca) + Wcx x<t> + bc) with n_a = {n_a}"
        require.shape("bca", weights["bca"], (n_a, 1), here)
        if gates_of(weights) == "uc":
            raise ValueError(f"bca is there without Wr and br: {here} has a relevance gate.")
    return n_a


def _step(c_prev: Array, x: Array, weights: Weights) -> tuple[Array, Array, Array | None, Array]:
    stacked = np.concatenate([c_prev, x])  # (n_a + n_x, m)
    Gu = sigmoid(weights["Wu"] @ stacked + weights["bu"])  # (n_a, m), as all below
    Gr = sigmoid(weights["Wr"] @ stacked + weights["br"]) if "Wr" in weights else None
    Wca, Wcx = np.split(weights["Wc"], [len(c_prev)], axis=1)
    if Gr is None:
        seen = Wca @ c_prev
    elif "bca" in weights:
        seen = Gr * (Wca @ c_prev + weights["bca"])
    else:
        seen = Wca @ (Gr * c_prev)
    candidate = np.tanh(seen + Wcx @ x + weights["bc"])
    return Gu * candidate + (1 - Gu) * c_prev, Gu, Gr, candidate


def step(c_prev: Array, x: Array, weights: Weights) -> Array:
    """c<t> (which is a<t>) from c<t-1> (n_a, m) and x<t> (n_x, m).

    Raises:
        ValueError: a shape does not fit, or a weight is missing.
    """
    n_a = _check(x, weights, axes=2)
    require.shape("c_prev", c_prev, (n_a, x.shape[1]), FORMULA)
    return _step(c_prev, x, weights)[0]


def forward(X: Array, weights: Weights, a0: Array | None = None) -> tuple[Array, Cache]:
    """A (T, n_a, m), all a<t> = c<t> in turn.

    Args:
        X: (T, n_x, m), T from 1. weights: as from ``initialize``. a0: c<0> (n_a, m), zeros where
            left out.

    Raises:
        ValueError: a shape does not fit, or a weight is missing.
    """
    n_a = _check(X, weights, axes=3)
    c = recurrent.start("a0", a0, X, n_a, FORMULA)
    C, Gu, Gr, candidates = [c], [], [], []
    for x in X:
        c, update, relevance, candidate = _step(c, x, weights)
        C.append(c)
        Gu.append(update)
        candidates.append(candidate)
        if relevance is not None:
            Gr.append(relevance)
    kept = np.stack(C)
    cache = Cache(
        X, kept, np.stack(Gu), np.stack(Gr) if Gr else None, np.stack(candidates), weights
    )
    return kept[1:], cache


def backward(dA: Array, cache: Cache) -> Gradients:
    """The gradients of everything, from the last step to the first.

    c<t-1> stands in four places, so dc_prev has four parts: the copy (1 - Gu), the candidate
    through Gr, and both gates.

    Args:
        dA: (T, n_a, m), what comes to each a<t> from above; what comes from c<t+1> is added here.

    Raises:
        ValueError: dA has not the shape of A.
    """
    w, X, C = cache.weights, cache.X, cache.C
    require.shape("dA", dA, C[1:].shape, FORMULA)
    n_a = C.shape[1]
    Wua, Wca = w["Wu"][:, :n_a], w["Wc"][:, :n_a]  # the halves that meet c
    dZu, dZc, dZr = np.empty_like(cache.Gu), np.empty_like(cache.Gu), np.empty_like(cache.Gu)
    dc_next = np.zeros_like(C[0])
    for t in reversed(range(len(X))):
        c_prev, u, candidate = C[t], cache.Gu[t], cache.candidate[t]
        dc = dA[t] + dc_next
        dZc[t] = dc * u * (1 - candidate**2)  # tanh' = 1 - tanh^2
        # Gu stands at c~, with a minus at c; sigmoid' = s (1 - s)
        dZu[t] = dc * (candidate - c_prev) * u * (1 - u)
        dc_next = dc * (1 - u) + Wua.T @ dZu[t]
        if cache.Gr is None:
            dc_next = dc_next + Wca.T @ dZc[t]
            continue
        r = cache.Gr[t]
        if "bca" in w:  # Gr * (Wca c + bca)
            dr, from_seen = dZc[t] * (Wca @ c_prev + w["bca"]), Wca.T @ (dZc[t] * r)
        else:  # Wca (Gr * c)
            d_seen = Wca.T @ dZc[t]
            dr, from_seen = d_seen * c_prev, d_seen * r
        dZr[t] = dr * r * (1 - r)
        dc_next = dc_next + from_seen + w["Wr"][:, :n_a].T @ dZr[t]
    return _gradients({"u": dZu, "r": dZr, "c": dZc}, cache, dc_next)


def _gradients(dZ: dict[str, Array], cache: Cache, da0: Array) -> Gradients:
    """Below each z lies a dense layer over [past, x].

    dW = sum_t dZ<t> [past, x].T, db = rowsum, dx = Wx.T dZ, of all gates.
    """
    past, w = cache.C[:-1], cache.weights
    found: dict[str, Array] = {}
    dX = np.zeros(cache.X.shape, dtype=dZ["u"].dtype)
    for gate in gates_of(w):
        met, at_past = past, dZ[gate]  # what Wa met of the past, and what came to their product
        if gate == "c" and cache.Gr is not None:
            met, at_past = (past, dZ["c"] * cache.Gr) if "bca" in w else (cache.Gr * past, dZ["c"])
        halves = recurrent.over_time(at_past, met), recurrent.over_time(dZ[gate], cache.X)
        found[f"W{gate}"] = np.concatenate(halves, axis=1)
        found[f"b{gate}"] = dZ[gate].sum(axis=(0, 2))[:, None]
        if gate == "c" and "bca" in w:
            found["bca"] = at_past.sum(axis=(0, 2))[:, None]
        dX += w[f"W{gate}"][:, past.shape[1] :].T @ dZ[gate]
    return Gradients(dX=dX, weights=found, da0=da0)
