"""Four ways to go down (优化算法, notes 2.2.5-2.2.7, 2.2.9): a gradient g becomes a step of w.

    gradient descent   w -= r g                                                   梯度下降
    momentum           v = k v + (1 - k) g,    w -= r v                           动量梯度下降
    RMSprop            s = k s + (1 - k) g^2,  w -= r g / sqrt(s + eps)
    Adam               both averages, each divided by 1 - k^t, w -= r v^ / (sqrt(s^) + eps)

Momentum averages the zigzag away; RMSprop divides each direction by its own size; Adam does both.
All share one signature, so that they can race: (w, g, state, r) -> (w, state), with nothing changed
in place.

Epsilon keeps 0 / 0 away. The notes put it under RMSprop's root, PyTorch beside it: ``eps_inside``
says which. They differ only where |g| is near sqrt(eps): at eps = 1e-8 and sqrt(s) = 1e-4 the step
inside is 1/sqrt(2) of the one beside.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from netwright.principles import require

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class State:
    """What an optimizer remembers of one array: v of g, s of g^2 (like w), t, the steps taken."""

    v: Array
    s: Array
    t: int


Update = Callable[[Array, Array, State, float], tuple[Array, State]]


def start(w: Array) -> State:
    """v = 0, s = 0, t = 0."""
    return State(v=np.zeros_like(w), s=np.zeros_like(w), t=0)


def _check(w: Array, g: Array, state: State, r: float, *ks: float) -> None:
    require.shape("g", g, np.shape(w), f"w -= r g with w {np.shape(w)}")
    require.shape("v", state.v, np.shape(w), f"v = k v + (1 - k) g with w {np.shape(w)}")
    require.between("r", r, 0, np.inf, open_high=True)
    for k in ks:
        require.between("k", k, 0, 1, open_high=True)


def gradient_descent(w: Array, g: Array, state: State, r: float) -> tuple[Array, State]:
    """w -= r g (torch.optim.SGD).

    Args:
        w, g: the parameter and its gradient, of one shape. r: learning rate, from 0.

    Raises:
        ValueError: g is not shaped like w, or r is negative.
    """
    _check(w, g, state, r)
    return w - r * g, State(v=state.v, s=state.s, t=state.t + 1)


def momentum(w: Array, g: Array, state: State, r: float, k: float = 0.9) -> tuple[Array, State]:
    """v = k v + (1 - k) g, w -= r v.

    torch.optim.SGD leaves the factor 1 - k out of v: its momentum=k, lr=r (1 - k) takes the same
    steps.

    Raises:
        ValueError: g is not shaped like w, r is negative, or k is outside [0, 1).
    """
    _check(w, g, state, r, k)
    v = k * state.v + (1 - k) * g
    return w - r * v, State(v=v, s=state.s, t=state.t + 1)


def _scaled(step: Array, s: Array, eps: float, inside: bool) -> Array:
    result: Array = step / np.sqrt(s + eps) if inside else step / (np.sqrt(s) + eps)
    return result


def rmsprop(
    w: Array,
    g: Array,
    state: State,
    r: float,
    k: float = 0.9,
    eps: float = 1e-8,
    *,
    eps_inside: bool = True,
) -> tuple[Array, State]:
    """s = k s + (1 - k) g^2, w -= r g / sqrt(s + eps).

    With ``eps_inside=False`` this is torch.optim.RMSprop (alpha=k): r g / (sqrt(s) + eps).

    Raises:
        ValueError: g is not shaped like w, r is negative, k is outside [0, 1), or eps is not above
            0.
    """
    _check(w, g, state, r, k)
    require.between("eps", eps, 0, np.inf, open_low=True)
    s = k * state.s + (1 - k) * g**2
    return w - r * _scaled(g, s, eps, eps_inside), State(v=state.v, s=s, t=state.t + 1)


def adam(
    w: Array,
    g: Array,
    state: State,
    r: float,
    k1: float = 0.9,
    k2: float = 0.999,
    eps: float = 1e-8,
    *,
    eps_inside: bool = False,
) -> tuple[Array, State]:
    """v = k1 v + (1 - k1) g, s = k2 s + (1 - k2) g^2, w -= r v^ / (sqrt(s^) + eps).

    v^ = v / (1 - k1^t), s^ likewise.

    Without the correction the first step would be three times too large: v is 0.1 g then, and
    sqrt(s) 0.03 |g|. This is torch.optim.Adam (Kingma and Ba 2015); eps_inside puts eps under the
    root, as the notes do for RMSprop.

    Raises:
        ValueError: g is not shaped like w, r is negative, a k is outside [0, 1), or eps is not
            above 0.
    """
    _check(w, g, state, r, k1, k2)
    require.between("eps", eps, 0, np.inf, open_low=True)
    t = state.t + 1
    v = k1 * state.v + (1 - k1) * g
    s = k2 * state.s + (1 - k2) * g**2
    v_hat, s_hat = v / (1 - k1**t), s / (1 - k2**t)
    return w - r * _scaled(v_hat, s_hat, eps, eps_inside), State(v=v, s=s, t=t)


OPTIMIZERS: dict[str, Update] = {
    "gradient descent": gradient_descent,
    "momentum": momentum,
    "RMSprop": rmsprop,
    "Adam": adam,
}


def descend(
    gradient: Callable[[Array], Array], w: Array, update: Update, r: float, steps: int
) -> Array:
    """The path of w: ``steps`` updates from where w is.

    Args:
        gradient: w -> g, of one shape; it may be noisy. update: one of ``OPTIMIZERS``, or a partial
            of it.

    Returns:
        (steps + 1, ...): row t is w after t steps.
    """
    path, state = [w], start(w)
    for _ in range(steps):
        w, state = update(w, gradient(w), state, r)
        path.append(w)
    return np.stack(path)
