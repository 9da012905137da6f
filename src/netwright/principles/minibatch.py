"""Mini-batches (小批量梯度下降, notes 2.2.1, 2.2.2, 2.2.10): a step after a few examples, not all.

One pass over all m examples is an epoch, one step an iteration: an epoch has ceil(m / size)
iterations.

    size = m   batch gradient descent: the surest steps, the slowest start
    size = 1   stochastic gradient descent: noisy steps, and nothing left to vectorize
    between    both: 64 to 512, a power of two; below 2,000 examples take them all
"""

from __future__ import annotations

from typing import Any

import numpy as np

from netwright.principles import require

Array = np.ndarray[Any, Any]


def default_size(m: int) -> int:
    """All of them below 2,000 examples, else 64.

    Raises:
        ValueError: m is below 1.
    """
    require.count("m", m, 1)
    return m if m < 2000 else 64


def partition(m: int, size: int, rng: np.random.Generator) -> list[Array]:
    """The numbers 0 ... m - 1, shuffled and cut: each once; the last part may be smaller.

    Args:
        m: examples, from 1. size: examples a mini-batch, from 1. rng: a new shuffle at each call.

    Raises:
        ValueError: m or size is below 1, or not a whole number.
    """
    require.count("m", m, 1)
    require.count("size", size, 1)
    order = rng.permutation(m)
    return [order[first : first + size] for first in range(0, m, size)]


def batches(X: Array, Y: Array, size: int, rng: np.random.Generator) -> list[tuple[Array, Array]]:
    """(X{t}, Y{t}) for one epoch: the same columns of both.

    Args:
        X: (n_x, m). Y: (n_y, m). size: columns a mini-batch.

    Raises:
        ValueError: X and Y have different numbers of columns, or size is below 1.
    """
    require.shape("X", X, (None, None), "X = [X{1} ... X{T}]")
    require.shape("Y", Y, (None, X.shape[1]), f"Y = [Y{{1}} ... Y{{T}}] with X {X.shape}")
    return [(X[:, part], Y[:, part]) for part in partition(X.shape[1], size, rng)]
