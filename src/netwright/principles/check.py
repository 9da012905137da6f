"""Is this backward pass right? (梯度检验, notes 2.1.8, 2.1.11) And is its gradient alive?
(梯度消失和梯度爆炸, notes 2.1.7)

    numerical   (J(theta + eps) - J(theta - eps)) / (2 eps)  its error falls with eps^2
    difference  ||a - b|| / (||a|| + ||b||)                  1e-7: right. 1e-3: wrong. Between: look

J is known to 16 digits, so the numerical derivative is known to about 1e-15 |J| / eps. Where both
sides are smaller than that they are zero for all that can be seen: a bias in front of batch norm
has a derivative of 0, and is not wrong.

It takes two forward passes for every single number, so it is for finding mistakes, not for
training. Switch dropout off, or draw the same mask at every call: J must be one function.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from netwright.principles import require

Array = np.ndarray[Any, Any]
Cost = Callable[[dict[str, Array]], float]

GOOD, BAD = 1e-7, 1e-3
ROUNDING = 1e-15  # a few units in the last place of a float64


@dataclass(frozen=True)
class Report:
    """What the check found.

    difference: of all parameters together. by_name: of each alone.
    worst: the parameter that is furthest off, and at which index within it.
    """

    difference: float
    by_name: dict[str, float]
    worst: str
    worst_at: tuple[int, ...]

    @property
    def verdict(self) -> str:
        """``good`` up to 1e-7, ``bad`` from 1e-3, ``doubtful`` between, by the worst parameter."""
        largest = self.by_name[self.worst]
        return "good" if largest <= GOOD else "doubtful" if largest < BAD else "bad"  # NaN is bad

    def __str__(self) -> str:
        at = f"{self.worst}{list(self.worst_at)}"
        return (
            f"{self.verdict}: difference {self.difference:.1e}; worst {at},"
            f" {self.by_name[self.worst]:.1e} in {self.worst}."
        )


def relative_difference(a: Array, b: Array, zero: float = 0.0) -> float:
    """||a - b|| / (||a|| + ||b||): 0 for equal ones, 1 for a wrong sign or a missing gradient.

    Args:
        a, b: of one shape.
        zero: where no number of either is further from 0 than this, both are taken as 0.

    Raises:
        ValueError: the shapes differ.
    """
    a, b = np.asarray(a), np.asarray(b)
    require.shape("b", b, a.shape, "||a - b|| / (||a|| + ||b||)")
    if (np.abs(a) <= zero).all() and (np.abs(b) <= zero).all():
        return 0.0
    return float(np.linalg.norm(a - b)) / (float(np.linalg.norm(a)) + float(np.linalg.norm(b)))


def numerical(cost: Cost, parameters: Mapping[str, Array], eps: float = 1e-5) -> dict[str, Array]:
    """(J(theta + eps) - J(theta - eps)) / (2 eps) for every number of every parameter.

    Args:
        cost: J of parameters by name; must give the same value at every call.
        parameters: arrays by name; left as they are.
        eps: the step, above 0. Near 1e-5 the error of the formula (eps^2) and of float64 (1e-16 /
            eps) are both small.

    Raises:
        ValueError: eps is not above 0.
    """
    require.between("eps", eps, 0.0, np.inf, open_low=True, open_high=True)
    theta = {name: np.array(value, dtype=float) for name, value in parameters.items()}
    found = {name: np.zeros_like(value) for name, value in theta.items()}
    for name, value in theta.items():
        for at in np.ndindex(value.shape):
            here = value[at]
            value[at] = here + eps
            above = cost(theta)
            value[at] = here - eps
            below = cost(theta)
            value[at] = here
            found[name][at] = (above - below) / (2 * eps)
    return found


def check(
    cost: Cost, parameters: Mapping[str, Array], gradients: Mapping[str, Array], eps: float = 1e-5
) -> Report:
    """Compare gradients with the numerical ones, parameter by parameter.

    Args:
        cost: J of parameters by name.
        parameters: arrays by name, at least one.
        gradients: dJ under the same names, of the same shapes.
        eps: see ``numerical``.

    Raises:
        ValueError: there is no parameter, a gradient is missing, or one has another shape than its
            parameter.
    """
    if not parameters:
        raise ValueError("there is no parameter to check.")
    for name, value in parameters.items():
        if name not in gradients:
            raise ValueError(f"no gradient for {name}: gradients are {', '.join(gradients)}.")
        require.shape(f"d{name}", gradients[name], np.shape(value), f"{name} := {name} - r d{name}")
    wanted = numerical(cost, parameters, eps)
    zero = ROUNDING * abs(cost(dict(parameters))) / eps
    by_name = {name: relative_difference(gradients[name], wanted[name], zero) for name in wanted}
    worst = max(by_name, key=lambda name: np.nan_to_num(by_name[name], nan=np.inf))
    gap = np.abs(np.asarray(gradients[worst]) - wanted[worst])
    at = tuple(int(i) for i in np.unravel_index(int(np.argmax(gap)), gap.shape))
    a, b = (
        np.concatenate([np.ravel(side[name]) for name in wanted]) for side in (gradients, wanted)
    )
    return Report(
        difference=relative_difference(a, b, zero), by_name=by_name, worst=worst, worst_at=at
    )


def sizes_by_depth(gradients: Mapping[str, Array]) -> Array:
    """The root mean square of dW[l] for l = 1..L: tiny, the layer stands still; huge, it jumps.

    dW[l] = dZ[l] A[l-1].T / m. With a factor s a layer, dZ[l] has s^(L-l) and A[l-1] has s^(l-1):
    without a bend, dW is s^(L-1) in every layer. A bend that flattens (sigmoid, tanh far from 0)
    shrinks dZ alone: then it falls towards l = 1.

    Args:
        gradients: dW[l] under the names W[1], W[2], ...; other names are passed over.

    Raises:
        ValueError: there is no W[1].
    """
    if "W[1]" not in gradients:
        raise ValueError(f"no gradient for W[1]: gradients are {', '.join(gradients) or 'none'}.")
    layers = sum(name.startswith("W[") for name in gradients)
    return np.array(
        [np.sqrt(np.mean(gradients[f"W[{layer}]"] ** 2)) for layer in range(1, layers + 1)]
    )
