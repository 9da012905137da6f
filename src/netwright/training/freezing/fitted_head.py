"""The last layer alone, fitted on features to the minimum of its loss: no rate, no epochs."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from netwright.base.seeds import seed_of
from netwright.contract import Batch, Examples
from netwright.metrics.measure import measure
from netwright.training.setup import TrainingSetup

PENALTIES = (1.0, 0.1, 0.01, 0.001)
"""Of half the squared weights, times the mean square of a feature; tried from the largest on."""

FOLDS = 3

MOST_STEPS = 100
"""Of L-BFGS."""


def fitted(setup: TrainingSetup, head: nn.Module, features: Batch, penalty: float) -> nn.Module:
    """A layer like ``head``, from 0 on, at the minimum of the loss over these features.

    Args:
        features: prepared, its input what the head reads.
    """
    layer, (x,) = copy.deepcopy(head), features.inputs
    for parameter in layer.parameters():
        nn.init.zeros_(parameter)
        parameter.requires_grad_(True)
    weights = [parameter for parameter in layer.parameters() if parameter.dim() >= 2]
    scale, total = float(x.square().mean()), features.divisors().sum().clamp_min(1e-8)
    search = torch.optim.LBFGS(
        layer.parameters(),
        max_iter=MOST_STEPS,
        history_size=10,
        tolerance_grad=1e-4 * scale**0.5,
        line_search_fn="strong_wolfe",
    )

    def loss() -> Tensor:
        search.zero_grad()
        decay = sum((weight.square().sum() for weight in weights), start=torch.zeros(()))
        value = setup.losses(setup.net, layer(x), features).sum() / total
        value = value + 0.5 * penalty * scale * decay.to(x.device)
        value.backward()  # type: ignore[no-untyped-call]
        return value

    search.step(loss)  # type: ignore[no-untyped-call]
    return layer


class TriedFeatures(NamedTuple):
    """What cross-validation found of some features.

    Args:
        value: of the system's first metric, each example judged by a layer that never saw it.
        low, high: its 95% interval; None where it is unknown.
        penalty: the best one.
        width: numbers an example.
    """

    value: float
    low: float | None
    high: float | None
    penalty: float
    width: int


def cross_validated(
    setup: TrainingSetup, head: nn.Module, targets: Batch, features: Tensor
) -> TriedFeatures:
    """The penalty that serves these features of the training split best, and how well."""
    metric, train = setup.system.metrics[0], setup.train
    batch, layer = replace(targets, inputs=(features,)), _as_wide(head, features.shape[1])
    folds, tried = _folds(train, setup.recipe.training.seed), list[TriedFeatures]()
    for penalty in PENALTIES:
        outputs = torch.empty(len(batch), _outputs(layer), device=features.device)
        for fold in range(FOLDS):
            rows = (np.flatnonzero(folds != fold), np.flatnonzero(folds == fold))
            learned, held = (torch.from_numpy(some).to(features.device) for some in rows)
            one = fitted(setup, layer, batch.take(learned), penalty)
            with torch.no_grad():
                outputs[held] = one(features[held])
        answers = setup.codec.decode(setup.net, outputs, batch, setup.recipe, {})
        found = measure([metric], train, answers)[metric.name]
        tried.append(TriedFeatures(found.value, found.low, found.high, penalty, features.shape[1]))
    return best_of(tried, lower=metric.better == "lower")


def best_of(tried: Sequence[TriedFeatures], *, lower: bool) -> TriedFeatures:
    """The best; of equal ones the first.

    Args:
        lower: whether a lower value is better.
    """
    return min(tried, key=lambda one: one.value if lower else -one.value)


def _as_wide(head: nn.Module, width: int) -> nn.Module:
    """A layer of as many outputs that reads so many numbers."""
    assert isinstance(head, nn.Linear)
    return nn.Linear(
        width, head.out_features, bias=head.bias is not None, device=head.weight.device
    )


def _outputs(layer: nn.Module) -> int:
    assert isinstance(layer, nn.Linear)
    return layer.out_features


def _folds(examples: Examples, seed: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """The fold of each example; those of a group in one."""
    names = examples.ids if examples.groups is None else examples.groups
    units, place = np.unique(np.asarray(names), return_inverse=True)
    rng = np.random.default_rng(seed_of(seed, "folds of features"))
    return (rng.permutation(len(units)) % FOLDS)[place]
