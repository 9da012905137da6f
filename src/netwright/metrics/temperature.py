"""One temperature for probabilities: p ** (1 / T), made to add up to 1 again. Above 1 it makes them
less sure, below 1 surer; which one is largest stays as it is.

Source: Guo, Pleiss, Sun, Weinberger 2017.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from netwright.contract import AnswerColumns, AnswersWith, Chosen, Examples

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

LEAST, MOST = 0.05, 20.0
"""Between which it lies: beyond, all is certain or nothing is said."""

TINY = 1e-38
"""What a probability of 0 is taken for: it was rounded in float32."""

STEPS = 60
"""Of the bisection: more than float64 can tell apart."""


def fitted(probabilities: Array, truth: Array, weights: Array | None = None) -> float:
    """The temperature of the least log loss.

    The log loss is convex in 1 / T; its slope, the mean over the examples of E[z] - z_truth with
    z = log p and E by p ** (1 / T), is 0 at the best, which bisection finds.

    Args:
        probabilities: (N, K).
        truth: (N,) the place of the right one.
        weights: (N,) how much each counts.
    """
    z, rows = _logs(probabilities), np.arange(len(truth))
    heavy = np.ones(len(truth)) if weights is None else np.asarray(weights, float)

    def slope(sharpness: float) -> float:
        expected = (_scaled(z, sharpness) * z).sum(axis=1)
        return float((heavy * (expected - z[rows, truth])).sum())

    return _bisected(slope)


def fitted_of_each(probabilities: Array, truth: Array, weights: Array | None = None) -> float:
    """The same of tags, each yes or no by itself: one temperature for the scores of all of them.

    With z = log p - log(1 - p) the log loss of a known tag is convex in 1 / T, its slope E[z] - z
    where the tag is there, E[z] where it is not.

    Args:
        probabilities: (N, T).
        truth: (N, T) 1, 0, or NaN where unknown.
        weights: (N,) how much each example counts.
    """
    z, known = _scores(probabilities), ~np.isnan(truth)
    heavy = known * (1.0 if weights is None else np.asarray(weights, float)[:, None])
    there = np.where(known, truth, 0.0)

    def slope(sharpness: float) -> float:
        return float((heavy * z * (_sigmoid(sharpness * z) - there)).sum())

    return _bisected(slope)


def scaled_of_each(probabilities: Array, temperature: float) -> Array:
    """(N, T) of tags at a temperature."""
    return _sigmoid(_scores(probabilities) / temperature)


def _bisected(slope: Callable[[float], float]) -> float:
    """The temperature at which a slope that rises with 1 / T is 0, by bisection."""
    low, high = 1 / MOST, 1 / LEAST
    for _ in range(STEPS):
        middle = np.sqrt(low * high)
        if slope(middle) > 0:
            high = middle
        else:
            low = middle
    return float(1 / np.sqrt(low * high))


def _scores(probabilities: Array) -> Array:
    """(N, T) log p - log(1 - p)."""
    p = np.clip(np.asarray(probabilities, float), TINY, 1 - 1e-16)
    found: Array = np.log(p) - np.log1p(-p)
    return found


def _sigmoid(z: Array) -> Array:
    found: Array = 1 / (1 + np.exp(-np.clip(z, -700, 700)))
    return found


def scaled(probabilities: Array, temperature: float) -> Array:
    """(N, K) at a temperature."""
    return _scaled(_logs(probabilities), 1 / temperature)


def _logs(probabilities: Array) -> Array:
    found: Array = np.log(np.maximum(np.asarray(probabilities, float), TINY))
    return found


def _scaled(z: Array, sharpness: float) -> Array:
    lifted = sharpness * z
    powers = np.exp(lifted - lifted.max(axis=1, keepdims=True))
    found: Array = powers / powers.sum(axis=1, keepdims=True)
    return found


def chooses(recipe: Any) -> bool:
    """Whether a recipe of a system of classes asks for one."""
    return bool(recipe.objective.temperature == "fit")


def choose(dev: Examples, answer: AnswersWith, codec: Any, recipe: Any) -> Chosen:
    """``temperature``: of the least log loss on these examples; nothing where no label is known."""
    found = answer({})
    assert isinstance(found, AnswerColumns), "as the codec decodes"
    places = {name: at for at, name in enumerate(found.keys["probabilities"])}
    known = [row for row, name in enumerate(dev.targets) if name in places]
    if not known:
        return {}
    truth = np.array([places[dev.targets[row]] for row in known])
    weights = None if dev.weights is None else np.asarray(dev.weights, float)[known]
    stated = np.asarray(found.columns["probabilities"])[known]
    return {"temperature": fitted(stated, truth, weights)}
