"""The training loop, top to bottom. It yields each step; who iterates logs, evaluates, stops and
saves.

Nothing here depends on what ran before but ``state``: the order of an epoch, the augmentation of a
step and the rate all follow from the seed and the step number, so that a resumed run goes on bit
for bit.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from netwright.base.errors import DivergenceError
from netwright.base.seeds import seed_of
from netwright.contract import Draws
from netwright.recipe import Recipe, resolved
from netwright.training.batching.train_batches import TrainBatches
from netwright.training.course import TrainingCourse
from netwright.training.devices import Device
from netwright.training.freezing import phases
from netwright.training.optim import averages
from netwright.training.optim.schedules import factor
from netwright.training.state import State
from netwright.training.steps.autograd import Step

EXPLODED = 1000.0
"""A loss this many times the largest of the first steps counts as divergence, even while it is
finite.
"""


@dataclass(frozen=True, slots=True)
class StepResult:
    """One finished step.

    Args:
        step: its number, from 1.
        epoch: the epoch it lies in, from 1.
        loss: of its batch, a 0-dim tensor (on the device: reading it waits for the device).
        total: what that loss was divided by: labelled things, weighted; 0-dim, on the device.
        rate: the learning rate used.
        examples: how many the global batch held.
        last: whether the epoch, or the training, ends with it.
    """

    step: int
    epoch: int
    loss: Tensor
    total: Tensor
    rate: float
    examples: int
    last: bool


def train(
    state: State,
    step: Step,
    batches: TrainBatches,
    course: TrainingCourse,
    recipe: Recipe,
    device: Device,
) -> Iterator[StepResult]:
    """Train from where ``state`` stands to the end of the course.

    Raises:
        DivergenceError: the loss became NaN, infinite or a thousand times what it was; the update
            is not made.
    """
    peak = resolved(recipe.optimizer.lr)
    per_epoch, steps = course.per_epoch, course.steps
    average = averages.weight_averager(recipe, per_epoch, steps)
    # reading a loss makes an accelerator wait
    check_every = 1 if device.torch_device.type == "cpu" else 50

    plan = batches.plan(state.epoch)
    state.place = course.place(state.epoch, state.done, len(plan))
    while not course.over(state):
        epoch, length = state.epoch, len(plan)
        if state.done == 0:  # dropout's stream; within an epoch the checkpoint has put it back
            device.seed(seed_of(recipe.training.seed, "epoch", epoch))
        rows = plan[state.done : course.last(epoch, length)]
        phases.enter(state, recipe)
        for whole, batch in zip(rows, batches.batches(rows, device), strict=True):
            size = whole.shape[0]
            state.rate = rate = (
                peak
                * state.lr_scale
                * factor(recipe.schedule, state.place, steps, steps / per_epoch)
            )
            drawn = draws(recipe, state.step, size, device, state.place / steps)
            prepared = batches.prepare(batch, drawn)
            total = device.total(prepared.divisors().sum()).clamp_min(1e-8)
            loss = step(prepared, total)
            if device.world > 1:
                device.total(loss)
                device.total(state.weights.gradient)
            if state.step % check_every == 0:
                _check(float(loss), state)
            if recipe.training.clip_norm is not None:
                clip(state.weights.gradient, recipe.training.clip_norm)

            state.optimizer.step(rate, state.frozen)
            _count(state, course, length)
            if average is not None:
                average(state)
            last = state.done == 0 or course.over(state)
            yield StepResult(state.step, epoch + 1, loss, total, rate, size, last)
        if state.done == 0:
            plan = batches.plan(state.epoch)


def _count(state: State, course: TrainingCourse, length: int) -> None:
    """One more step is done, of an epoch of ``length``."""
    state.step, state.done = state.step + 1, state.done + 1
    state.place = course.place(state.epoch, state.done, length)
    if state.done == length:
        state.epoch, state.done = state.epoch + 1, 0


def draws(recipe: Recipe, step: int, total: int, device: Device, progress: float = 1.0) -> Draws:
    """The random numbers of one step's augmentation, the same for any number of processes.

    Args:
        progress: the fraction of the training that is done; of a trial the end, where a step is
            dearest.
    """
    rows = device.shard(total)
    return Draws(recipe.training.seed, step, device.torch_device, total, rows, progress)


def clip(gradient: Tensor, most: float) -> None:
    """Scale ``gradient`` in place so that its norm is at most ``most`` (Pascanu et al. 2013; notes
    5.1.9).
    """
    norm = torch.linalg.vector_norm(gradient)
    gradient.mul_((most / (norm + 1e-6)).clamp(max=1.0))


def _check(loss: float, state: State) -> None:
    if state.step < 10 and math.isfinite(loss):
        state.ceiling = max(state.ceiling, loss)
    if math.isfinite(loss) and (state.step < 10 or loss <= EXPLODED * max(state.ceiling, 1e-3)):
        return
    norms, smaller = (
        state.weights.norms(),
        "a learning rate 10 times smaller (--set optimizer.lr=N)",
    )
    why = f"the loss is {loss:.3g} at step {state.step + 1}: training diverged"
    if not any(norms.values()):  # a system's own step, which follows no gradient
        raise DivergenceError(f"{why}; try {smaller}.")
    raise DivergenceError(
        f"{why}; gradient norms there: {_largest(norms)}; try {smaller}, a longer warm-up"
        " (schedule.warmup) or clipping (--set training.clip_norm=1)."
    )


def _largest(norms: Mapping[str, float]) -> str:
    """The layers of the largest gradients, those that are no numbers first."""
    ordered = sorted(
        norms.items(), key=lambda pair: -pair[1] if math.isfinite(pair[1]) else -math.inf
    )
    named = [f"{name} {norm:.3g}" for name, norm in ordered[:8]]
    return ", ".join(named) + (", ..." if len(ordered) > 8 else "")
