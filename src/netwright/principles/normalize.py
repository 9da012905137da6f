"""Inputs of one size (归一化, notes 2.1.6): X_norm = (X - mu) / sigma, feature by feature.

mu and sigma are measured on the training set and on nothing else, and go with the network to every
later input: the dev set, the test set, the one photograph in use. Then the bowl of the cost is
round, and one rate suits all w_j.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from netwright.principles import require

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Scale:
    """mu and sigma of the training set, each (n_x, 1)."""

    mu: Array
    sigma: Array


def measure(X: Array) -> Scale:
    """mu = sum(X) / m and sigma = sqrt(sum((X - mu)^2) / m), over the columns of the training set.

    A feature that never varies gets sigma 1: it becomes 0 everywhere, and a later value that
    differs stays finite.

    Args:
        X: (n_x, m), m at least 1.

    Raises:
        ValueError: X has not two axes, or no example.
    """
    X = np.asarray(X, dtype=float)
    require.shape("X", X, (None, None), "mu = sum(X) / m")
    require.count("m", X.shape[1], 1)
    mu = X.mean(axis=1, keepdims=True)
    sigma = X.std(axis=1, keepdims=True)
    # the mean of equal numbers is off by rounding: sigma of 1e-17 is no variation either
    constant = sigma <= 1e-12 * np.abs(X).max(axis=1, keepdims=True)
    return Scale(mu=mu, sigma=np.where(constant, 1.0, sigma))


def forward(X: Array, scale: Scale) -> tuple[Array, Scale]:
    """(X - mu) / sigma; the scale is all that the way back needs.

    Raises:
        ValueError: X has not the rows that mu was measured on.
    """
    require.shape("X", X, (scale.mu.shape[0], None), f"(X - mu) / sigma with mu {scale.mu.shape}")
    return (X - scale.mu) / scale.sigma, scale


def backward(dX_norm: Array, scale: Scale) -> Array:
    """dX = dX_norm / sigma: mu and sigma are constants here (in batch norm they are not).

    Raises:
        ValueError: dX_norm has not the rows that sigma was measured on.
    """
    require.shape("dX_norm", dX_norm, (scale.sigma.shape[0], None), "dX = dX_norm / sigma")
    return dX_norm / scale.sigma


def undo(X_norm: Array, scale: Scale) -> Array:
    """X_norm * sigma + mu: the input again.

    Raises:
        ValueError: X_norm has not the rows that mu was measured on.
    """
    require.shape(
        "X_norm", X_norm, (scale.mu.shape[0], None), f"X_norm sigma + mu with mu {scale.mu.shape}"
    )
    return X_norm * scale.sigma + scale.mu
