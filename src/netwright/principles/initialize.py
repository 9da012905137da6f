"""Where weights begin (参数初始化; notes 1.3.6, 2.1.7, 2.1.9): W[l] = scale randn(n[l], n[l-1]).

A sum of n[l-1] terms w_j a_j has the variance n[l-1] var(w) mean(a^2). For the signal to keep its
size from layer to layer, var(w) = 1 / n[l-1]; relu sets half of the signal to zero, so it asks for
twice that. Zeros are worse than small: units of a layer that begin equal get equal gradients, and
stay equal for ever.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

# name -> scale of W[l] from n[l-1] and n[l]
SCHEMES: dict[str, Callable[[int, int], float]] = {
    "zeros": lambda n_prev, n: 0.0,  # symmetry is never broken (notes 1.3.6)
    "small": lambda n_prev, n: 0.01,  # breaks it; fades away in deep networks
    "plain": lambda n_prev, n: 1.0,  # randn() as it is; explodes, or saturates tanh and sigmoid
    "he": lambda n_prev, n: (2.0 / n_prev) ** 0.5,  # for relu (He et al. 2015)
    "xavier": lambda n_prev, n: (1.0 / n_prev) ** 0.5,  # for tanh
    # forward and backward each half (Glorot and Bengio 2010)
    "glorot": lambda n_prev, n: (2.0 / (n_prev + n)) ** 0.5,
}


def draw(sizes: Sequence[int], scheme: str, rng: np.random.Generator) -> dict[str, Array]:
    """Parameters for layers of these sizes: ``{"W[1]": (n[1], n[0]), "b[1]": (n[1], 1), "W[2]":
    ...}``.

    Args:
        sizes: n[0] (features), n[1], ..., n[L]; each at least 1.
        scheme: zeros, small, plain, he, xavier or glorot.
        rng: where the randn come from.

    Raises:
        ValueError: fewer than two sizes, a size below 1, or an unknown scheme.
    """
    if scheme not in SCHEMES:
        raise ValueError(f"no initialization is called {scheme!r}: known are {', '.join(SCHEMES)}.")
    if len(sizes) < 2 or min(sizes) < 1:
        raise ValueError(
            f"sizes is {list(sizes)}: expected n[0], n[1], ..., n[L], at least two and each at"
            " least 1."
        )
    parameters: dict[str, Array] = {}
    for layer in range(1, len(sizes)):
        n_prev, n = sizes[layer - 1], sizes[layer]
        parameters[f"W[{layer}]"] = rng.standard_normal((n, n_prev)) * SCHEMES[scheme](n_prev, n)
        parameters[f"b[{layer}]"] = np.zeros((n, 1))
    return parameters
