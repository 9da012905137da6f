"""A system for the contract suite alone that takes steps of its own: the averaged perceptron
(Rosenblatt 1958; Freund and Schapire 1999, averaged as by Collins 2002). A row on the wrong side
moves the plane to its own side; what answers is the mean of all planes so far, so that the plane
itself is what the steps remember.

Nothing of the spine knows of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from netwright.contract import Batch, Chosen, Draws, Example, Examples, Metric, System
from netwright.recipe import Augment, Recipe, Section, knob, knobs
from netwright.recipe.knobs import Fraction

SIDES = ("left", "right")
SIGN = {"left": -1.0, "right": 1.0, None: 0.0}
SIZE = 6


@dataclass(frozen=True)
class Side:
    """On which side of the plane it lies."""

    side: str


@dataclass(frozen=True)
class SideCodec:
    """How far a number goes, at most."""

    most: float

    def encode(self, examples: Examples) -> Batch:
        """Rows of numbers, a one behind them; a target is -1 or 1, 0 where there is none."""
        rows = torch.from_numpy(np.stack(examples.inputs))
        signs = torch.tensor([SIGN[target] for target in examples.targets])
        ones = torch.ones(len(rows), 1)
        return Batch((torch.cat([rows / self.most, ones], dim=1),), (signs,), signs.abs())

    def prepare(self, batch: Batch, recipe: Any, draws: Draws | None) -> Batch:
        return batch

    def decode(
        self, net: nn.Module, outputs: Tensor, batch: Batch, recipe: Any, chosen: Chosen
    ) -> list[Side]:
        return [Side(SIDES[int(score > 0)]) for score in outputs.tolist()]


class Mixing(Section):
    """A section of the system's own."""

    mixup: Fraction = knob(0.0, "planes have no mean: refused above 0")


class PerceptronRecipe(Recipe):
    mixing: Mixing = Mixing()


class Plane(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.plane = nn.Parameter(torch.zeros(SIZE + 1))

    def forward(self, rows: Tensor) -> Tensor:
        out: Tensor = rows @ self.plane
        return out


def _memory(net: nn.Module, recipe: Recipe) -> dict[str, Tensor]:
    """The plane of the last step, and how many there were."""
    (plane,) = net.parameters()
    return {"plane": plane.detach().clone(), "planes": plane.new_zeros(())}


@torch.no_grad()
def _step(
    net: nn.Module, batch: Batch, recipe: Recipe, rate: float, memory: Mapping[str, Tensor]
) -> Tensor:
    (rows,), (signs,), last = batch.inputs, batch.targets, memory["plane"]
    margins = signs * (rows @ last)
    wrong = ((margins <= 0) & (signs != 0)).float()
    last.add_((wrong * signs) @ rows, alpha=rate)
    memory["planes"].add_(1)
    (mean,) = net.parameters()
    mean.lerp_(last, float(1 / memory["planes"]))
    return (F.relu(-margins) * batch.count).sum() / batch.count.sum().clamp_min(1)


def _loss(net: nn.Module, outputs: Tensor, batch: Batch, recipe: Any, training: bool) -> Tensor:
    """How far on the wrong side."""
    return F.relu(-outputs.float() * batch.targets[0]) * batch.count


def _error(example: Example, answer: Side) -> float:
    return float(example.target != answer.side)


def _mean(values: Sequence[float], weights: Sequence[float]) -> float:
    return float(np.average(values, weights=weights))


def _baseline(train: Examples) -> Callable[[Example], Side]:
    side = Counter(train.targets).most_common(1)[0][0]
    return lambda example: Side(side)


def _sample(count: int, seed: int) -> Examples:
    rng = np.random.default_rng(seed)
    rows = rng.normal(0, 1, (count, SIZE)).astype(np.float32)
    scores = rows @ np.linspace(-1, 1, SIZE) + rng.normal(0, 0.3, count)
    targets = [SIDES[int(score > 0)] for score in scores]
    ids = [f"{seed}-{at}" for at in range(count)]
    return Examples(list(rows), targets, ids, ids)


def _complete(recipe: PerceptronRecipe, train: Examples) -> PerceptronRecipe:
    return recipe.resolve(
        {
            "model.name": "toy-perceptron",
            "optimizer.lr": 0.1,
            "optimizer.weight_decay": 0.0,
            "schedule.warmup": 0.0,
            "training.epochs": 6,
            "training.batch_size": 16,
            "training.average": 0.0,
        }
    )


NO_GRADIENT = (
    *(key for key in knobs(PerceptronRecipe) if key.partition(".")[0] == "optimizer"),
    "training.average",
    "training.average_kind",
    "training.clip_norm",
)
"""What moves and averages weights along a gradient; the rate is read."""


SYSTEM = System(
    name="toy-perceptron",
    recipe=PerceptronRecipe,
    models=("toy-perceptron",),
    codec=SideCodec,
    answer=Side,
    accepts=lambda examples: None,
    complete=_complete,
    fit=lambda train, recipe: SideCodec(float(np.abs(np.stack(train.inputs)).max())),
    model=lambda codec, recipe: Plane(),
    loss=_loss,
    metrics=(
        Metric(
            "error",
            "lower",
            _error,
            lambda values: _mean(values, [1.0] * len(values)),
            is_proportion=True,
            weighted=_mean,
        ),
    ),
    baseline=_baseline,
    sample=_sample,
    label=lambda target: target,
    step=_step,
    memory=_memory,
    unread=lambda recipe: tuple(key for key in NO_GRADIENT if key != "optimizer.lr"),
    mixes=lambda recipe: Augment(mixup=recipe.mixing.mixup) if recipe.mixing.mixup else None,
)
