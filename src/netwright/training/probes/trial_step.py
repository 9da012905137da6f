"""A training step of any batch size, on a few training examples over and over: to measure it before
training.
"""

from __future__ import annotations

import copy
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import torch
from torch import Tensor

from netwright.base.errors import RecipeError
from netwright.contract import Batch
from netwright.recipe import resolved
from netwright.training import evaluate, loop
from netwright.training.batching import memory
from netwright.training.batching.train_batches import Prepare, prepare_of
from netwright.training.devices import Device
from netwright.training.freezing import phases
from netwright.training.optim import averages
from netwright.training.setup import TrainingSetup
from netwright.training.start.first_state import state_of
from netwright.training.state import State
from netwright.training.steps import auto, autograd

ROUNDS = 5
"""In which every size is timed, one after another."""

FEW = 64
"""Examples that are encoded; larger batches repeat them."""


@dataclass(frozen=True)
class TrialStep:
    """What a step needs.

    Args:
        setup: of the training; its net, laid out as it will train, is left as it is.
        few: encoded training examples, on the CPU.
        held: bytes that the encoded examples will take once training begins; 0 where they are in
            memory already.
    """

    setup: TrainingSetup
    few: Batch
    held: int = 0

    def __post_init__(self) -> None:
        """See that the step is one that can be tried.

        Raises:
            RecipeError: the system takes steps of its own.
        """
        if self.setup.system.step is not None:
            raise RecipeError(
                f"the system '{self.setup.system.name}' takes steps of its own, which are not tried"
                " before training: name training.batch_size and optimizer.lr."
            )

    @property
    def count(self) -> int:
        """Examples of the training split."""
        return len(self.setup.train_units)

    @cached_property
    def _prepare(self) -> Prepare:
        """Mixed where training mixes; the main process tries alone."""
        alone = replace(self.setup, device=Device(self.setup.device.torch_device))
        return prepare_of(alone)

    def whole_step(self, size: int) -> None:
        """Forward, backward, update and an evaluation, as a training does them with batches of
        ``size``.
        """
        state, step = self._begin(10**9)
        step.chosen = step.eager
        self._step(state, step, self._rows(size))
        setup = self.setup
        held = memory.InMemory(self.few.to(setup.device.torch_device))
        some = memory.InMemory(self._rows(held.eval_batch_size))
        with evaluate.averaged(state) as net:
            evaluate.answers(net, setup.system, setup.codec, some, setup.recipe)

    def seconds(self, sizes: Sequence[int], budget: float) -> list[float]:
        """Of a step with batches of each size: the median of ``ROUNDS`` rounds, which go through
        all sizes in turn.

        A machine that is busy for a while slows a round of every size, and not all rounds of one.

        Args:
            budget: seconds for each size.
        """
        state, first = self._begin(10**9)
        trials = [(replace(first), self._rows(size)) for size in sizes]
        for step, batch in trials:
            for _ in range(3):  # the third is recorded, where steps are
                self._step(state, step, batch)
        rounds = [
            [self._median(state, *trial, budget / ROUNDS) for trial in trials]
            for _ in range(ROUNDS)
        ]
        return [statistics.median(times) for times in zip(*rounds, strict=True)]

    def _median(self, state: State, step: auto.AutoStep, batch: Batch, budget: float) -> float:
        """Seconds of a step: the median of as many as ``budget`` seconds allow, one at least."""
        times: list[float] = []
        while not times or (sum(times) < budget and len(times) < 1000):
            before = time.perf_counter()
            self._step(state, step, batch)
            times.append(time.perf_counter() - before)
        return statistics.median(times)

    def _rows(self, size: int) -> Batch:
        return self.few.take(torch.arange(size) % len(self.few)).to(self.setup.device.torch_device)

    def _begin(self, left: int) -> tuple[State, auto.AutoStep]:
        recipe = self.setup.recipe
        knobs = recipe.training
        state = state_of(self.setup, copy.deepcopy(self.setup.net))
        state.epoch = resolved(knobs.epochs) - 1  # what is thawed by then takes its memory
        phases.enter(state, recipe)
        eager = autograd.Eager(
            state.net, self.setup.loss, state.moving, self.setup.device, knobs.accumulate
        )
        wanted = "auto" if knobs.step == "compiled" else knobs.step
        return state, auto.AutoStep(eager, wanted, left, _quiet)

    def _step(self, state: State, step: Callable[[Batch, Tensor], Tensor], encoded: Batch) -> None:
        recipe = self.setup.recipe
        alone = Device(self.setup.device.torch_device)
        draws = loop.draws(recipe, state.step, len(encoded), alone)
        prepared = self._prepare(encoded, draws)
        loss = step(prepared, prepared.divisors().sum().clamp_min(1e-8))
        if recipe.training.clip_norm is not None:
            loop.clip(state.weights.gradient, recipe.training.clip_norm)
        state.optimizer.step(1e-6, state.frozen)
        state.step += 1
        if state.average is not None:
            averages.follow(state.average, state.weights.vector, 0.99, state.step)
        float(loss)


def _quiet(line: str) -> None:
    """What was chosen is reported when training begins."""
