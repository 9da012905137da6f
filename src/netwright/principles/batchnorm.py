"""Batch norm (批量归一化, notes 2.3.5-2.3.7): a layer's inputs at a mean and a spread it chooses.

    mu = mean of z,   sigma^2 = mean of (z - mu)^2  over the mini-batch, feature by feature
    z_norm = (z - mu) / sqrt(sigma^2 + eps)
    z~ = gamma z_norm + beta    gamma, beta are learned; b is not needed: mu takes it out

In use there is no mini-batch: mu and sigma^2 are then exponentially weighted averages kept while
training. Z is (n, m), a column per example; gamma and beta are (n, 1).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from netwright.principles import require

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Cache:
    """What the forward pass keeps.

    Z_norm (n, m); mu, sigma2 of the batch, gamma, and 1 / sqrt(sigma2 + eps), all (n, 1).
    """

    Z_norm: Array
    mu: Array
    sigma2: Array
    gamma: Array
    inverse: Array


@dataclass(frozen=True)
class Gradients:
    """dZ (n, m), dgamma and dbeta (n, 1)."""

    dZ: Array
    dgamma: Array
    dbeta: Array


@dataclass(frozen=True)
class Running:
    """The averages that use goes by: mu and sigma2, each (n, 1)."""

    mu: Array
    sigma2: Array


def _check(Z: Array, gamma: Array, beta: Array, eps: float) -> None:
    require.shape("Z", Z, (None, None), "z~ = gamma z_norm + beta")
    for name, letter in (("gamma", gamma), ("beta", beta)):
        require.shape(name, letter, (Z.shape[0], 1), f"z~ = gamma z_norm + beta with Z {Z.shape}")
    require.between("eps", eps, 0, np.inf, open_low=True)


def forward(Z: Array, gamma: Array, beta: Array, eps: float = 1e-5) -> tuple[Array, Cache]:
    """z~ from the mean and spread of this mini-batch: for training.

    Args:
        Z: (n, m), m at least 2 (of one example nothing but beta would be left). gamma, beta: (n,
            1). eps: above 0.

    Raises:
        ValueError: a shape does not fit, m is 1, or eps is not above 0.
    """
    _check(Z, gamma, beta, eps)
    require.count("m", Z.shape[1], 2)
    mu = Z.mean(axis=1, keepdims=True)  # (n, 1)
    Z_norm = Z - mu  # from here on in place: a new (n, m) array costs more time than the arithmetic
    sigma2 = np.vecdot(Z_norm, Z_norm)[:, None] / Z.shape[1]  # (n, 1), the mean of (z - mu)^2
    inverse = 1 / np.sqrt(sigma2 + eps)
    Z_norm *= inverse
    Z_tilde = gamma * Z_norm
    Z_tilde += beta
    return Z_tilde, Cache(Z_norm=Z_norm, mu=mu, sigma2=sigma2, gamma=gamma, inverse=inverse)


def backward(dZ_tilde: Array, cache: Cache) -> Gradients:
    """Through z~, z_norm, and the mu and sigma that z itself moves.

    With u = 1 / sqrt(sigma^2 + eps) and d = dz_norm = gamma dz~, three ways lead from z to the
    loss:
        directly        u d
        through mu      -u mean(d)                 every z shifts mu by 1/m
        through sigma   -u z_norm mean(d z_norm)   dsigma^2/dz = 2 (z - mu) / m,
                                                   du/dsigma^2 = -u^3 / 2
    and their sum is dz = u (d - mean(d) - z_norm mean(d z_norm)).

    Args:
        dZ_tilde: (n, m).

    Raises:
        ValueError: dZ_tilde has not the shape of Z.
    """
    require.shape("dZ_tilde", dZ_tilde, cache.Z_norm.shape, "z~ = gamma z_norm + beta")
    dgamma = np.vecdot(dZ_tilde, cache.Z_norm)[:, None]  # the sum of dz~ z_norm over the examples
    dbeta = dZ_tilde.sum(axis=1, keepdims=True)
    m = dZ_tilde.shape[1]
    # mean(d) = gamma dbeta / m and mean(d z_norm) = gamma dgamma / m: gamma and u come out in front
    dZ = cache.Z_norm * (dgamma / -m)
    dZ += dZ_tilde
    dZ -= dbeta / m
    dZ *= cache.gamma * cache.inverse
    return Gradients(dZ=dZ, dgamma=dgamma, dbeta=dbeta)


def start(n: int) -> Running:
    """mu = 0 and sigma^2 = 1 for n features: before the first mini-batch nothing is known."""
    return Running(mu=np.zeros((n, 1)), sigma2=np.ones((n, 1)))


def update(running: Running, cache: Cache, k: float = 0.9, *, unbiased: bool = False) -> Running:
    """mu := k mu + (1 - k) mu of the batch, and sigma^2 likewise (指数加权平均).

    Args:
        k: in [0, 1). unbiased: sigma^2 of the batch times m / (m - 1), as PyTorch keeps it (its
            momentum is 1 - k).

    Raises:
        ValueError: k is outside [0, 1), or the features differ.
    """
    require.between("k", k, 0, 1, open_high=True)
    require.shape("mu", running.mu, cache.mu.shape, "mu := k mu + (1 - k) mu of the batch")
    m = cache.Z_norm.shape[1]
    sigma2 = cache.sigma2 * (m / (m - 1)) if unbiased else cache.sigma2
    return Running(
        mu=k * running.mu + (1 - k) * cache.mu, sigma2=k * running.sigma2 + (1 - k) * sigma2
    )


def predict(Z: Array, gamma: Array, beta: Array, running: Running, eps: float = 1e-5) -> Array:
    """z~ from the running averages: one example at a time if need be; none depends on the others.

    Raises:
        ValueError: a shape does not fit, or eps is not above 0.
    """
    _check(Z, gamma, beta, eps)
    require.shape(
        "mu",
        running.mu,
        (Z.shape[0], 1),
        f"z_norm = (z - mu) / sqrt(sigma^2 + eps) with Z {Z.shape}",
    )
    result: Array = gamma * (Z - running.mu) / np.sqrt(running.sigma2 + eps) + beta
    return result
