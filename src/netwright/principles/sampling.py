"""Hyperparameters drawn on the right scale (超参数取样, notes 2.3.1, 2.3.2).

Draw u uniformly from [0, 1] and bend it:

    linear           low + (high - low) u                   hidden units, layers
    log              low (high / low)^u                     learning rates; 10^(-4u): 1 to 0.0001
    1 - beta on log  1 - (1 - low)((1 - high)/(1 - low))^u  0.9 to 0.999: averages of 10 to 1000

Random rather than a grid: with n trials in d dimensions a grid tries n^(1/d) values of each
hyperparameter, random search n; mostly one or two of them matter. Then from coarse to fine: search
again in the best region.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from netwright.principles import require

Array = np.ndarray[Any, Any]


def linear(u: Array, low: float, high: float) -> Array:
    """low + (high - low) u.

    Args:
        u: any shape, in [0, 1]. low, high: the ends that u = 0 and u = 1 give.

    Raises:
        ValueError: u is outside [0, 1], or an end is not finite.
    """
    require.between("u", u, 0, 1)
    for name, end in (("low", low), ("high", high)):
        require.between(name, end, -np.inf, np.inf, open_low=True, open_high=True)
    return low + (high - low) * np.asarray(u, dtype=float)


def log(u: Array, low: float, high: float) -> Array:
    """low (high / low)^u: each tenfold range gets as many of the draws.

    Raises:
        ValueError: u is outside [0, 1], or an end is not above 0.
    """
    require.between("u", u, 0, 1)
    for name, end in (("low", low), ("high", high)):
        require.between(name, end, 0, np.inf, open_low=True, open_high=True)
    result: Array = np.exp(linear(u, np.log(float(low)), np.log(float(high))))
    return result


def one_minus(u: Array, low: float, high: float) -> Array:
    """1 - beta on the log scale: dense near 1, where the length 1 / (1 - beta) changes fastest.

    Raises:
        ValueError: u is outside [0, 1], or an end is not below 1.
    """
    for name, end in (("low", low), ("high", high)):
        require.between(name, end, -np.inf, 1, open_low=True, open_high=True)
    return 1 - log(u, 1 - low, 1 - high)


def grid(counts: Sequence[int]) -> Array:
    """Every combination of evenly spaced u: (product of counts, d).

    Args:
        counts: how many values along each of the d hyperparameters, from 1; one value stands in the
            middle.

    Raises:
        ValueError: no hyperparameter is given, or a count is below 1.
    """
    if not counts:
        raise ValueError("counts is empty: expected the number of values of each hyperparameter.")
    for count in counts:
        require.count("counts", count, 1)
    axes = [np.linspace(0, 1, count) if count > 1 else np.array([0.5]) for count in counts]
    return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, len(counts))


def random(n: int, d: int, rng: np.random.Generator) -> Array:
    """n points u drawn at random: (n, d).

    Raises:
        ValueError: n or d is below 1.
    """
    require.count("n", n, 1)
    require.count("d", d, 1)
    return rng.random((n, d))


def zoom(u: Array, cost: Array, best: int) -> tuple[Array, Array]:
    """From coarse to fine (由粗到精): the smallest region that holds the best few points.

    Args:
        u: (n, d). cost: (n,), the lower the better. best: how many points, from 1 to n.

    Returns:
        low and high, each (d,): draw the next u in ``linear(u, low, high)``.

    Raises:
        ValueError: a shape does not fit, or best is not from 1 to n.
    """
    require.shape("u", u, (None, None), "u = [u_1 ... u_d]")
    require.shape("cost", cost, (len(u),), f"cost of u {u.shape}")
    require.count("best", best, 1)
    require.between("best", best, 1, len(u))
    chosen = u[np.argsort(cost, kind="stable")[:best]]
    return chosen.min(axis=0), chosen.max(axis=0)
