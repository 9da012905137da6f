"""The learning-rate finder: a short training under a rising rate, after which everything is as it
was (Smith 2017).

Leslie Smith, "Cyclical learning rates for training neural networks", section 3.3.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from netwright.base.seeds import seed_of
from netwright.recipe import Recipe, resolved
from netwright.training.batching.train_batches import TrainBatches
from netwright.training.devices import Device
from netwright.training.freezing import phases
from netwright.training.loop import clip, draws
from netwright.training.state import State
from netwright.training.steps.autograd import Step
from netwright.training.steps.untouched import Untouched

LOWEST, HIGHEST = 1e-6, 10.0
STEPS = 100
"""Steps of a sweep; where an epoch has fewer, the sweep passes over the data several times."""

EXPLODED = 4.0
"""The sweep ends where the smoothed loss is this many times its lowest value."""

SMOOTHING = 0.9
"""Of the loss by which the sweep ends."""

BASIN_DEPTH = 0.8
"""Of the whole fall of the loss, which the rates of the basin reach."""


@dataclass(frozen=True)
class Sweep:
    """What was seen.

    Args:
        rates: rising evenly on a log scale.
        losses: of each step's batch, before the step.
        batch_size: of the sweep.
    """

    rates: tuple[float, ...]
    losses: tuple[float, ...]
    batch_size: int

    @property
    def basin(self) -> tuple[float, float]:
        """The rates around the lowest loss between which at least ``BASIN_DEPTH`` of the fall was
        reached.

        The losses are smoothed over their neighbours on both sides, so that the curve is not
        shifted to higher rates.
        """
        import numpy as np

        losses = np.array(self.losses)
        losses[~np.isfinite(losses)] = losses[np.isfinite(losses)].max()
        at = np.arange(len(losses))
        near = np.exp(-0.5 * ((at[:, None] - at) / max(1.5, len(losses) / 30)) ** 2)
        smooth = near @ losses / near.sum(axis=1)
        before = float(np.median(losses[: max(3, len(losses) // 4)]))
        lowest = int(smooth.argmin())
        level = smooth[lowest] + (1 - BASIN_DEPTH) * max(before - smooth[lowest], 0.0)
        left = right = lowest
        while left > 0 and smooth[left - 1] <= level:
            left -= 1
        while right < len(smooth) - 1 and smooth[right + 1] <= level:
            right += 1
        return self.rates[left], self.rates[right]

    @property
    def proposal(self) -> float:
        """The middle of the basin on a log scale, to two digits."""
        left, right = self.basin
        return float(f"{math.sqrt(left * right):.2g}")


def sweep(state: State, step: Step, batches: TrainBatches, recipe: Recipe, device: Device) -> Sweep:
    """Train under a rate that rises from 1e-6 to 10, for 100 steps or until the loss explodes,
    then put everything back, bit for bit.

    Args:
        state: of the training that is to begin; its weights, buffers, optimizer and random state
            are left as they were.
    """
    rows = _rows(batches, recipe)
    rates = [LOWEST * (HIGHEST / LOWEST) ** (k / (STEPS - 1)) for k in range(STEPS)]
    losses: list[float] = []
    restore = _kept(state)
    phases.enter(state, recipe)
    with Untouched(state.net, device.torch_device):
        for at, (whole, batch) in enumerate(zip(rows, batches.batches(rows, device), strict=True)):
            prepared = batches.prepare(batch, draws(recipe, at, len(whole), device))
            total = device.total(prepared.divisors().sum()).clamp_min(1e-8)
            loss = step(prepared, total)
            if device.world > 1:
                device.total(loss)
                device.total(state.weights.gradient)
            losses.append(float(loss))
            if exploded(losses):
                break
            if recipe.training.clip_norm is not None:
                clip(state.weights.gradient, recipe.training.clip_norm)
            state.optimizer.step(rates[at], state.frozen)
        restore()
    phases.leave(state)
    return Sweep(tuple(rates[: len(losses)]), tuple(losses), len(rows[0]))


def _rows(batches: TrainBatches, recipe: Recipe) -> list[Tensor]:
    """``STEPS`` batches of row numbers, epoch after epoch in new orders: as the training plans them
    where they are not plainly drawn; else full ones alone.
    """
    if not batches.drawn:
        planned = (rows for epoch in itertools.count() for rows in batches.plan(epoch))
        return list(itertools.islice(planned, STEPS))
    count = len(batches)
    batch_size = min(resolved(recipe.training.batch_size), count)
    generator = torch.Generator().manual_seed(seed_of(recipe.training.seed, "finder"))
    found: list[Tensor] = []
    while len(found) < STEPS:
        order = torch.randperm(count, generator=generator)
        found += torch.split(order[: max(batch_size, count - count % batch_size)], batch_size)
    return found[:STEPS]


def exploded(losses: Sequence[float]) -> bool:
    """Whether the last loss is not finite, or the smoothed loss is far above its lowest value."""
    if not math.isfinite(losses[-1]):
        return True
    average, smooth = 0.0, []
    for step, loss in enumerate(losses, start=1):  # bias-corrected (notes 2.2.4)
        average = SMOOTHING * average + (1 - SMOOTHING) * loss
        smooth.append(average / (1 - SMOOTHING**step))
    return len(losses) > 5 and smooth[-1] > EXPLODED * max(min(smooth), 1e-3)


def _kept(state: State) -> Callable[[], None]:
    """A copy of the weights and of what the optimizer remembers; calling it puts them back."""
    tensors: list[Tensor] = [
        state.weights.vector,
        state.weights.gradient,
        *state.optimizer.memory.values(),
    ]
    copies = [tensor.clone() for tensor in tensors]

    def restore() -> None:
        for tensor, copy in zip(tensors, copies, strict=True):
            tensor.copy_(copy)

    return restore
