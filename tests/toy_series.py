"""A system for the contract suite alone whose examples are series of unequal length, cut into
windows that a net can read: it learns from windows, and answers a series with the mean over them.
Series of one machine are a group, so that no split shares a machine with another.

Nothing of the spine knows of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from netwright.contract import Batch, Chosen, Cut, Draws, Example, Examples, Metric, System
from netwright.recipe import Model, Recipe, knob
from netwright.recipe.knobs import Units

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Swing:
    """How far a series swings."""

    size: float


class SeriesModel(Model):
    """The net: a shared section with a knob of the system's own."""

    window: Units = knob(8, "steps of a window", low=4, high=16, tier=3)


class SeriesRecipe(Recipe):
    model: SeriesModel = SeriesModel()


@dataclass(frozen=True)
class SeriesCodec:
    """The training series' standard deviation."""

    scale: float

    def encode(self, examples: Examples) -> Batch:
        """Windows: of one length."""
        known = [target is not None for target in examples.targets]
        targets = [target or 0.0 for target in examples.targets]
        return Batch(
            (torch.from_numpy(np.stack(examples.inputs)),),
            (torch.tensor(targets, dtype=torch.float32),),
            torch.tensor(known).float(),
        )

    def prepare(self, batch: Batch, recipe: Any, draws: Draws | None) -> Batch:
        return replace(batch, inputs=(batch.inputs[0] / self.scale,))

    def decode(
        self, net: nn.Module, outputs: Tensor, batch: Batch, recipe: Any, chosen: Chosen
    ) -> list[Swing]:
        return [Swing(size) for size in outputs.tolist()]


def _arrange(examples: Examples, recipe: SeriesRecipe) -> Examples:
    """The last ones first; a machine's series are a group."""
    turned = examples.take(range(len(examples) - 1, -1, -1))
    return replace(turned, groups=[source.partition("/")[0] for source in turned.sources])


def _cut(examples: Examples, recipe: SeriesRecipe, codec: SeriesCodec) -> Cut:
    """Windows side by side; the last one ends where the series does."""
    size = recipe.model.window
    windows, owner, place = [], list[int](), list[int]()
    for at, series in enumerate(examples.inputs):
        begins = [*range(0, len(series) - size, size), len(series) - size]
        windows += [series[begin : begin + size] for begin in begins]
        owner += [at] * len(begins)
        place += range(len(begins))
    names = [f"{examples.ids[at]}/{number}" for at, number in zip(owner, place, strict=True)]
    targets = [examples.targets[at] for at in owner]
    return Cut(Examples(windows, targets, names, names), np.array(owner), np.array(place))


def _gather(answers: Sequence[Swing], owner: Ints, place: Ints) -> list[Swing]:
    """The mean over an example's windows."""
    sums = np.bincount(owner, [answer.size for answer in answers])
    return [Swing(float(size)) for size in sums / np.bincount(owner)]


class Reader(nn.Module):
    def __init__(self, window: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(window, 32), nn.ReLU(), nn.Linear(32, 1))

    def forward(self, windows: Tensor) -> Tensor:
        out: Tensor = self.layers(windows)[:, 0]
        return out


def _loss(net: nn.Module, outputs: Tensor, batch: Batch, recipe: Any, training: bool) -> Tensor:
    return (outputs.float() - batch.targets[0]).square() * batch.count


def _off(example: Example, answer: Swing) -> float:
    return abs(float(example.target) - answer.size)


def _mean(values: Sequence[float], weights: Sequence[float]) -> float:
    return float(np.average(values, weights=weights))


def _baseline(train: Examples) -> Callable[[Example], Swing]:
    middle = float(np.median([target for target in train.targets if target is not None]))
    return lambda example: Swing(middle)


def _sample(count: int, seed: int) -> Examples:
    rng = np.random.default_rng(seed)
    series, targets = [], []
    for _ in range(count):
        swing, steps = rng.uniform(0.5, 3), np.arange(rng.integers(9, 50))
        waves = swing * np.sin(1.3 * steps + rng.uniform(0, 6.3))
        series.append((waves + rng.normal(0, 0.1, len(steps))).astype(np.float32))
        targets.append(float(swing))
    ids = [f"{seed}-{at}" for at in range(count)]
    return Examples(
        series, targets, ids, [f"machine {at // 3}/{name}" for at, name in enumerate(ids)]
    )


def _complete(recipe: SeriesRecipe, train: Examples) -> SeriesRecipe:
    return recipe.resolve(
        {
            "model.name": "toy-series",
            "optimizer.lr": 0.01,
            "optimizer.weight_decay": 0.0,
            "schedule.warmup": 0.25,
            "training.epochs": 6,
            "training.batch_size": 32,
            "training.average": 0.9,
        }
    )


SYSTEM = System(
    name="toy-series",
    recipe=SeriesRecipe,
    models=("toy-series",),
    codec=SeriesCodec,
    answer=Swing,
    accepts=lambda examples: None,
    complete=_complete,
    fit=lambda train, recipe: SeriesCodec(float(np.concatenate(train.inputs).std())),
    model=lambda codec, recipe: Reader(recipe.model.window),
    loss=_loss,
    metrics=(
        Metric(
            "distance",
            "lower",
            _off,
            lambda values: _mean(values, [1.0] * len(values)),
            unit="units",
            weighted=_mean,
        ),
    ),
    baseline=_baseline,
    sample=_sample,
    arrange=_arrange,
    cut=_cut,
    gather=_gather,
)
