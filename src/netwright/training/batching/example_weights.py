"""How much each training example counts in the loss, and how often it is drawn (notes 3.1.7).

The loss of a step is sum(weight * loss) / sum(weight * count). Dev and test are measured without
class weights.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from netwright.base.errors import DataError, RecipeError, nearest
from netwright.contract import AnySystem, ClassWeights, Examples
from netwright.recipe import Recipe, key_of

Floats = NDArray[np.float64]


def check(system: AnySystem, parts: Mapping[str, Examples]) -> None:
    """Refuses weights that would leave a split without a figure.

    Raises:
        DataError: every example of a split weighs 0, or the system's figures cannot be weighted.
    """
    if all(examples.weights is None for examples in parts.values()):
        return
    for metric in system.metrics:
        if metric.weighted is None:
            raise DataError(
                f"the metric '{metric.name}' of {system.name} cannot be weighted: leave data.weight"
                " out."
            )
    for split, examples in parts.items():
        if not np.any(np.asarray(examples.weights, np.float64) > 0):
            raise DataError(
                f"each of the {len(examples):,} {split} examples weighs 0: nothing would be"
                " measured there; give more rows a weight, or change split.seed."
            )


def weights_of(system: AnySystem, recipe: Recipe, train: Examples) -> Floats | None:
    """(N,) what each training example counts in the loss, 1 on average; None when all count alike.

    Raises:
        RecipeError: class weights where targets are no classes, or for a class that training does
            not hold.
    """
    column = None if recipe.training.sampling == "weighted" else train.weights
    found = [] if column is None else [np.asarray(column, np.float64)]
    wanted = system.class_weights(recipe)
    if wanted is not None:
        knob = key_of(type(recipe), "class_weights")
        labels = _labels(system, train, knob)
        by_class = balanced(labels) if wanted == "balanced" else _by_hand(wanted, labels, knob)
        found.append(np.array([by_class.get(label or "", 1.0) for label in labels]))
    if not found:
        return None
    weights: Floats = np.prod(found, axis=0)
    if not weights.any():
        raise RecipeError(
            "every training example weighs 0: nothing would be learned; check"
            f" {key_of(type(recipe), 'class_weights')} and data.weight."
        )
    scaled: Floats = weights / weights.mean()
    return scaled


def draw_weights(system: AnySystem, recipe: Recipe, train: Examples) -> Tensor | None:
    """(N,) how often each training example is drawn, relative to the others; None: each once an
    epoch.

    Raises:
        RecipeError: balanced sampling where targets are no classes, weighted sampling without
            weights.
    """
    sampling = recipe.training.sampling
    if sampling == "shuffled":
        return None
    if sampling == "weighted":
        if train.weights is None:
            raise RecipeError(
                "training.sampling = 'weighted' draws by data.weight, which names no column: name"
                " it, or take balanced."
            )
        return torch.tensor(np.asarray(train.weights, np.float64))
    labels = _labels(system, train, "training.sampling = 'balanced'")
    by_class = balanced(labels)
    return torch.tensor([by_class.get(label or "", 0.0) for label in labels], dtype=torch.float64)


def balanced(labels: Sequence[str | None]) -> dict[str, float]:
    """class -> N / (K n_k), so that all classes count alike (scikit-learn's
    ``class_weight="balanced"``).
    """
    names, counts = np.unique([label for label in labels if label is not None], return_counts=True)
    return {
        str(name): float(counts.sum() / (len(names) * n))
        for name, n in zip(names, counts, strict=True)
    }


def messages(system: AnySystem, recipe: Recipe, train: Examples) -> list[str]:
    """What counts more than what, in a line each."""
    lines = []
    weights, weighed = weights_of(system, recipe, train), train.weights is not None
    wanted = system.class_weights(recipe)
    if weights is not None:
        by = [] if wanted is None else [f"class weights {_in_words(wanted)}"]
        by += [_column(recipe)] if weighed and recipe.training.sampling != "weighted" else []
        lines.append(
            f"the loss weighs examples by {' and '.join(by)}, from {weights.min():.3g} to"
            f" {weights.max():.3g} (1 on average)"
        )
    if recipe.training.sampling != "shuffled":
        drawn = (
            "classes alike" if recipe.training.sampling == "balanced" else f"by {_column(recipe)}"
        )
        lines.append(
            f"examples are drawn with replacement, {drawn}: in an epoch some come several times and"
            " some not at all"
        )
    if weighed:
        lines.append(
            f"every figure is weighted by {_column(recipe)}; the one called unweighted counts all"
            " examples alike"
        )
    elif wanted is not None or recipe.training.sampling != "shuffled":
        lines.append(
            "train, dev and test are measured as they are: every example counts once there"
        )
    return lines


def _in_words(wanted: ClassWeights) -> str:
    return wanted if wanted == "balanced" else ", ".join(f"{k} {v:g}" for k, v in wanted.items())


def _column(recipe: Recipe) -> str:
    return f"the column '{recipe.data.weight}'" if recipe.data.weight else "the weights given"


def _labels(system: AnySystem, train: Examples, knob: str) -> list[str | None]:
    labels = system.labels(train.targets)
    if not any(label is not None for label in labels):
        raise RecipeError(f"{knob} is for classes, and the targets here are not: leave it out.")
    return labels


def _by_hand(
    wanted: Mapping[str, float], labels: Sequence[str | None], knob: str
) -> dict[str, float]:
    known = sorted({label for label in labels if label is not None})
    for name in wanted:
        if name not in known:
            raise RecipeError(
                f"{knob}: the training split has no class '{name}'{nearest(name, known)}"
            )
    return dict(wanted)
