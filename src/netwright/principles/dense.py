"""L layers (深度神经网络, notes 1.4.1-1.4.4, 1.4.8): the same few lines in a loop over l.

    forward     Z[l] = W[l] A[l-1] + b[l]      A[l] = g[l](Z[l])                    A[0] = X
    backward    dZ[l] = dA[l] * g[l]'(Z[l])    dW[l] = dZ[l] A[l-1].T / m
                dA[l-1] = W[l].T dZ[l]         db[l] = rowsum(dZ[l]) / m

W[l] is (n[l], n[l-1]), b[l] (n[l], 1), Z[l] and A[l] (n[l], m). dZ and dA belong to each example's
loss, dW and db to the cost, their mean. The backward pass begins at dZ[L], where loss and last
activation meet in A - Y (``cost``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from netwright.principles import activations, losses, regularize, require, softmax

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class LayerCache:
    """What layer l keeps: A[l-1], W[l], Z[l], A[l], and which units dropped out."""

    A_prev: Array
    W: Array
    activation: activations.Cache
    mask: regularize.Mask | None


@dataclass(frozen=True)
class Cache:
    """What every layer keeps, the first one first, and Z = Z[L], from which the loss comes."""

    layers: tuple[LayerCache, ...]
    Z: Array


def check(X: Array, parameters: Mapping[str, Array], names: Sequence[str]) -> None:
    """Every W[l] and b[l] is there and fits its neighbours (核对矩阵的维度).

    Raises:
        ValueError: one does not; the sentence names the layer, the shape it has and the shape
            expected.
    """
    require.shape("X", X, (None, None), "A[0] = X")
    if not names:
        raise ValueError("a network needs at least one layer, and no activation is named.")
    if "softmax" in names[:-1]:
        raise ValueError(
            f"softmax is named for layer {names.index('softmax') + 1} of {len(names)}: it expects"
            " to be the last."
        )
    _check_parameters(parameters, len(names), X.shape[0])


def _check_parameters(parameters: Mapping[str, Array], L: int, n_prev: int | None) -> None:
    """n_prev: n[0], or None for any."""
    expected = [f"{letter}[{layer}]" for layer in range(1, L + 1) for letter in "Wb"]
    if missing := [name for name in expected if name not in parameters]:
        raise ValueError(f"{missing[0]} is missing: expected W[l] and b[l] for l = 1 to {L}.")
    if extra := [name for name in parameters if name not in expected]:
        raise ValueError(
            f"{extra[0]} belongs to no layer: expected W[l] and b[l] for l = 1 to {L}."
        )
    for layer in range(1, L + 1):
        formula = f"Z[{layer}] = W[{layer}] A[{layer - 1}] + b[{layer}]"
        if n_prev is not None:
            formula += f" with n[{layer - 1}] = {n_prev}"
        W = parameters[f"W[{layer}]"]
        require.shape(f"W[{layer}]", W, (None, n_prev), formula)
        require.shape(f"b[{layer}]", parameters[f"b[{layer}]"], (W.shape[0], 1), formula)
        n_prev = W.shape[0]


def forward(
    X: Array,
    parameters: Mapping[str, Array],
    names: Sequence[str],
    *,
    keep_prob: Sequence[float] | None = None,
    rng: np.random.Generator | None = None,
) -> tuple[Array, Cache]:
    """A[L], the answer for every column.

    Args:
        X: (n[0], m).
        parameters: W[l] and b[l] by name, l = 1..L.
        names: the activation of each layer, L of them; the last may be softmax.
        keep_prob: for dropout in training: the probability that a unit stays, for each of the L - 1
            hidden layers.
        rng: what dropout draws from; needed with keep_prob.

    Returns:
        A[L] (n[L], m) and what the backward pass needs.

    Raises:
        ValueError: a shape does not fit, an activation is unknown, or keep_prob does not fit the
            layers.
    """
    check(X, parameters, names)
    keep = [1.0] * len(names)
    if keep_prob is not None:
        if len(keep_prob) != len(names) - 1:
            raise ValueError(
                f"keep_prob is {list(keep_prob)}: expected {len(names) - 1}, one for each hidden"
                " layer."
            )
        if rng is None:
            raise ValueError("dropout draws at random: keep_prob is given, and rng is not.")
        keep = [*keep_prob, 1.0]
    A, layers = X, []
    for layer, (name, kept) in enumerate(zip(names, keep, strict=True), start=1):
        A_prev, W, b = A, parameters[f"W[{layer}]"], parameters[f"b[{layer}]"]
        A, activation = _activated(W @ A_prev + b, name)  # (n[l], n[l-1]) (n[l-1], m) -> (n[l], m)
        mask = None
        if rng is not None and kept != 1.0:
            A, mask = regularize.dropout_forward(A, kept, rng)
        layers.append(LayerCache(A_prev=A_prev, W=W, activation=activation, mask=mask))
    return A, Cache(layers=tuple(layers), Z=layers[-1].activation.Z)


def _activated(Z: Array, name: str) -> tuple[Array, activations.Cache]:
    """g(Z); softmax mixes the rows, has no slope for each number: its loss hands back dZ[L]."""
    if name != "softmax":
        return activations.forward(Z, name)
    A, _ = softmax.forward(Z)
    return A, activations.Cache(name=name, Z=Z, A=A)


def cost(Z: Array, Y: Array, name: str) -> tuple[float, Array]:
    """J and dZ[L], where the last activation meets its loss: for all three pairs dZ[L] = A[L] - Y.

        sigmoid   binary cross-entropy         each row of Y is a yes or no
        softmax   multi-class cross-entropy    each column of Y is one-hot
        linear    squared error, halved        Y holds any numbers (regression)

    Args:
        Z: Z[L] (n[L], m). Y: (n[L], m). name: the last activation.

    Raises:
        ValueError: no loss belongs to the activation, a shape does not fit, or Y holds what it
            should not.
    """
    match name:
        case "sigmoid":
            L, kept = losses.binary_forward(Z, Y)
            dZ = losses.binary_backward(1.0, kept)
        case "softmax":
            found = softmax.cross_entropy(Z, Y)
            L, dZ = found.L, found.dZ
        case "linear":
            L, kept = losses.squared_forward(Z, Y)
            dZ = losses.squared_backward(1.0, kept)
        case _:
            raise ValueError(
                f"the last activation is {name!r}: expected sigmoid, softmax or linear, which have"
                " a loss."
            )
    return losses.cost(L), dZ


def backward(dZ: Array, cache: Cache) -> tuple[dict[str, Array], Array]:
    """dW[l] and db[l] of every layer, each under its parameter's name, and dX.

    Args:
        dZ: dZ[L] (n[L], m), each example's own, from ``cost``.

    Returns:
        The derivatives of J by name, and dA[0] (n[0], m), each example's own.

    Raises:
        ValueError: dZ has not the shape of Z[L], or there is no example.
    """
    L = len(cache.layers)
    require.shape(f"dZ[{L}]", dZ, cache.Z.shape, f"dW[{L}] = dZ[{L}] A[{L - 1}].T / m")
    m = dZ.shape[1]
    require.count("m", m, 1)
    gradients: dict[str, Array] = {}
    for layer in range(L, 0, -1):
        kept = cache.layers[layer - 1]
        # (n[l], m) (m, n[l-1]): the product sums over examples
        gradients[f"W[{layer}]"] = dZ @ kept.A_prev.T / m
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
        parameters: W[l] and b[l] by name, at least one layer.

    Raises:
        ValueError: a W[l] or b[l] is missing, or has a shape that does not fit.
    """
    L = max(1, sum(name.startswith("W[") for name in parameters))
    _check_parameters(parameters, L, None)
    W, b = parameters["W[1]"], parameters["b[1]"]
    for layer in range(2, L + 1):
        W_next, b_next = parameters[f"W[{layer}]"], parameters[f"b[{layer}]"]
        W, b = W_next @ W, W_next @ b + b_next
    return W, b


def train(
    X: Array,
    Y: Array,
    parameters: Mapping[str, Array],
    names: Sequence[str],
    *,
    rate: float,
    steps: int,
    lam: float = 0.0,
    penalty: str = "L2",
    keep_prob: Sequence[float] | None = None,
    rng: np.random.Generator | None = None,
) -> tuple[dict[str, Array], list[float]]:
    """Gradient descent on loss and penalty, with dropout if keep_prob is given.

    J is watched with dropout off: with it on, each step has another network, and J would not fall
    evenly.

    Args:
        X: (n[0], m). Y: (n[L], m), as ``cost`` asks for.
        parameters: where to begin; left as they are.
        names: the activation of each layer; the last is sigmoid, softmax or linear.
        rate: above 0. steps: 0 or more. lam: lambda, 0 or more. penalty: L2 or L1.

    Returns:
        The parameters after the last step, and J (with its penalty) before each step.

    Raises:
        ValueError: a shape does not fit, or a setting is out of range.
    """
    require.between("rate", rate, 0.0, np.inf, open_low=True, open_high=True)
    require.count("steps", steps, 0)
    check(X, parameters, names)
    term, now, J, m = regularize.penalty(penalty), dict(parameters), [], X.shape[1]
    for _ in range(steps):
        _, cache = forward(X, now, names)
        J_data, dZ = cost(cache.Z, Y, names[-1])
        J.append(J_data + term.cost(now, lam, m))
        if keep_prob is not None:
            _, cache = forward(X, now, names, keep_prob=keep_prob, rng=rng)
            _, dZ = cost(cache.Z, Y, names[-1])
        gradients, _ = backward(dZ, cache)
        for name, d in term.gradients(now, lam, m).items():
            gradients[name] = gradients[name] + d
        now = {name: value - rate * gradients[name] for name, value in now.items()}
    return now, J
