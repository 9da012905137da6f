"""The batches that a training steps on: planned, drawn from a loader, weighted, prepared, mixed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from netwright.base.errors import RecipeError
from netwright.contract import Batch, Draws
from netwright.recipe import resolved
from netwright.training.batching import order
from netwright.training.batching.example_weights import draw_weights
from netwright.training.batching.loader import BatchLoader
from netwright.training.batching.mixing import mixed
from netwright.training.course import TrainingCourse
from netwright.training.devices import Device
from netwright.training.optim.schedules import length, steps_of
from netwright.training.setup import TrainingSetup

Prepare = Callable[[Batch, Draws], Batch]
"""(encoded batch, random numbers) -> what the net reads in training."""

Plan = Callable[[int], list[Tensor]]
"""epoch, from 0 -> the rows of each of its batches, over all processes: (B,) int64, or (B, k)."""


@dataclass(frozen=True)
class TrainBatches:
    """Encoded examples by row number, which of them make which batch, and how a batch is made ready
    for the net.

    Args:
        weights: (N,) float32 on the device, how much each row counts in the loss; None: all alike.
        drawn: whether the plan is plainly drawn: neither the system's own nor by length.
    """

    loader: BatchLoader
    prepare: Prepare
    plan: Plan
    weights: Tensor | None = None
    drawn: bool = True

    def __len__(self) -> int:
        return len(self.loader)

    def batches(self, rows: Sequence[Tensor], device: Device) -> Iterator[Batch]:
        """One encoded batch, of this process's part, for each planned one, with its rows' weights.

        Args:
            rows: of all processes, see ``Plan``; what is ragged is padded to the longest of them.
        """
        own = [some[device.shard(len(some))] for some in rows] if device.world > 1 else rows
        if own and own[0].dim() == 2:
            return self._of_several(own, rows)
        return self._weighted(own, rows)

    def _weighted(self, own: Sequence[Tensor], whole: Sequence[Tensor]) -> Iterator[Batch]:
        lengths = self.loader.lengths
        widths = order.widths(whole, lengths) if lengths else None
        batches = self.loader.batches(own, widths)
        if self.weights is None:
            yield from batches
            return
        for some, batch in zip(own, batches, strict=True):
            places = some.to(self.weights.device)
            yield replace(batch, weight=self.weights.index_select(0, places))

    def _of_several(self, own: Sequence[Tensor], whole: Sequence[Tensor]) -> Iterator[Batch]:
        """k examples a row: the batch of the first ones, and beside it those of the others."""
        columns = [
            self._weighted([some[:, at] for some in own], [some[:, at] for some in whole])
            for at in range(own[0].shape[1])
        ]
        for first, *others in zip(*columns, strict=True):
            yield replace(first, others=tuple(others))


def train_batches(
    setup: TrainingSetup,
    loader: BatchLoader,
    weights: NDArray[np.float64] | None = None,
    *,
    rows_drawn: bool = False,
) -> TrainBatches:
    """As the recipe says.

    Args:
        loader: of the training split.
        weights: (N,) how much each row of ``loader`` counts; None: all alike.
        rows_drawn: whether the rows of ``loader`` were drawn by their weights already.

    Raises:
        RecipeError: the recipe asks for batches that cannot be drawn.
    """
    held = None
    if weights is not None:
        held = torch.tensor(weights, dtype=torch.float32, device=setup.device.torch_device)
    drawn = setup.system.plan is None and not loader.lengths
    return TrainBatches(loader, prepare_of(setup), plan_of(setup, loader, rows_drawn), held, drawn)


def prepare_of(setup: TrainingSetup) -> Prepare:
    """As the codec does, and mixed where the recipe mixes."""
    codec, recipe, device = setup.codec, setup.recipe, setup.device
    policy = setup.system.mixes(recipe)

    def prepare(batch: Batch, draws: Draws) -> Batch:
        prepared = codec.prepare(batch, recipe, draws)
        return prepared if policy is None else mixed(prepared, policy, draws, device)

    return prepare


def plan_of(setup: TrainingSetup, loader: BatchLoader, rows_drawn: bool = False) -> Plan:
    """Which rows make which batch: as the system plans; of about one length where lengths differ;
    else as they are drawn.

    Raises:
        RecipeError: batches of so many things, where all examples are of one length.
    """
    recipe, train, system = setup.recipe, setup.train_units.units, setup.system
    knobs, lengths = recipe.training, loader.lengths
    if system.plan is not None:
        return lambda epoch: planned(setup, epoch)
    check_tokens(setup, loader)
    size = resolved(knobs.batch_size)
    drawn = None if rows_drawn else draw_weights(system, recipe, train)
    if not lengths:
        return lambda epoch: order.order(len(loader), size, knobs.seed, epoch, drawn)
    things, least = torch.stack(lengths).amax(0), max(2, setup.device.world)
    return lambda epoch: order.by_length(
        things, size, knobs.seed, epoch, drawn, knobs.batch_tokens, least
    )


def check_tokens(setup: TrainingSetup, loader: BatchLoader) -> None:
    """Refuse batches of so many things where all examples are of one length.

    Raises:
        RecipeError: the recipe asks for them.
    """
    tokens = setup.recipe.training.batch_tokens
    if tokens is not None and not loader.lengths:
        raise RecipeError(
            f"training.batch_tokens = {tokens:,}: it is for examples of unequal length, and these"
            " are all alike; name training.batch_size."
        )


def planned(setup: TrainingSetup, epoch: int) -> list[Tensor]:
    """The batches of an epoch, from 0, as the system plans them.

    Raises:
        RecipeError: there are none.
    """
    system, recipe, train = setup.system, setup.recipe, setup.train_units.units
    assert system.plan is not None
    found = [torch.as_tensor(b) for b in system.plan(train, recipe, recipe.training.seed, epoch)]
    if not found:
        raise RecipeError(
            f"the system '{system.name}' plans no batch for epoch {epoch + 1} of {len(train):,}"
            " training examples: give more examples, or a smaller training.batch_size."
        )
    return found


def course_of(setup: TrainingSetup, loader: BatchLoader) -> TrainingCourse:
    """How long the training is."""
    recipe, count = setup.recipe, len(setup.train_units)
    if setup.system.plan is None and recipe.training.batch_tokens is None:
        return TrainingCourse(*length(recipe, count))
    per_epoch = len(plan_of(setup, loader)(0))
    return TrainingCourse(per_epoch, steps_of(recipe, per_epoch, count))
