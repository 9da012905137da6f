"""One temperature for probabilities: p ** (1 / T), made to add up to 1 again. Above 1 it makes them
less sure, below 1 surer; which one is largest stays as it is.

Source: Guo, Pleiss, Sun, Weinberger 2017.
"""

from __future__ import annotations

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
    low, high = 1 / MOST, 1 / LEAST
    for _ in range(STEPS):
        middle = np.sqrt(low * high)
        expected = (_scaled(z, middle) * z).sum(axis=1)
        if float((heavy * (expected - z[rows, truth])).sum()) > 0:
            high = middle
        else:
            low = middle
    return float(1 / np.sqrt(low * high))


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
