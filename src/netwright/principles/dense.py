"""L layers (深度神经网络, notes 1.4.1-1.4.4, 1.4.8): the same few lines in a loop over l.

    forward     Z[l] = W[l] A[l-1] + b[l]      A[l] = g[l](Z[l])                    A[0] = X
    backward    dZ[l] = dA[l] * g[l]'(Z[l])    dW[l] = dZ[l] A[l-1].T / m
                dA[l-1] = W[l].T dZ[l]         db[l] = rowsum(dZ[l]) / m

W[l] is (n[l], n[l-1]), b[l] (n[l], 1), Z[l] and A[l] (n[l], m). dZ and dA belong to each example's loss, dW and db to
the cost, their mean. The backward pass begins at dZ[L], where loss and last activation meet in A - Y.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from netwright.principles import activations, losses, regularize, require

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class LayerCache:
    """What layer l keeps: its input A[l-1], its W[l], Z[l] and A[l], and which units dropped out."""

    A_prev: Array
    W: Array
    activation: activations.Cache
    mask: regularize.Mask | None


@dataclass(frozen=True)
class Cache:
    """What every layer keeps, the first layer first, and Z = Z[L], from which the loss is computed without overflow."""

    layers: tuple[LayerCache, ...]
    Z: Array


def check(X: Array, parameters: Mapping[str, Array], names: Sequence[str]) -> None:
    """Every W[l] and b[l] is there and fits its neighbours (核对矩阵的维度).

    Raises:
        ValueError: one does not; the sentence names the layer, the shape it has and the shape expected.
    """
    require.shape("X", X, (None, None), "A[0] = X")
    if not names:
        raise ValueError("a network needs at least one layer, and no activation is named.")
    n_prev = X.shape[0]
    for layer in range(1, len(names) + 1):
        formula = f"Z[{layer}] = W[{layer}] A[{layer - 1}] + b[{layer}] with n[{layer - 1}] = {n_prev}"
        for letter in "Wb":
            if f"{letter}[{layer}]" not in parameters:
                raise ValueError(f"{letter}[{layer}] is missing: {len(names)} activations make {len(names)} layers.")
        W = parameters[f"W[{layer}]"]
        require.shape(f"W[{layer}]", W, (None, n_prev), formula)
        require.shape(f"b[{layer}]", parameters[f"b[{layer}]"], (W.shape[0], 1), formula)
        n_prev = W.shape[0]
    if f"W[{len(names) + 1}]" in parameters:
        raise ValueError(f"W[{len(names) + 1}] has no activation: {len(names)} are named.")


def forward(X: Array, parameters: Mapping[str, Array], names: Sequence[str], *, keep_prob: Sequence[float] | None = None, rng: np.random.Generator | None = None) -> tuple[Array, Cache]:  # fmt: skip
    """A[L], the answer for every column.

    Args:
        X: (n[0], m).
        parameters: W[l] and b[l] by name, l = 1..L.
        names: the activation of each layer, L of them.
        keep_prob: for dropout in training: the chance of a unit to stay, for each of the L - 1 hidden layers.
        rng: what dropout draws from; needed with keep_prob.

    Returns:
        A[L] (n[L], m) and what the backward pass needs.

    Raises:
        ValueError: a shape does not fit, an activation is unknown, or keep_prob does not fit the layers.
    """
    check(X, parameters, names)
    keep = [1.0] * len(names)
    if keep_prob is not None:
        if len(keep_prob) != len(names) - 1 or rng is None:
            raise ValueError(f"dropout expects {len(names) - 1} keep_prob and an rng, and got {list(keep_prob)} and {rng}.")  # fmt: skip
        keep = [*keep_prob, 1.0]
    A, layers = X, []
    for layer, (name, kept) in enumerate(zip(names, keep, strict=True), start=1):
        A_prev, W, b = A, parameters[f"W[{layer}]"], parameters[f"b[{layer}]"]
        A, activation = activations.forward(W @ A_prev + b, name)  # (n[l], n[l-1]) (n[l-1], m) -> (n[l], m)
        mask = None
        if kept != 1.0 and rng is not None:
            A, mask = regularize.dropout_forward(A, kept, rng)
        layers.append(LayerCache(A_prev=A_prev, W=W, activation=activation, mask=mask))
    return A, Cache(layers=tuple(layers), Z=layers[-1].activation.Z)


def backward(dZ: Array, cache: Cache) -> tuple[dict[str, Array], Array]:
    """dW[l] and db[l] of every layer, each under its parameter's name, and dX.

    Args:
        dZ: dZ[L] (n[L], m), each example's own: A - Y for sigmoid and cross-entropy.

    Returns:
        The derivatives of J by name, and dA[0] (n[0], m), each example's own.

    Raises:
        ValueError: dZ has not the shape of Z[L].
    """
    L = len(cache.layers)
    require.shape(f"dZ[{L}]", dZ, cache.Z.shape, f"dW[{L}] = dZ[{L}] A[{L - 1}].T / m")
    m = dZ.shape[1]
    gradients: dict[str, Array] = {}
    for layer in range(L, 0, -1):
        kept = cache.layers[layer - 1]
        gradients[f"W[{layer}]"] = dZ @ kept.A_prev.T / m  # (n[l], m) (m, n[l-1]): the product sums over examples
        gradients[f"b[{layer}]"] = dZ.sum(axis=1, keepdims=True) / m  # b[l] stands in every column
        dA = kept.W.T @ dZ  # (n[l-1], n[l]) (n[l], m) -> (n[l-1], m)
        if layer > 1:
            below = cache.layers[layer - 2]
            if below.mask is not None:
                dA = regularize.dropout_backward(dA, below.mask)
            dZ = activations.backward(dA, below.activation)
    return gradients, dA


def collapse(parameters: Mapping[str, Array]) -> tuple[Array, Array]:
    """(W, b) of the one linear map that layers without activation are (notes 1.3.4).

    W2 (W1 X + b1) + b2 = (W2 W1) X + (W2 b1 + b2), and so on: depth adds nothing.

    Args:
        parameters: W[l] and b[l] by name.
    """
    W, b = parameters["W[1]"], parameters["b[1]"]
    for layer in range(2, 1 + sum(name.startswith("W") for name in parameters)):
        W_next, b_next = parameters[f"W[{layer}]"], parameters[f"b[{layer}]"]
        W, b = W_next @ W, W_next @ b + b_next
    return W, b


def train(X: Array, Y: Array, parameters: Mapping[str, Array], names: Sequence[str], *, rate: float, steps: int, lam: float = 0.0, keep_prob: Sequence[float] | None = None, rng: np.random.Generator | None = None) -> tuple[dict[str, Array], list[float]]:  # fmt: skip
    """Gradient descent on binary cross-entropy with an L2 tail, with dropout if keep_prob is given.

    J is watched with dropout off: with it on, each step has another network, and J would not fall evenly.

    Args:
        X: (n[0], m). Y: (n[L], m), 0 or 1.
        parameters: where to begin; left as they are.
        names: the activation of each layer; the last is sigmoid.
        rate: above 0. steps: 0 or more. lam: lambda of L2, 0 or more.

    Returns:
        The parameters after the last step, and J (with its tail) before each step.

    Raises:
        ValueError: a shape does not fit, or a setting is out of range.
    """
    require.between("rate", rate, 0.0, np.inf, open_low=True, open_high=True)
    require.between("steps", steps, 0, np.inf)
    if list(names)[-1:] != ["sigmoid"]:
        raise ValueError(f"the last activation is {list(names)[-1:]}: binary cross-entropy expects sigmoid.")
    now, J, m = dict(parameters), [], X.shape[1]
    for _ in range(steps):
        _, whole = forward(X, now, names)
        J.append(losses.cost(losses.binary_forward(whole.Z, Y)[0]) + regularize.l2_cost(now, lam, m))
        cache = whole if keep_prob is None else forward(X, now, names, keep_prob=keep_prob, rng=rng)[1]
        dZ = losses.binary_backward(1.0, losses.binary_forward(cache.Z, Y)[1])
        gradients, _ = backward(dZ, cache)
        for name, tail in regularize.l2_gradients(now, lam, m).items():
            gradients[name] = gradients[name] + tail
        now = {name: value - rate * gradients[name] for name, value in now.items()}
    return now, J
