"""A system for the contract suite alone that hands tensors from step to step: a running sum over
numbers that come five at a time, in lanes of one series after another.

Nothing of the spine knows of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from netwright.base.seeds import seed_of
from netwright.contract import Batch, Chosen, Cut, Draws, Example, Examples, Metric, System
from netwright.recipe import Augment, Recipe, Section, knob, resolved
from netwright.recipe.knobs import Fraction

Ints = NDArray[np.int64]

FIVE = 5


@dataclass(frozen=True)
class Sums:
    """The sum of all numbers so far, after every fifth."""

    sums: tuple[float, ...]


@dataclass(frozen=True)
class SumCodec:
    """The largest number of the training split."""

    most: float

    def encode(self, examples: Examples) -> Batch:
        """Units: whether a series begins there, and five numbers."""
        begins = torch.tensor([float(begin) for begin, _ in examples.inputs])
        numbers = torch.from_numpy(np.stack([numbers for _, numbers in examples.inputs]))
        targets = torch.tensor([target or 0.0 for target in examples.targets])
        known = torch.tensor([float(target is not None) for target in examples.targets])
        return Batch((begins, numbers.float() / self.most), (targets / self.most,), known)

    def prepare(self, batch: Batch, recipe: Any, draws: Draws | None) -> Batch:
        return batch

    def decode(
        self, net: nn.Module, outputs: Tensor, batch: Batch, recipe: Any, chosen: Chosen
    ) -> list[Sums]:
        return [Sums((total,)) for total in (self.most * outputs[:, 0]).tolist()]


class Mixing(Section):
    """A section of the system's own."""

    mixup: Fraction = knob(0.0, "lanes have no mean: refused above 0")


class SumRecipe(Recipe):
    mixing: Mixing = Mixing()


class Adder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.weigh = nn.Linear(FIVE, 1)

    def forward(self, begins: Tensor, numbers: Tensor, sums: Tensor) -> Tensor:
        """(B, 1): the sums after these numbers; ``sums`` are those before them."""
        out: Tensor = sums * (1 - begins)[:, None] + self.weigh(numbers)
        return out


def _cut(examples: Examples, recipe: SumRecipe, codec: SumCodec) -> Cut:
    """Five numbers a unit, one series after another."""
    inputs, targets, owner, place = [], [], list[int](), list[int]()
    for at, (numbers, sums) in enumerate(zip(examples.inputs, examples.targets, strict=True)):
        fives = np.asarray(numbers).reshape(-1, FIVE)
        inputs += [(number == 0, five) for number, five in enumerate(fives)]
        targets += [None] * len(fives) if sums is None else list(sums)
        owner += [at] * len(fives)
        place += range(len(fives))
    names = [f"{examples.ids[at]}/{number}" for at, number in zip(owner, place, strict=True)]
    return Cut(Examples(inputs, targets, names, names), np.array(owner), np.array(place))


def _gather(answers: Sequence[Sums], owner: Ints, place: Ints) -> list[Sums]:
    """The sums of an example's units, in their order."""
    found: list[list[float]] = [[] for _ in range(int(owner.max()) + 1)]
    for at in np.lexsort((place, owner)):
        found[owner[at]] += answers[at].sums
    return [Sums(tuple(sums)) for sums in found]


def _plan(units: Examples, recipe: SumRecipe, seed: int, epoch: int) -> list[Ints]:
    """Whole series, shuffled, each behind the others of the shortest lane; an epoch ends with the
    shortest lane.
    """
    begins = np.flatnonzero([begin for begin, _ in units.inputs])
    series = np.split(np.arange(len(units)), begins[1:])
    rng = np.random.default_rng(seed_of(seed, "lanes", epoch))
    lanes: list[list[int]] = [
        [] for _ in range(min(resolved(recipe.training.batch_size), len(series)))
    ]
    for at in rng.permutation(len(series)):
        min(lanes, key=len).extend(series[at])
    return [np.array(rows) for rows in zip(*lanes, strict=False)]


def _loss(net: nn.Module, outputs: Tensor, batch: Batch, recipe: Any, training: bool) -> Tensor:
    return (outputs[:, 0].float() - batch.targets[0]).square() * batch.count


def _off(example: Example, answer: Sums) -> float:
    return float(np.abs(np.subtract(example.target, answer.sums)).mean())


def _mean(values: Sequence[float], weights: Sequence[float]) -> float:
    return float(np.average(values, weights=weights))


def _baseline(train: Examples) -> Callable[[Example], Sums]:
    middle = float(np.median(np.concatenate(train.targets)))
    return lambda example: Sums((middle,) * len(example.target or ()))


def _sample(count: int, seed: int) -> Examples:
    rng = np.random.default_rng(seed)
    series = [rng.integers(-3, 10, FIVE * rng.integers(1, 5)) for _ in range(count)]
    sums = [
        tuple(np.cumsum(numbers)[FIVE - 1 :: FIVE].astype(float).tolist()) for numbers in series
    ]
    ids = [f"{seed}-{at}" for at in range(count)]
    return Examples(series, sums, ids, ids)


def _complete(recipe: SumRecipe, train: Examples) -> SumRecipe:
    return recipe.resolve(
        {
            "model.name": "toy-sums",
            "optimizer.lr": 0.05,
            "optimizer.weight_decay": 0.0,
            "schedule.warmup": 0.25,
            "training.epochs": 6,
            "training.batch_size": 16,
            "training.average": 0.9,
        }
    )


SYSTEM = System(
    name="toy-sums",
    recipe=SumRecipe,
    models=("toy-sums",),
    codec=SumCodec,
    answer=Sums,
    accepts=lambda examples: None,
    complete=_complete,
    fit=lambda train, recipe: SumCodec(float(max(numbers.max() for numbers in train.inputs))),
    model=lambda codec, recipe: Adder(),
    forward=lambda net, batch, recipe: net(*batch.inputs, *batch.carry),
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
    cut=_cut,
    gather=_gather,
    plan=_plan,
    carry=lambda net, recipe, lanes: (next(net.parameters()).new_zeros(lanes, 1),),
    carried=lambda outputs: (outputs,),
    mixes=lambda recipe: Augment(mixup=recipe.mixing.mixup) if recipe.mixing.mixup else None,
)
