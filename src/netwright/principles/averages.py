"""Exponentially weighted averages (指数加权平均, notes 2.2.3, 2.2.4): a memory of one number.

    v_0 = 0,   v_t = k v_(t-1) + (1 - k) x_t           written out:  v_t = (1 - k) sum_j k^(t-j) x_j
    the weights add up to 1 - k^t: v_t / (1 - k^t) is a true average from the first day (偏差修正)

k^n falls to 1/e at about n = 1 / (1 - k): the average reaches that many steps back. k = 0.9: ten
days.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from netwright.principles import require

Array = np.ndarray[Any, Any]


def weighted(x: Array, k: float, *, corrected: bool = True) -> Array:
    """v_1 ... v_T of a series.

    Args:
        x: (T,) or (T, ...), averaged along the first axis. k: in [0, 1). corrected: divided by 1 -
            k^t.

    Raises:
        ValueError: k is outside [0, 1), or x is a single number.
    """
    require.between("k", k, 0, 1, open_high=True)
    x = np.asarray(x, dtype=float)
    if x.ndim == 0:
        raise ValueError(f"x is the number {x}: v = k v + (1 - k) x expects a series.")
    v, series = np.zeros(x.shape[1:]), np.empty(x.shape)
    for t, x_t in enumerate(x):
        v = k * v + (1 - k) * x_t
        series[t] = v / (1 - k ** (t + 1)) if corrected else v
    return series


def weights(k: float, t: int) -> Array:
    """(1 - k) k^(t-j) for j = 1 ... t: what each day counts in v_t; they add up to 1 - k^t.

    Raises:
        ValueError: k is outside [0, 1), or t is below 1.
    """
    require.between("k", k, 0, 1, open_high=True)
    require.count("t", t, 1)
    ages = np.arange(t - 1, -1, -1)
    result: Array = (1 - k) * np.power(float(k), ages)
    return result


def length(k: float) -> float:
    """About how many steps v remembers: 1 / (1 - k).

    Raises:
        ValueError: k is outside [0, 1).
    """
    require.between("k", k, 0, 1, open_high=True)
    return 1 / (1 - k)
