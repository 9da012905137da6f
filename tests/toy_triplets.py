"""A system for the contract suite alone whose rows of a batch belong together: it learns where to
put a picture of a person, nearer to that person's others than to anyone else's, from batches of P
people with K pictures each (Hermans, Beyer and Leibe 2017, "In defense of the triplet loss", batch
hard).

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
from torch.nn import functional as F

from netwright.base.seeds import seed_of
from netwright.contract import Batch, Chosen, Draws, Example, Examples, Metric, System
from netwright.recipe import Recipe, resolved

SIZE = 8
"""Numbers of a picture."""

PICTURES = 4
"""Of each person in a batch."""

MARGIN = 0.5

Seen = tuple[str, tuple[float, ...]]
"""Whose picture it is, and where it was put."""


@dataclass(frozen=True)
class Place:
    """Where a picture is put."""

    at: tuple[float, ...]


@dataclass(frozen=True)
class PeopleCodec:
    """The people of the training split."""

    people: tuple[str, ...]

    def encode(self, examples: Examples) -> Batch:
        """People that are not known are -1, as those who are not named."""
        numbers = {person: at for at, person in enumerate(self.people)}
        whose = torch.tensor([numbers.get(person or "", -1) for person in examples.targets])
        pictures = torch.from_numpy(np.stack(examples.inputs))
        return Batch((pictures,), (whose,), (whose >= 0).float())

    def prepare(self, batch: Batch, recipe: Any, draws: Draws | None) -> Batch:
        """With some noise in training."""
        if draws is None:
            return batch
        return replace(batch, inputs=(batch.inputs[0] + 0.05 * draws.normal(SIZE),))

    def decode(
        self, net: nn.Module, outputs: Tensor, batch: Batch, recipe: Any, chosen: Chosen
    ) -> list[Place]:
        return [Place(tuple(place)) for place in outputs.tolist()]


class Embedder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(SIZE, 32), nn.ReLU(), nn.Linear(32, 4))

    def forward(self, pictures: Tensor) -> Tensor:
        out: Tensor = self.layers(pictures)
        return out


def _loss(net: nn.Module, outputs: Tensor, batch: Batch, recipe: Any, training: bool) -> Tensor:
    """Of each row, to its farthest of the same person and its nearest of another in the batch."""
    apart, same, known = _pairs(outputs, batch)
    farthest = (apart * (same & known)).amax(dim=1)
    nearest = (apart + 1e3 * (same | ~known)).amin(dim=1)
    return F.relu(farthest - nearest + MARGIN) * batch.count


def _active(net: nn.Module, outputs: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
    """Of all triplets that a row is the anchor of, those that are not yet apart by the margin."""
    apart, same, known = _pairs(outputs, batch)
    own, other = (same & known)[:, :, None], (~same & known)[:, None]
    triplets = own & other & (batch.count > 0)[:, None, None]
    active = triplets & (apart[:, :, None] - apart[:, None] + MARGIN > 0)
    return active.sum(dim=(1, 2)), triplets.sum(dim=(1, 2))


def _pairs(outputs: Tensor, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
    """(B, B) how far apart each two rows are, whether they are of one person; (1, B) who is
    known.
    """
    apart = (outputs[:, None].float() - outputs[None].float()).square().sum(dim=2)
    whose = batch.targets[0]
    return apart, whose[:, None] == whose[None], (whose >= 0)[None]


def _plan(train: Examples, recipe: Recipe, seed: int, epoch: int) -> list[NDArray[np.int64]]:
    """As many batches as hold each picture about once; people and their pictures are drawn."""
    rng = np.random.default_rng(seed_of(seed, "people", epoch))
    whose = np.array(train.targets)
    people = np.unique(whose)
    size = resolved(recipe.training.batch_size)
    several = min(len(people), max(2, size // PICTURES))
    batches = []
    for _ in range(max(1, len(train) // (several * PICTURES))):
        drawn = rng.choice(people, several, replace=False)
        rows = [rng.choice(np.flatnonzero(whose == one), PICTURES) for one in drawn]
        batches.append(np.concatenate(rows))
    return batches


def _seen(example: Example, answer: Place) -> Seen:
    return example.target, answer.at


def _mistaken(values: Sequence[Seen], weights: Sequence[float]) -> float:
    """The fraction of pictures that lie nearer to the middle of another person's pictures."""
    whose, places = np.array([who for who, _ in values]), np.array([at for _, at in values])
    weight = np.asarray(weights, np.float64)
    people = np.unique(whose)
    middles = np.stack(
        [np.average(places[whose == one], axis=0, weights=weight[whose == one]) for one in people]
    )
    nearest = np.square(places[:, None] - middles).sum(axis=2).argmin(axis=1)
    return float(np.average(people[nearest] != whose, weights=weight))


def _baseline(train: Examples) -> Callable[[Example], Place]:
    return lambda example: Place((0.0, 0.0, 0.0, 0.0))


def _sample(count: int, seed: int) -> Examples:
    """Six people, who differ in two numbers by less than chance moves the six others."""
    rng = np.random.default_rng(seed)
    pictures, targets = [], []
    for at in range(count):
        turn = 2 * np.pi * (at % 6) / 6
        own = np.array([np.cos(turn), np.sin(turn)]) + rng.normal(0, 0.15, 2)
        others = rng.normal(0, 2, SIZE - 2)
        pictures.append(np.concatenate([own, others]).astype(np.float32))
        targets.append(f"person {at % 6}")
    ids = [f"{seed}-{at}" for at in range(count)]
    return Examples(pictures, targets, ids, ids)


def _complete(recipe: Recipe, train: Examples) -> Recipe:
    return recipe.resolve(
        {
            "model.name": "toy-triplets",
            "optimizer.lr": 0.01,
            "optimizer.weight_decay": 0.0,
            "schedule.warmup": 0.25,
            "training.epochs": 10,
            "training.batch_size": 24,
            "training.average": 0.9,
        }
    )


SYSTEM = System(
    name="toy-triplets",
    recipe=Recipe,
    models=("toy-triplets",),
    codec=PeopleCodec,
    answer=Place,
    accepts=lambda examples: None,
    complete=_complete,
    fit=lambda train, recipe: PeopleCodec(tuple(sorted({who for who in train.targets if who}))),
    model=lambda codec, recipe: Embedder(),
    loss=_loss,
    metrics=(
        Metric(
            "mistaken",
            "lower",
            _seen,
            lambda values: _mistaken(values, [1.0] * len(values)),
            weighted=_mistaken,
        ),
    ),
    baseline=_baseline,
    sample=_sample,
    plan=_plan,
    coupled=True,
    watch={"active_triplets": _active},
)
