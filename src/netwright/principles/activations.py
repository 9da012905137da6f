"""Activations (激活函数, notes 1.3.4, 1.3.5, 1.4.2): the bend A = g(Z) between layers, and g'(Z).

    sigmoid     a = 1 / (1 + e^-z)  g' = a (1 - a)
    tanh        a = tanh z          g' = 1 - a^2
    relu        a = max(0, z)       g' = 1 where z > 0, else 0
    leaky_relu  a = max(0.01 z, z)  g' = 1 where z > 0, else 0.01
    linear      a = z               g' = 1: layers collapse into one linear map (see dense)

The first two derivatives are written with a alone: whoever kept A from the forward pass has them
for a product. The bends of relu and leaky_relu at z = 0 have no derivative; like PyTorch we take
the one from the left.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from netwright.principles import require

Array = np.ndarray[Any, Any]

LEAK = 0.01  # the slope that leaky_relu keeps below zero, so that no unit dies


@dataclass(frozen=True)
class Activation:
    """One row of the table: A = forward(Z) and g' = derivative(Z, A), element by element."""

    forward: Callable[[Array], Array]
    derivative: Callable[[Array, Array], Array]


@dataclass(frozen=True)
class Cache:
    """What a forward pass keeps for its backward pass."""

    name: str
    Z: Array
    A: Array


def sigmoid(Z: Array) -> Array:
    """1 / (1 + e^-z), exact for any z: the exponential is only taken of -|z|, so none overflows."""
    e = np.exp(-np.abs(Z))
    # z >= 0: 1 / (1 + e^-z) as it stands; z < 0: numerator and denominator times e^z give e^z / (1
    # + e^z)
    return np.where(Z >= 0, 1.0, e) / (1.0 + e)


def _relu_slope(Z: Array, A: Array) -> Array:
    return np.where(Z > 0, 1.0, 0.0)


def _leaky_relu_slope(Z: Array, A: Array) -> Array:
    return np.where(Z > 0, 1.0, LEAK)


ACTIVATIONS: dict[str, Activation] = {
    # d/dz (1 + e^-z)^-1 = e^-z (1 + e^-z)^-2 = a (1 - a), since 1 - a = e^-z / (1 + e^-z)
    "sigmoid": Activation(sigmoid, lambda Z, A: A * (1.0 - A)),
    # tanh = sinh / cosh; the quotient rule gives (cosh^2 - sinh^2) / cosh^2 = 1 - tanh^2
    "tanh": Activation(np.tanh, lambda Z, A: 1.0 - A * A),
    "relu": Activation(lambda Z: np.maximum(Z, 0.0), _relu_slope),
    "leaky_relu": Activation(lambda Z: np.maximum(LEAK * Z, Z), _leaky_relu_slope),
    "linear": Activation(lambda Z: Z, lambda Z, A: np.ones_like(Z)),
}


def named(name: str) -> Activation:
    """The row of the table with this name.

    Raises:
        ValueError: there is none.
    """
    if name not in ACTIVATIONS:
        raise ValueError(f"no activation is called {name!r}: known are {', '.join(ACTIVATIONS)}.")
    return ACTIVATIONS[name]


def forward(Z: Array, name: str) -> tuple[Array, Cache]:
    """A = g(Z).

    Args:
        Z: any shape.
        name: sigmoid, tanh, relu, leaky_relu or linear.

    Raises:
        ValueError: no activation has that name.
    """
    Z = np.asarray(Z, dtype=float)
    A = named(name).forward(Z)
    return A, Cache(name=name, Z=Z, A=A)


def backward(dA: Array, cache: Cache) -> Array:
    """dZ = dA * g'(Z): g works on each number alone, so the chain rule is one product.

    Raises:
        ValueError: dA has not the shape of Z.
    """
    require.shape("dA", dA, cache.Z.shape, "dZ = dA * g'(Z)")
    return dA * named(cache.name).derivative(cache.Z, cache.A)
