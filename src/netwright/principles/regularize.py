"""Against learning by heart (正则化, notes 2.1.3, 2.1.4): a penalty (L2, L1), or dropout (失活).

    L2       J + lambda/(2m) sum_l ||W[l]||_F^2  dW[l] += lambda/m W[l]  (权重衰减, weight decay)
    L1       J + lambda/(2m) sum_l sum |W[l]|    dW[l] += lambda/(2m) sign(W[l])
    dropout  D = rand < keep_prob,  A := A * D / keep_prob,  dA := dA * D / keep_prob

Biases are left alone. Dropout is off at prediction; the division keeps the mean of A what it is
then ("inverted").
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from netwright.principles import require

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Mask:
    """Which units stayed: D of zeros and ones, shaped as A; each stays with keep_prob."""

    D: Array
    keep_prob: float


def _check(lam: float, m: int) -> None:
    require.between("lambda", lam, 0.0, np.inf, open_high=True)
    require.count("m", m, 1)


def _weights(parameters: Mapping[str, Array]) -> dict[str, Array]:
    return {name: W for name, W in parameters.items() if name.startswith("W")}


def l2_cost(parameters: Mapping[str, Array], lam: float, m: int) -> float:
    """lambda/(2m) sum_l ||W[l]||_F^2: the sum of all squared weights.

    Args:
        parameters: W[l] and b[l] by name; names that begin with W are weights.
        lam: lambda, 0 or more.
        m: examples, 1 or more.

    Raises:
        ValueError: lambda is below 0 or m below 1.
    """
    _check(lam, m)
    return lam / (2 * m) * sum(float((W * W).sum()) for W in _weights(parameters).values())


def l2_gradients(parameters: Mapping[str, Array], lam: float, m: int) -> dict[str, Array]:
    """lambda/m W[l] for each W[l]: each step makes the weight smaller by r lambda/m of it.

    Raises:
        ValueError: lambda is below 0 or m below 1.
    """
    _check(lam, m)
    return {name: lam / m * W for name, W in _weights(parameters).items()}


def l1_cost(parameters: Mapping[str, Array], lam: float, m: int) -> float:
    """lambda/(2m) sum |W|.

    Raises:
        ValueError: lambda is below 0 or m below 1.
    """
    _check(lam, m)
    return lam / (2 * m) * sum(float(np.abs(W).sum()) for W in _weights(parameters).values())


def l1_gradients(parameters: Mapping[str, Array], lam: float, m: int) -> dict[str, Array]:
    """lambda/(2m) sign(W[l]): the pull does not weaken near 0, so weights arrive there.

    At 0 itself |w| has no derivative; like PyTorch we take 0.

    Raises:
        ValueError: lambda is below 0 or m below 1.
    """
    _check(lam, m)
    return {name: lam / (2 * m) * np.sign(W) for name, W in _weights(parameters).items()}


@dataclass(frozen=True)
class Penalty:
    """What is added to J, and to each dW[l]."""

    cost: Callable[[Mapping[str, Array], float, int], float]
    gradients: Callable[[Mapping[str, Array], float, int], dict[str, Array]]


PENALTIES = {"L2": Penalty(l2_cost, l2_gradients), "L1": Penalty(l1_cost, l1_gradients)}


def penalty(name: str) -> Penalty:
    """The row of the table with this name.

    Raises:
        ValueError: there is none.
    """
    if name not in PENALTIES:
        raise ValueError(f"no penalty is called {name!r}: known are {', '.join(PENALTIES)}.")
    return PENALTIES[name]


def dropout_forward(A: Array, keep_prob: float, rng: np.random.Generator) -> tuple[Array, Mask]:
    """A * D / keep_prob: a new D for every unit and every example; the mean over D is A.

    Args:
        A: (n, m).
        keep_prob: the probability to stay, above 0 and up to 1 (1: nothing changes).
        rng: where D comes from.

    Raises:
        ValueError: keep_prob lies outside (0, 1].
    """
    require.between("keep_prob", keep_prob, 0.0, 1.0, open_low=True)
    mask = Mask(D=np.where(rng.random(A.shape) < keep_prob, 1.0, 0.0), keep_prob=keep_prob)
    return A * mask.D / keep_prob, mask


def dropout_backward(dA: Array, mask: Mask) -> Array:
    """dA * D / keep_prob: the same units are missing on the way back.

    Raises:
        ValueError: dA has not the shape of D.
    """
    require.shape("dA", dA, mask.D.shape, "dA := dA * D / keep_prob")
    return dA * mask.D / mask.keep_prob
