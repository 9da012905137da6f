"""How much each training example counts in the loss, and how often it is drawn (notes 3.1.7).

A weighted batch is an ordinary batch whose last two targets are (weight, count) and whose count is
weight times count, so that the loss of a step is sum(weight * loss) / sum(weight * count); the step
works it through, traced or in parts, like any other. Dev and test are measured without class
weights.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from netwright.base.errors import DataError, RecipeError, nearest
from netwright.contract import (
    Answer,
    AnswerColumns,
    AnySystem,
    Batch,
    Codec,
    Draws,
    Examples,
)
from netwright.recipe import Recipe
from netwright.training.batching.loader import BatchLoader

Loss = Callable[[nn.Module, Batch], Tensor]
"""(net, prepared batch) -> (B,) losses."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class WeightedLoader:
    """Encoded rows with their weights.

    Args:
        weights: (N,) float32 on the device.
    """

    loader: BatchLoader
    weights: Tensor

    def __len__(self) -> int:
        return len(self.loader)

    @property
    def eval_batch_size(self) -> int:
        """As the loader has it."""
        return self.loader.eval_batch_size

    def batches(self, rows: Sequence[Tensor]) -> Iterator[Batch]:
        """The loader's batches, each with its rows' weights."""
        for some, batch in zip(rows, self.loader.batches(rows), strict=True):
            yield _with(batch, self.weights.index_select(0, some.to(self.weights.device)))


@dataclass(frozen=True)
class WeightedCodec:
    """A codec that prepares weighted batches as it prepares plain ones."""

    codec: Codec

    def encode(self, examples: Examples) -> Batch:
        """As the codec does."""
        return self.codec.encode(examples)

    def prepare(self, batch: Batch, recipe: Any, draws: Draws | None) -> Batch:
        """As the codec does, the weights kept beside."""
        return _with(self.codec.prepare(_without(batch), recipe, draws), batch.targets[-2])

    def decode(self, net: nn.Module, batch: Batch, recipe: Any) -> list[Answer] | AnswerColumns:
        """As the codec does."""
        return self.codec.decode(net, batch, recipe)


def weighted(loss: Loss) -> Loss:
    """weight * loss of a weighted batch."""
    return lambda net, batch: loss(net, _without(batch)) * batch.targets[-2]


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
    wanted = recipe.objective.class_weights
    if wanted != "none":
        labels = _labels(system, train, "objective.class_weights")
        by_class = balanced(labels) if isinstance(wanted, str) else _by_hand(wanted, labels)
        found.append(np.array([by_class.get(label or "", 1.0) for label in labels]))
    if not found:
        return None
    weights: Floats = np.prod(found, axis=0)
    if not weights.any():
        raise RecipeError(
            "every training example weighs 0: nothing would be learned; check"
            " objective.class_weights and data.weight."
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
    if weights is not None:
        wanted = recipe.objective.class_weights
        by = [f"class weights {wanted}"] if isinstance(wanted, str) and wanted != "none" else []
        by += (
            [f"class weights {', '.join(f'{k} {v:g}' for k, v in wanted.items())}"]
            if not isinstance(wanted, str)
            else []
        )
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
    elif recipe.objective.class_weights != "none" or recipe.training.sampling != "shuffled":
        lines.append(
            "train, dev and test are measured as they are: every example counts once there"
        )
    return lines


def _column(recipe: Recipe) -> str:
    return f"the column '{recipe.data.weight}'" if recipe.data.weight else "the weights given"


def _labels(system: AnySystem, train: Examples, knob: str) -> list[str | None]:
    labels = system.labels(train.targets)
    if not any(label is not None for label in labels):
        raise RecipeError(f"{knob} is for classes, and the targets here are not: leave it out.")
    return labels


def _by_hand(wanted: Mapping[str, float], labels: Sequence[str | None]) -> dict[str, float]:
    known = sorted({label for label in labels if label is not None})
    for name in wanted:
        if name not in known:
            raise RecipeError(
                "objective.class_weights: the training split has no class"
                f" '{name}'{nearest(name, known)}"
            )
    return dict(wanted)


def _with(batch: Batch, weight: Tensor) -> Batch:
    return Batch(batch.inputs, (*batch.targets, weight, batch.count), batch.count * weight)


def _without(batch: Batch) -> Batch:
    return replace(batch, targets=batch.targets[:-2], count=batch.targets[-1])
