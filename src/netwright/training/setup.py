"""What a training is made of: the examples of each split, the codec, the net and the device."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from netwright.contract import AnySystem, Batch, Codec, EarlierRun, Examples, Reading
from netwright.data import splits
from netwright.recipe import Recipe, resolved
from netwright.training import allowed, carry, devices, running_statistics
from netwright.training.batching import example_weights
from netwright.training.devices import Device
from netwright.training.freezing import stages
from netwright.training.freezing.passed import PassedStages
from netwright.training.optim import optimizers
from netwright.training.optim.flat_weights import Weights
from netwright.training.optim.optimizers import FlatOptimizer
from netwright.training.probes.speed import PRECISIONS, lay_out
from netwright.training.start.take_over import TakenOver, take_over
from netwright.training.steps import compiled, narrow_strides
from netwright.training.units import SplitUnits, units_of


@dataclass(frozen=True)
class TrainingSetup:
    """Everything that a training is made of, in memory.

    Args:
        recipe: every hyperparameter; the trials of ``probes`` replace what it leaves open.
        net: seeded, on its device.
        splits: name -> its examples; ``train`` is there.
        taken_over: from an earlier run; None: nothing.
        codec: by which examples are read and answered in training.
        kept: the system's own codec, where training reads them by another one: what a frozen net
            makes of them.
        passed: the stages of the net that are not run, as what they make is kept; None: all are.
    """

    system: AnySystem
    recipe: Recipe
    codec: Codec
    net: nn.Module
    device: Device
    splits: Mapping[str, Examples]
    taken_over: TakenOver | None = None
    kept: Codec | None = None
    passed: PassedStages | None = None

    @property
    def own_codec(self) -> Codec:
        """The system's own, which the run keeps."""
        return self.codec if self.kept is None else self.kept

    @property
    def train(self) -> Examples:
        """The training split."""
        return self.splits["train"]

    @property
    def dev(self) -> Examples:
        """The split that the epochs and the runs are compared on; empty where nothing is held
        out.
        """
        return self.splits["dev"] if "dev" in self.splits else self.train.take([])

    @cached_property
    def train_units(self) -> SplitUnits:
        """What is learned from: of the training split."""
        return units_of(self.system, self.train, self.recipe, self.codec)

    @cached_property
    def dev_units(self) -> SplitUnits:
        """What is answered of dev."""
        if not len(self.dev):
            return self.train_units.take([])[0]
        return units_of(self.system, self.dev, self.recipe, self.codec)

    @property
    def each_epoch(self) -> Device | None:
        """In whose precision epochs are measured, see ``evaluate.answers``."""
        return self.device if self.system.stands_rounding else None

    @property
    def parameters(self) -> int:
        """How many numbers the net learns."""
        return sum(p.numel() for p in self.net.parameters())

    def with_recipe(self, recipe: Recipe) -> TrainingSetup:
        """The same, by another recipe, of the units that are there: what is encoded is of these."""
        other = replace(self, recipe=recipe)
        units = ("train_units", "dev_units")
        vars(other).update({name: vars(self)[name] for name in units if name in vars(self)})
        return other

    def optimizer(self, weights: Weights) -> FlatOptimizer:
        """The recipe's; one that moves nothing where the system takes steps of its own."""
        knobs = self.recipe.optimizer
        if self.system.step is not None:
            return FlatOptimizer(knobs, (), {})
        return optimizers.build(weights, knobs)

    def loss(self, net: nn.Module, batch: Batch) -> Tensor:
        """(B,) the loss of each row of a prepared batch, weighted and mixed where the batch is; the
        net runs once.

        With weights w, w' of an example and its partner, a mixed row's loss is lambda w L(y) + (1 -
        lambda) w' L(y'), and ``batch.divisors`` lambda w + (1 - lambda) w': each target counts as
        its own example does.
        """
        batch = carry.begun(self.system, net, batch, self.recipe)
        return self.losses(net, self.system.forward(net, batch, self.recipe), batch)

    def losses(self, net: nn.Module, outputs: Any, batch: Batch) -> Tensor:
        """The same of outputs that are there."""
        own = self._weighted(net, outputs, batch)
        if batch.mix is None:
            return own
        lam = batch.mix.lam
        return lam * own + (1 - lam) * self._weighted(net, outputs, batch.of_partners())

    def _weighted(self, net: nn.Module, outputs: Any, batch: Batch) -> Tensor:
        losses = self.system.loss(net, outputs, batch, self.recipe, net.training)
        return losses if batch.weight is None else losses * batch.weight


def build(
    system: AnySystem,
    recipe: Recipe,
    parts: Mapping[str, Examples],
    earlier: EarlierRun | None = None,
) -> TrainingSetup:
    """All that needs no trial: the recipe completed, the codec fitted, the net built and seeded.

    Args:
        parts: split -> its examples.
        earlier: the run that it starts from.

    Raises:
        NetwrightError: the data or the recipe do not allow it.
    """
    recipe = system.completed(recipe, parts["train"])
    parts = as_trained(system, recipe, parts)
    train = parts["train"]
    codec = system.fit(train, recipe, *([] if earlier is None else [earlier]))
    example_weights.draw_weights(system, recipe, train)  # refuses what cannot be drawn
    setup = started(assemble(system, recipe, codec, parts), earlier)
    running_statistics.check(recipe, setup.net)
    stages.check(system, setup.net, recipe)
    return setup


def as_trained(
    system: AnySystem, recipe: Recipe, parts: Mapping[str, Examples]
) -> Mapping[str, Examples]:
    """Every split as a training by a completed recipe has it."""
    return {name: system.as_trained(some, name, recipe) for name, some in parts.items()}


def started(setup: TrainingSetup, earlier: EarlierRun | None) -> TrainingSetup:
    """The same, its net with what it takes over from an earlier run.

    Raises:
        RecipeError: the weights of that run do not fit.
    """
    if earlier is None:
        return setup
    return replace(setup, taken_over=take_over(setup.system, setup.net, setup.codec, earlier))


def assemble(
    system: AnySystem, recipe: Recipe, codec: Any, parts: Mapping[str, Examples]
) -> TrainingSetup:
    """The net, seeded, on its device, beside what is known already.

    Raises:
        RecipeError: the device is not there, or the system's way of learning excludes what the
            recipe asks for.
    """
    torch.manual_seed(recipe.training.seed)
    net = system.model(codec, recipe)
    device = devices.choose(recipe.training.device, recipe.training.precision, net)
    allowed.check(system, recipe, device.world)
    net = narrow_strides.read_apart(net.to(device.torch_device), device)
    return TrainingSetup(system, recipe, codec, net, device, parts)


def laid_out(setup: TrainingSetup) -> TrainingSetup:
    """The net's filters in the order of memory that the recipe names, in place, and the device with
    the recipe's precision.
    """
    knobs = setup.recipe.training
    compiled.refuse(setup.recipe, setup.device)
    lay_out(setup.net, resolved(knobs.layout))
    precision = PRECISIONS[resolved(knobs.precision)]
    return replace(setup, device=replace(setup.device, precision=precision))


def arranged(system: AnySystem, reading: Reading, recipe: Recipe) -> Reading:
    """The reading with its examples as the system arranges them for a recipe."""
    return splits.arranged(reading, system.takes_by(recipe))


def without_test(parts: Mapping[str, Examples]) -> dict[str, Examples]:
    """The splits that are looked at; test is sealed."""
    return {name: part for name, part in parts.items() if name != "test"}


def parts_of(examples: Examples, assigned: Sequence[str]) -> dict[str, Examples]:
    """The examples of every split that has any: train, dev, test, then others in their order; those
    in the gap between two splits are of none.
    """
    present = dict.fromkeys(name for name in assigned if name != splits.GAP)
    usual = [name for name in splits.NAMES if name in present]
    names = list(dict.fromkeys([*usual, *present]))
    place = {name: at for at, name in enumerate(names)}
    codes = np.fromiter((place.get(name, -1) for name in assigned), np.int8, len(assigned))
    return {
        name: examples.take(array("q", np.flatnonzero(codes == at).tobytes()))
        for at, name in enumerate(names)
    }


def split(system: AnySystem, examples: Examples, recipe: Recipe) -> dict[str, Examples]:
    """The examples of every split that has any, arranged, as the recipe splits them."""
    examples = system.arrange(examples, recipe)
    return parts_of(examples, splits.as_wanted(system, examples, recipe))
