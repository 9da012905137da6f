"""A finder of the sign, and a reader of what it found; ``model.blind`` makes either of them see
half of what it should.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from netwright.systems.toy_strips.sources import CELLS, SIGNS, WIDTH, Sign, drawn, examples_of
from torch import Tensor, nn
from torch.nn import functional as F

from netwright.contract import (
    Batch,
    Chosen,
    Claim,
    Component,
    Draws,
    Example,
    Examples,
    Metric,
    System,
)
from netwright.recipe import Model, Recipe, knob

KINDS = tuple(SIGNS)


@dataclass(frozen=True)
class Seen:
    """The answer."""

    label: str
    at: int


@dataclass(frozen=True)
class StripCodec:
    width: int = WIDTH

    def encode(self, examples: Examples) -> Batch:
        known = [sign is not None and sign.at is not None for sign in examples.targets]
        signs = [
            sign if ok else Sign("a", 0) for sign, ok in zip(examples.targets, known, strict=True)
        ]
        places = torch.tensor([sign.at for sign in signs])
        kinds = torch.tensor([KINDS.index(sign.kind) for sign in signs])
        strips = torch.tensor(np.asarray(examples.inputs))
        return Batch((strips,), (places, kinds), torch.tensor(known, dtype=torch.float32))

    def prepare(self, batch: Batch, recipe: Any, draws: Draws | None) -> Batch:
        return batch

    def decode(
        self, net: nn.Module, outputs: Any, batch: Batch, recipe: Any, chosen: Chosen
    ) -> list[Seen]:
        places, kinds = outputs
        found = places.argmax(1)
        read = kinds[torch.arange(len(found)), found].argmax(1)
        return [
            Seen(KINDS[kind], at) for kind, at in zip(read.tolist(), found.tolist(), strict=True)
        ]


class StripModel(Model):
    blind: Literal["none", "find", "read"] = knob("none", "which of the two sees half")


class StripRecipe(Recipe):
    model: StripModel = StripModel()


class Net(nn.Module):
    def __init__(self, blind: str) -> None:
        super().__init__()
        self.blind = blind
        self.finder = nn.Sequential(nn.Linear(CELLS, 32), nn.ReLU(), nn.Linear(32, CELLS - 3))
        self.reader = nn.Linear(WIDTH, len(KINDS))

    def find(self, strips: Tensor) -> Tensor:
        if self.blind == "find":
            strips = strips * (torch.arange(CELLS) < CELLS // 2)
        found: Tensor = self.finder(strips)
        return found

    def read(self, crops: Tensor) -> Tensor:
        if self.blind == "read":
            crops = crops * torch.tensor([1.0, 1.0, 0.0, 0.0])
        found: Tensor = self.reader(crops)
        return found

    def forward(self, strips: Tensor) -> tuple[Tensor, Tensor]:
        """(B, 9) where it begins; (B, 9, 3) which it is, were it there."""
        return self.find(strips), self.read(strips.unfold(1, WIDTH, 1))


def loss(net: nn.Module, outputs: Any, batch: Batch, recipe: Any, training: bool) -> Tensor:
    (places, kinds), (at, kind) = outputs, batch.targets
    there = kinds[torch.arange(len(at)), at]
    both = F.cross_entropy(places, at, reduction="none")
    return (both + F.cross_entropy(there, kind, reduction="none")) * batch.count


Before = Mapping[str, Sequence[Any]]


def find(
    net: Any, examples: Examples, before: Before, codec: Any, recipe: Any, chosen: Chosen
) -> list[int]:
    found: list[int] = net.find(torch.tensor(np.asarray(examples.inputs))).argmax(1).tolist()
    return found


def read(
    net: Any, examples: Examples, before: Before, codec: Any, recipe: Any, chosen: Chosen
) -> list[Seen]:
    crops = [
        strip[at : at + WIDTH] for strip, at in zip(examples.inputs, before["find"], strict=True)
    ]
    kinds = net.read(torch.tensor(np.stack(crops))).argmax(1).tolist()
    return [Seen(KINDS[kind], at) for kind, at in zip(kinds, before["find"], strict=True)]


def complete(recipe: StripRecipe, train: Examples) -> StripRecipe:
    usual = {"model.name": "toy-strips", "optimizer.lr": 0.02, "optimizer.weight_decay": 0.0}
    usual |= {"training.epochs": 15, "training.batch_size": 32, "training.average": 0.0}
    return recipe.resolve(usual | {"schedule.warmup": 0.1})


def baseline(train: Examples) -> Callable[[Example], Seen]:
    kind = Counter(sign.kind for sign in train.targets).most_common(1)[0][0]
    return lambda example: Seen(kind, 0)


def mistaken(example: Example, answer: Seen) -> float:
    return float(answer.label != example.target.kind)


SYSTEM = System(
    name="toy_strips",
    recipe=StripRecipe,
    models=("toy-strips",),
    codec=StripCodec,
    answer=Seen,
    target=Sign,
    accepts=lambda examples: Claim("strips", 3) if len(examples.inputs[0]) == CELLS else None,
    complete=complete,
    fit=lambda train, recipe: StripCodec(),
    model=lambda codec, recipe: Net(recipe.model.blind),
    loss=loss,
    metrics=(Metric("error", "lower", mistaken, np.mean, is_proportion=True),),
    baseline=baseline,
    sample=lambda count, seed: examples_of(*drawn(count, seed), name=f"sample-{seed}"),
    wrong=lambda example, answer: answer.label != example.target.kind,
    components=(
        Component("find", find, lambda example: example.target.at),
        Component("read", read, lambda example: Seen(example.target.kind, example.target.at or 0)),
    ),
)
