"""One hidden layer (浅层神经网络; notes 1.3.1-1.3.3, 1.3.7), every line of both passes written out.

    forward  Z1 = W1 X + b1   A1 = g(Z1)        backward  dZ2 = A2 - Y
             Z2 = W2 A1 + b2  A2 = sigmoid(Z2)            dW2 = dZ2 A1.T / m   db2 = rowsum(dZ2) / m
                                                          dZ1 = W2.T dZ2 * g'(Z1)
                                                          dW1 = dZ1 X.T / m    db1 = rowsum(dZ1) / m

dZ is the derivative of one example's loss, a column per example; dividing by m when examples are
summed makes dW and db the derivatives of the cost J. Parameters carry the names W[1], b[1], W[2],
b[2]. For any depth see dense.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from netwright.principles import activations, losses, require

Array = np.ndarray[Any, Any]

NAMES = ("W[1]", "b[1]", "W[2]", "b[2]")


@dataclass(frozen=True)
class Cache:
    """What the forward pass keeps; hidden holds Z1 and A1."""

    X: Array
    W2: Array
    hidden: activations.Cache
    Z2: Array
    A2: Array


def check(X: Array, parameters: Mapping[str, Array]) -> None:
    """Every shape fits its neighbours (核对矩阵的维度).

    Raises:
        ValueError: one does not, or is not there; the sentence names it.
    """
    require.shape("X", X, (None, None), "X = [x(1) ... x(m)]")
    if missing := [name for name in NAMES if name not in parameters]:
        raise ValueError(f"{missing[0]} is missing: one hidden layer has {', '.join(NAMES)}.")
    W1, b1, W2, b2 = (parameters[name] for name in NAMES)
    require.shape("W[1]", W1, (None, X.shape[0]), f"Z[1] = W[1] X + b[1] with X {X.shape}")
    n_1 = W1.shape[0]
    require.shape("b[1]", b1, (n_1, 1), f"Z[1] = W[1] X + b[1] with W[1] {W1.shape}")
    require.shape("W[2]", W2, (1, n_1), f"Z[2] = W[2] A[1] + b[2] with {n_1} hidden units")
    require.shape("b[2]", b2, (1, 1), "Z[2] = W[2] A[1] + b[2]")


def forward(
    X: Array, parameters: Mapping[str, Array], activation: str = "tanh"
) -> tuple[Array, Cache]:
    """A2, the answer for every column.

    Args:
        X: (n_x, m).
        parameters: W[1] (n_1, n_x), b[1] (n_1, 1), W[2] (1, n_1), b[2] (1, 1).
        activation: g of the hidden layer.

    Returns:
        A2 (1, m), within [0, 1].

    Raises:
        ValueError: a shape does not fit, or no activation has that name.
    """
    check(X, parameters)
    W1, b1, W2, b2 = (parameters[name] for name in NAMES)
    Z1 = W1 @ X + b1  # (n_1, n_x) (n_x, m) -> (n_1, m); b1 is added to every column
    A1, hidden = activations.forward(Z1, activation)
    Z2 = W2 @ A1 + b2  # (1, n_1) (n_1, m) -> (1, m)
    A2 = activations.sigmoid(Z2)
    return A2, Cache(X=X, W2=W2, hidden=hidden, Z2=Z2, A2=A2)


def backward(Y: Array, cache: Cache) -> dict[str, Array]:
    """dW and db of both layers, each under its parameter's name.

    Args:
        Y: (1, m), 0 or 1.

    Raises:
        ValueError: Y has not the shape of A2, a label is neither 0 nor 1, or there is no example.
    """
    _, kept = losses.binary_forward(cache.Z2, Y)
    m = cache.X.shape[1]
    require.count("m", m, 1)
    dZ2 = losses.binary_backward(1.0, kept)  # A2 - Y (1, m)
    dW2 = dZ2 @ cache.hidden.A.T / m  # (1, m) (m, n_1) -> (1, n_1)
    db2 = dZ2.sum(axis=1, keepdims=True) / m
    # z2 = sum_j w2_j a1_j: each unit is to blame by its weight. (n_1, 1) (1, m) -> (n_1, m)
    dA1 = cache.W2.T @ dZ2
    dZ1 = activations.backward(dA1, cache.hidden)  # dA1 * g'(Z1)
    dW1 = dZ1 @ cache.X.T / m  # (n_1, m) (m, n_x) -> (n_1, n_x)
    db1 = dZ1.sum(axis=1, keepdims=True) / m
    return {"W[1]": dW1, "b[1]": db1, "W[2]": dW2, "b[2]": db2}


def train(
    X: Array,
    Y: Array,
    parameters: Mapping[str, Array],
    *,
    rate: float,
    steps: int,
    activation: str = "tanh",
) -> tuple[dict[str, Array], list[float]]:
    """Gradient descent: each parameter minus rate times its derivative, steps times.

    Args:
        X: (n_x, m). Y: (1, m), 0 or 1.
        parameters: where to begin; left as they are.
        rate: above 0.
        steps: 0 or more.

    Returns:
        The parameters after the last step, and J before each step.

    Raises:
        ValueError: a shape does not fit, a label is neither 0 nor 1, or rate or steps is out of
            range.
    """
    require.between("rate", rate, 0.0, np.inf, open_low=True, open_high=True)
    require.count("steps", steps, 0)
    now, J = dict(parameters), []
    for _ in range(steps):
        _, cache = forward(X, now, activation)
        gradients = backward(Y, cache)
        J.append(losses.cost(losses.binary_forward(cache.Z2, Y)[0]))
        now = {name: value - rate * gradients[name] for name, value in now.items()}
    return now, J
