"""What is set on dev: the threshold of each tag, from which probability on it is there; and one
temperature for all probabilities, where the recipe asks for it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from netwright.contract import AnswerColumns, AnswersWith, Chosen, Examples
from netwright.data.several_targets.columns import as_array
from netwright.metrics import temperature
from netwright.systems.tags.codec import USUAL_THRESHOLD, TagCodec
from netwright.systems.tags.recipe import TagsRecipe


def choose(dev: Examples, answer: AnswersWith, codec: TagCodec, recipe: TagsRecipe) -> Chosen:
    """``thresholds``: of each tag the one of the largest F1 on these examples; ``temperature``, if
    it is wanted.

    A macro F1 asks for other thresholds than 0.5: the best one is about half of the best F1
    (Lipton, Elkan, Narayanaswamy 2014).
    """
    found = answer({})
    assert isinstance(found, AnswerColumns), "as the codec decodes"
    stated = np.asarray(found.columns["probabilities"], float)
    truth = as_array(dev.targets, codec.tags)
    weights = np.ones(len(dev)) if dev.weights is None else np.asarray(dev.weights, float)
    chosen: dict[str, Any] = {}
    if temperature.chooses(recipe):
        chosen["temperature"] = temperature.fitted_of_each(stated, truth, weights)
        stated = temperature.scaled_of_each(stated, chosen["temperature"])
    thresholds = [
        best_threshold(stated[:, at], truth[:, at], weights) for at in range(len(codec.tags))
    ]
    return chosen | {"thresholds": dict(zip(codec.tags, thresholds, strict=True))}


def best_threshold(stated: Any, truth: Any, weights: Any) -> float:
    """The threshold of the largest F1, in the middle between two probabilities; of equally good
    ones that nearest to 0.5. 0.5 where no known example has the tag, or none lacks it.

    Args:
        stated: (N,) probabilities.
        truth: (N,) 1, 0, or NaN where unknown.
        weights: (N,) how often each example counts.
    """
    known = ~np.isnan(truth) & (weights > 0)
    stated, truth, weights = stated[known], truth[known], weights[known]
    if not truth.any() or truth.all():
        return USUAL_THRESHOLD
    order = np.argsort(-stated, kind="stable")
    ranked = stated[order]
    found, answered = np.cumsum((weights * truth)[order]), np.cumsum(weights[order])
    last = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True))
    scores = 2 * found[last] / (answered[last] + found[-1])
    between = (ranked[last] + np.append(ranked[last[:-1] + 1], 0.0)) / 2
    best = between[np.isclose(scores, scores.max(), rtol=1e-12, atol=0)]
    return float(best[np.abs(best - USUAL_THRESHOLD).argmin()])
