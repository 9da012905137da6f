"""Residual blocks (残差块, notes 4.2.5, 4.2.6): a block learns what to add to its input.

    plain     A2 = relu(W2 relu(W1 A + b1) + b2)
    residual  A2 = relu(W2 relu(W1 A + b1) + b2 + A)  the shortcut (捷径) carries A past both layers

With W2 = 0 and b2 = 0 the residual block gives relu(A) = A (A itself came out of a relu): it is the
identity, for nothing. A plain block would have to learn that. So more blocks cannot make it worse
to begin with, and backward the shortcut hands dA on undiminished. Dense layers here, A (n, m), a
column per example (He et al. 2016).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from netwright.principles import require

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Block:
    """W1, W2 (n, n) and b1, b2 (n, 1); gradients have the same four letters."""

    W1: Array
    b1: Array
    W2: Array
    b2: Array


@dataclass(frozen=True)
class Cache:
    """What the forward pass keeps: A, A1, the signs of A2 as 0 and 1, block and shortcut."""

    A: Array
    A1: Array
    on: Array
    block: Block
    shortcut: bool


def draw(n: int, rng: np.random.Generator) -> Block:
    """W by sqrt(2 / n) for relu (notes 2.1.9), b = 0."""
    scale = np.sqrt(2 / n)
    return Block(
        W1=scale * rng.normal(size=(n, n)),
        b1=np.zeros((n, 1)),
        W2=scale * rng.normal(size=(n, n)),
        b2=np.zeros((n, 1)),
    )


def forward(A: Array, block: Block, *, shortcut: bool = True) -> tuple[Array, Cache]:
    """A2 = relu(W2 relu(W1 A + b1) + b2 + A), or without A for the plain block.

    Args:
        A: (n, m).

    Raises:
        ValueError: a shape does not fit.
    """
    require.shape("A", A, (None, None), "A2 = relu(W2 relu(W1 A + b1) + b2 + A)")
    n = A.shape[0]
    for name, W in (("W1", block.W1), ("W2", block.W2)):
        require.shape(name, W, (n, n), f"A2 = relu(W2 relu(W1 A + b1) + b2 + A) with A {A.shape}")
    for name, b in (("b1", block.b1), ("b2", block.b2)):
        require.shape(name, b, (n, 1), f"A2 = relu(W2 relu(W1 A + b1) + b2 + A) with A {A.shape}")
    A1 = np.maximum(block.W1 @ A + block.b1, 0)
    Z2 = block.W2 @ A1 + block.b2
    if shortcut:
        Z2 = Z2 + A
    return np.maximum(Z2, 0), Cache(
        A=A, A1=A1, on=(Z2 > 0).astype(A.dtype), block=block, shortcut=shortcut
    )


def backward(dA2: Array, cache: Cache) -> tuple[Array, Block]:
    """dA and the block's gradients, summed over the columns.

    A reaches Z2 twice, so its gradient has two terms: W1.T dZ1 through the layers and dZ2 along the
    shortcut.

    Raises:
        ValueError: dA2 has not the shape of A.
    """
    require.shape("dA2", dA2, cache.A.shape, "A2 = relu(Z2)")
    block = cache.block
    dZ2 = dA2 * cache.on
    dZ1 = (block.W2.T @ dZ2) * (cache.A1 > 0)
    gradients = Block(
        W1=dZ1 @ cache.A.T,
        b1=dZ1.sum(axis=1, keepdims=True),
        W2=dZ2 @ cache.A1.T,
        b2=dZ2.sum(axis=1, keepdims=True),
    )
    dA = block.W1.T @ dZ1
    return (dA + dZ2 if cache.shortcut else dA), gradients


def stack_forward(
    A: Array, blocks: Sequence[Block], *, shortcut: bool = True
) -> tuple[Array, list[Cache]]:
    """Block after block."""
    caches = []
    for block in blocks:
        A, cache = forward(A, block, shortcut=shortcut)
        caches.append(cache)
    return A, caches


def stack_backward(dA: Array, caches: Sequence[Cache]) -> tuple[Array, list[Block]]:
    """From the last block to the first; the gradients stand in the blocks' order."""
    gradients = []
    for cache in reversed(caches):
        dA, gradient = backward(dA, cache)
        gradients.append(gradient)
    return dA, gradients[::-1]
