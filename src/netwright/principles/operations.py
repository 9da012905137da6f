"""The operations of a computation graph (计算图, notes 1.2.5): a row each, value and derivatives.

An input gets d = dJ/d(out) times d(out)/d(input), element by element; only for a matrix product it
is another product.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from netwright.principles.activations import sigmoid

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Operation:
    """One row: the value from the inputs, and for each input d -> d * d(out)/d(input)."""

    forward: Callable[..., Array]
    backward: tuple[Callable[..., Array], ...]  # each (d, out, *inputs)


def _pow_base(d: Array, out: Array, a: Array, b: Array) -> Array:
    return d * np.where(b == 0, 0.0, b * a ** np.where(b == 0, 1.0, b - 1.0))


OPERATIONS: dict[str, Operation] = {
    "same": Operation(lambda a: a, (lambda d, out, a: d,)),
    "neg": Operation(lambda a: -a, (lambda d, out, a: -d,)),
    "+": Operation(lambda a, b: a + b, (lambda d, out, a, b: d, lambda d, out, a, b: d)),
    "-": Operation(lambda a, b: a - b, (lambda d, out, a, b: d, lambda d, out, a, b: -d)),
    "*": Operation(lambda a, b: a * b, (lambda d, out, a, b: d * b, lambda d, out, a, b: d * a)),
    "/": Operation(
        lambda a, b: a / b, (lambda d, out, a, b: d / b, lambda d, out, a, b: -d * out / b)
    ),
    # a^b = e^(b log a): by a it is b a^(b-1), by b it is a^b log a, which needs a > 0
    "**": Operation(lambda a, b: a**b, (_pow_base, lambda d, out, a, b: d * out * np.log(a))),
    # out_ij = sum_k a_ik b_kj: a_ik meets every b_kj of its row k
    "@": Operation(
        lambda a, b: a @ b, (lambda d, out, a, b: d @ b.T, lambda d, out, a, b: a.T @ d)
    ),
    "exp": Operation(np.exp, (lambda d, out, a: d * out,)),
    "log": Operation(np.log, (lambda d, out, a: d / a,)),
    "tanh": Operation(np.tanh, (lambda d, out, a: d * (1.0 - out * out),)),
    "sigmoid": Operation(sigmoid, (lambda d, out, a: d * out * (1.0 - out),)),
    "relu": Operation(lambda a: np.maximum(a, 0.0), (lambda d, out, a: d * (a > 0),)),
    "sum": Operation(lambda a: np.asarray(a.sum()), (lambda d, out, a: d * np.ones_like(a),)),
    # the larger one gets it all; equal ones get half each
    "max": Operation(
        np.maximum,
        (
            lambda d, out, a, b: d * ((a > b) + 0.5 * (a == b)),
            lambda d, out, a, b: d * ((b > a) + 0.5 * (a == b)),
        ),
    ),
}
