"""A system for the contract suite alone that needs what few do: pictures of unequal size whose
answer is in their own pixels (meta), batches that it plans itself, each row made of two examples (a
spot on another's background), and a loss that changes on the way (progress).

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

from netwright.base.seeds import seed_of
from netwright.contract import Batch, Chosen, Draws, Example, Examples, Metric, System
from netwright.recipe import Recipe, resolved

SIDE = 8
"""Height and width that the net sees."""


@dataclass(frozen=True)
class Spot:
    """Where the spot is, in pixels of the picture."""

    row: float
    column: float


@dataclass(frozen=True)
class SpotCodec:
    """The mean brightness."""

    mean: float

    def encode(self, examples: Examples) -> Batch:
        """Pictures of SIDE x SIDE by their nearest pixels; places as fractions of the sides."""
        small, sizes, places = [], [], []
        for picture, target in zip(examples.inputs, examples.targets, strict=True):
            height, width = picture.shape
            rows = np.arange(SIDE) * height // SIDE
            columns = np.arange(SIDE) * width // SIDE
            small.append(picture[np.ix_(rows, columns)])
            sizes.append((height, width))
            places.append((0.0, 0.0) if target is None else (target[0] / height, target[1] / width))
        known = [target is not None for target in examples.targets]
        return Batch(
            (torch.from_numpy(np.stack(small)),),
            (torch.tensor(places, dtype=torch.float32),),
            torch.tensor(known).float(),
            meta=(torch.tensor(sizes),),
        )

    def prepare(self, batch: Batch, recipe: Any, draws: Draws | None) -> Batch:
        """In training over another's background, and with how far training is."""
        pixels = batch.inputs[0].float() / 255 - self.mean
        if draws is None:
            return replace(batch, inputs=(pixels,))
        for other in batch.others:
            pixels = pixels + 0.2 * (other.inputs[0].float() / 255 - self.mean)
        progress = batch.count.new_full((len(batch),), draws.progress)
        return replace(batch, inputs=(pixels,), progress=progress, others=())

    def decode(
        self, net: nn.Module, outputs: Tensor, batch: Batch, recipe: Any, chosen: Chosen
    ) -> list[Spot]:
        """In the pixels of each picture's own size."""
        places = outputs * batch.meta[0]
        return [Spot(row, column) for row, column in places.tolist()]


class Finder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Flatten(), nn.Linear(SIDE * SIDE, 32), nn.ReLU(), nn.Linear(32, 2)
        )

    def forward(self, pixels: Tensor) -> Tensor:
        out: Tensor = self.layers(pixels)
        return out


def _loss(net: nn.Module, outputs: Tensor, batch: Batch, recipe: Any, training: bool) -> Tensor:
    """The squared error; in training it counts three times as much at the end."""
    losses = (outputs.float() - batch.targets[0]).square().sum(dim=1) * batch.count
    if not training or batch.progress is None:
        return losses
    return losses * (1 + 2 * batch.progress)


def _plan(train: Examples, recipe: Recipe, seed: int, epoch: int) -> list[NDArray[np.int64]]:
    """Each example about once, with the background of another."""
    rng = np.random.default_rng(seed_of(seed, "spots", epoch))
    pairs = np.stack([rng.permutation(len(train)), rng.permutation(len(train))], axis=1)
    size = resolved(recipe.training.batch_size)
    # an epoch now and then lacks its last batches: epochs need not be of one length
    batches = [pairs[at : at + size] for at in range(0, len(pairs) - 1, size)]
    return batches[: len(batches) - epoch % 2]


def _distance(example: Example, answer: Spot) -> float:
    row, column = example.target
    return float(np.hypot(row - answer.row, column - answer.column))


def _mean(distances: Sequence[float], weights: Sequence[float]) -> float:
    return float(np.average(distances, weights=weights))


def _baseline(train: Examples) -> Callable[[Example], Spot]:
    row, column = np.mean([target for target in train.targets if target], axis=0)
    return lambda example: Spot(float(row), float(column))


def _sample(count: int, seed: int) -> Examples:
    rng = np.random.default_rng(seed)
    pictures, targets = [], []
    for _ in range(count):
        height, width = rng.integers(8, 25, 2)
        picture = rng.integers(0, 60, (height, width)).astype(np.uint8)
        row, column = rng.integers(0, SIDE, 2)
        top, left = row * height // SIDE, column * width // SIDE
        picture[top : top + height // SIDE + 1, left : left + width // SIDE + 1] = 255
        pictures.append(picture)
        targets.append((float(top), float(left)))
    ids = [f"{seed}-{at}" for at in range(count)]
    return Examples(pictures, targets, ids, ids)


def _complete(recipe: Recipe, train: Examples) -> Recipe:
    return recipe.resolve(
        {
            "model.name": "toy-spots",
            "optimizer.lr": 0.01,
            "optimizer.weight_decay": 0.0,
            "schedule.warmup": 0.25,
            "training.epochs": 6,
            "training.batch_size": 16,
            "training.average": 0.9,
        }
    )


SYSTEM = System(
    name="toy-spots",
    recipe=Recipe,
    models=("toy-spots",),
    codec=SpotCodec,
    answer=Spot,
    accepts=lambda examples: None,
    complete=_complete,
    fit=lambda train, recipe: SpotCodec(
        float(np.mean([picture.mean() / 255 for picture in train.inputs]))
    ),
    model=lambda codec, recipe: Finder(),
    loss=_loss,
    metrics=(
        Metric(
            "distance",
            "lower",
            _distance,
            lambda distances: _mean(distances, [1.0] * len(distances)),
            unit="pixels",
            weighted=_mean,
        ),
    ),
    baseline=_baseline,
    sample=_sample,
    plan=_plan,
)
