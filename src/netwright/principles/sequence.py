"""Cells in use (notes 5.1.12, 5.1.13): both ways (双向循环神经网络), stacked (深度循环神经网络).

    both ways    A> reads t = 1..T, A< reads t = T..1;   a<t> = [a>t, a<t] knows past and future
    stacked      layer l reads the A of layer l - 1

Any of the three cells will do: ``CELLS``. Both constructions only lay the pieces of an array
another way, so their backward pass lays the gradient's pieces back. Weights are named Wa[1] for
layer 1; both ways, Wa>[1] and Wa<[1].

Sequences of unequal length are padded behind their ends to one T, and their lengths given: the way
back then begins at each one's last step, and a<t> behind it is 0.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from netwright.principles import gru, lstm, require, rnn
from netwright.principles.recurrent import Gradients, Weights

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Cell:
    """The functions of a cell, and how many arrays it hands on (2 for LSTM: a and c)."""

    initialize: Callable[[int, int, np.random.Generator], dict[str, Array]]
    forward: Callable[[Array, Weights], tuple[Array, Any]]
    backward: Callable[[Array, Any], Gradients]
    step: Callable[[tuple[Array, ...], Array, Weights], tuple[Array, ...]]
    states: int = 1


CELLS: dict[str, Cell] = {
    "RNN": Cell(
        rnn.initialize, rnn.forward, rnn.backward, lambda state, x, w: (rnn.step(state[0], x, w),)
    ),
    "GRU": Cell(
        gru.initialize, gru.forward, gru.backward, lambda state, x, w: (gru.step(state[0], x, w),)
    ),
    "LSTM": Cell(
        lstm.initialize,
        lstm.forward,
        lstm.backward,
        lambda state, x, w: lstm.step(state[0], state[1], x, w),
        2,
    ),
}


@dataclass(frozen=True)
class Cache:
    """What every layer keeps for each way it reads, the first layer first, the shape of A, and the
    lengths (m,) of the sequences.
    """

    layers: tuple[tuple[Any, ...], ...]
    cell: Cell
    shape: tuple[int, ...]
    lengths: Array


def _ways(both_ways: bool) -> tuple[str, ...]:
    return (">", "<") if both_ways else ("",)


def initialize(
    cell: Cell,
    n_a: int,
    n_x: int,
    rng: np.random.Generator,
    *,
    layers: int = 1,
    both_ways: bool = False,
) -> dict[str, Array]:
    """The weights of all layers; from layer 2 on, n_x is the n_a below, or 2 n_a both ways.

    Raises:
        ValueError: layers, n_a or n_x is below 1.
    """
    require.between("layers", layers, 1, np.inf)
    weights: dict[str, Array] = {}
    for layer in range(1, layers + 1):
        for way in _ways(both_ways):
            drawn = cell.initialize(n_a, n_x, rng)
            weights |= {f"{name}{way}[{layer}]": value for name, value in drawn.items()}
        n_x = n_a * len(_ways(both_ways))
    return weights


def _part(weights: Weights, way: str, layer: int) -> dict[str, Array]:
    end = f"{way}[{layer}]"
    return {
        name.removesuffix(end): value
        for name, value in weights.items()
        if name.endswith(end) and name.removesuffix(end).isalnum()
    }


def known(lengths: Array, T: int) -> Array:
    """(T, 1, m): whether step t is one of a sequence of these lengths (m,), or behind its end."""
    result: Array = (np.arange(T)[:, None] < lengths)[:, None]
    return result


def turned(A: Array, lengths: Array) -> Array:
    """Each sequence of A (T, n, m) from its last step to its first; what pads it stays behind it.

    Turned twice, it is as it was, and so is a gradient.
    """
    t = np.arange(len(A))[:, None]
    source = np.where(t < lengths, lengths - 1 - t, t)  # (T, m)
    return np.take_along_axis(A, source[:, None], axis=0)


def forward(
    X: Array,
    weights: Weights,
    cell: Cell,
    *,
    layers: int = 1,
    both_ways: bool = False,
    lengths: Array | None = None,
) -> tuple[Array, Cache]:
    """A of the top layer: (T, n_a, m), or (T, 2 n_a, m) both ways, A> above A<.

    Args:
        X: (T, n_x, m). weights: as from ``initialize``. layers: from 1. lengths: (m,), from 0 to T,
            of sequences that are padded; all have T steps where left out.

    Raises:
        ValueError: a shape does not fit, a weight is missing, or layers is below 1.
    """
    require.between("layers", layers, 1, np.inf)
    T, m = len(X), X.shape[-1]
    lengths = np.full(m, T) if lengths is None else lengths
    require.shape("lengths", lengths, (m,), "m sequences")
    for length in lengths:
        require.between("lengths", length, 0, T)
    A, kept = X, []
    for layer in range(1, layers + 1):
        outputs, caches = [], []
        for way in _ways(both_ways):
            seen = turned(A, lengths) if way == "<" else A
            output, cache = cell.forward(seen, _part(weights, way, layer))
            # back into the order of time
            outputs.append(turned(output, lengths) if way == "<" else output)
            caches.append(cache)
        A = np.concatenate(outputs, axis=1) * known(lengths, T)  # (T, n_a, m), or (T, 2 n_a, m)
        kept.append(tuple(caches))
    return A, Cache(layers=tuple(kept), cell=cell, shape=A.shape, lengths=lengths)


def backward(dA: Array, cache: Cache) -> tuple[Array, dict[str, Array]]:
    """dX like X, and the gradients by the names of the weights.

    Args:
        dA: like A of ``forward``.

    Raises:
        ValueError: dA has not the shape of A.
    """
    require.shape(
        "dA",
        dA,
        cache.shape,
        "a<t> = [a>t, a<t]" if len(cache.layers[0]) == 2 else "A of the top layer",
    )
    gradients: dict[str, Array] = {}
    lengths = cache.lengths
    for layer in range(len(cache.layers), 0, -1):
        caches = cache.layers[layer - 1]
        dA = dA * known(lengths, len(dA))  # behind an end there is a 0, whatever the weights
        below = []
        for way, part, kept in zip(
            _ways(len(caches) == 2), np.split(dA, len(caches), axis=1), caches, strict=True
        ):
            found = cache.cell.backward(turned(part, lengths) if way == "<" else part, kept)
            gradients |= {f"{name}{way}[{layer}]": value for name, value in found.weights.items()}
            below.append(turned(found.dX, lengths) if way == "<" else found.dX)
        dA = np.sum(below, axis=0)  # both ways read the same input: the gradients add up
    return dA, gradients


def gradient_by_distance(X: Array, weights: Weights, cell: Cell, rng: np.random.Generator) -> Array:
    """||dx<T-k>|| / ||dx<T>|| for k = 0..T-1: what the output learns from k steps back (5.1.9).

    Args:
        X: (T, n_x, m). weights: of one cell (not of layers). rng: draws the gradient of a<T>.

    Raises:
        ValueError: a shape does not fit, or no gradient comes out at all.
    """
    A, cache = cell.forward(X, weights)
    dA = np.zeros_like(A)
    dA[-1] = rng.normal(size=A[-1].shape)
    sizes = np.linalg.norm(cell.backward(dA, cache).dX, axis=(1, 2))[::-1]
    if sizes[0] == 0:
        raise ValueError("dx<T> is 0: expected weights with which x<T> changes a<T>.")
    result: Array = sizes / sizes[0]
    return result


def zeros(cell: Cell, n_a: int, m: int) -> tuple[Array, ...]:
    """The state before the first step of ``cell.step``: a<0>, and c<0> for LSTM."""
    return tuple(np.zeros((n_a, m)) for _ in range(cell.states))
