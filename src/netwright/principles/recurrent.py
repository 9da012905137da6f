"""What the three cells have in common (循环神经网络, notes 5.1.3): letters and checks of shapes.

    X (T, n_x, m)     x<t> = X[t] is a column per example, at time t
    A (T, n_a, m)     a<t>, what the cell hands on to the next time and to the layer above
    W [a, x]          W is (n_a, n_a + n_x): W = [W_a | W_x], and W [a, x] = W_a a + W_x x

The stacked form saves a letter: one W for what comes from the past and what comes from outside. The
same weights serve every t, so that a gradient dW is a sum over t. Weights go by name in a dict: Wa,
ba; Wu, bu; ...
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from netwright.principles import require

Array = np.ndarray[Any, Any]
Weights = Mapping[str, Array]


@dataclass(frozen=True)
class Gradients:
    """dX like X, weights by name, da0 (n_a, m); dc0 (n_a, m) where the cell has a c beside a."""

    dX: Array
    weights: dict[str, Array]
    da0: Array
    dc0: Array | None = None


def initialize(
    gates: Sequence[str], n_a: int, n_x: int, rng: np.random.Generator
) -> dict[str, Array]:
    """W<gate> (n_a, n_a + n_x) from a normal distribution, b<gate> (n_a, 1) of zeros.

    The variance is 1 / (n_a + n_x).

    Args:
        gates: the second letters: ``"fuoc"``. n_a, n_x: from 1.

    Raises:
        ValueError: n_a or n_x is below 1.
    """
    require.between("n_a", n_a, 1, np.inf)
    require.between("n_x", n_x, 1, np.inf)
    weights: dict[str, Array] = {}
    for gate in gates:
        weights[f"W{gate}"] = rng.normal(0, (n_a + n_x) ** -0.5, size=(n_a, n_a + n_x))
        weights[f"b{gate}"] = np.zeros((n_a, 1))
    return weights


def check(x: Array, weights: Weights, gates: Sequence[str], formula: str, *, axes: int = 3) -> int:
    """The width n_a of a cell, once X (or one x) and the weights of every gate fit each other.

    Args:
        axes: 3 for X (T, n_x, m), 2 for x (n_x, m).

    Raises:
        ValueError: a weight is missing or has a shape that does not fit, or the sequence is empty.
    """
    letter = "X" if axes == 3 else "x"
    require.shape(letter, x, (None,) * axes, formula)
    if x.shape[0] == 0:
        raise ValueError(
            f"{letter} has the shape {x.shape}, but {formula} expects at least one step."
        )
    names = [letter + gate for gate in gates for letter in "Wb"]
    missing = [name for name in names if name not in weights]
    if missing:
        raise ValueError(
            f"{missing[0]} is missing: {formula} expects the weights {', '.join(names)}."
        )
    n_a, n_x = len(weights[names[0]]), x.shape[-2]
    for gate in gates:
        here = f"{formula} with n_a = {n_a}, n_x = {n_x}"
        require.shape(f"W{gate}", weights[f"W{gate}"], (n_a, n_a + n_x), here)
        require.shape(f"b{gate}", weights[f"b{gate}"], (n_a, 1), here)
    return n_a


def start(name: str, given: Array | None, X: Array, n_a: int, formula: str) -> Array:
    """What the cell knows before the first step: zeros (n_a, m), or what is given.

    Raises:
        ValueError: what is given has another shape.
    """
    m = X.shape[-1]
    if given is None:
        return np.zeros((n_a, m), dtype=X.dtype)
    require.shape(name, given, (n_a, m), formula)
    return given


def over_time(dZ: Array, A: Array) -> Array:
    """sum_t dZ<t> A<t>.T as one product: (T, n, m), (T, k, m) -> (n, k), times beside examples."""
    T, n, m = dZ.shape
    rows = dZ.transpose(1, 0, 2).reshape(n, T * m)  # (n, T m)
    columns = A.transpose(0, 2, 1).reshape(T * m, A.shape[1])  # (T m, k)
    result: Array = rows @ columns
    return result
