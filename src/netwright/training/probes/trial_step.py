"""A training step of any batch size, on a few training examples over and over: to measure it before
training.
"""

from __future__ import annotations

import copy
import dataclasses
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor, nn

from netwright.contract import Batch, Codec, Examples, System
from netwright.recipe import Recipe
from netwright.training import evaluate, loop
from netwright.training.batching import loader, memory
from netwright.training.batching.training_loss import training_loss
from netwright.training.devices import Device
from netwright.training.optim import averages, flat_weights, optimizers
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
        net: on its device, laid out as it will train; it is left as it is.
        few: encoded training examples, on the CPU.
        count: examples of the training split.
        others: examples of the dev split.
    """

    system: System
    recipe: Recipe
    codec: Any
    net: nn.Module
    device: Device
    few: Batch
    count: int
    others: int

    @property
    def held(self) -> int:
        """Bytes that the encoded examples take during training, where they are held in memory."""
        size = loader.row_bytes(self.few) * (self.count + self.others)
        budget = self.recipe.training.memory * loader.MIB
        return 0 if self.recipe.training.batches == "stream" else min(size, budget)

    @cached_property
    def _training(self) -> tuple[autograd.Loss, Codec]:
        """The loss of a step, and the codec that mixes where training does; the main process
        rehearses alone.
        """
        some, alone = memory.InMemory(self.few), Device(self.device.torch_device)
        loss, codec, _ = training_loss(self.system, self.recipe, self.codec, some, None, alone)
        return loss, codec

    def whole_step(self, size: int) -> None:
        """Forward, backward, update and an evaluation, as a training does them with batches of
        ``size``.
        """
        state, step = self._begun(10**9)
        step.chosen = step.eager
        self._step(state, step, self._rows(size))
        held = memory.InMemory(self.few.to(self.device.torch_device))
        some = memory.InMemory(self._rows(held.eval_batch_size))
        with evaluate.averaged(state) as net:
            evaluate.answers(net, self.system, self.codec, some, self.recipe)

    def seconds(self, sizes: Sequence[int], budget: float) -> list[float]:
        """Of a step with batches of each size: the median of ``ROUNDS`` rounds, which go through
        all sizes in turn.

        A machine that is busy for a while slows a round of every size, and not all rounds of one.

        Args:
            budget: seconds for each size.
        """
        state, begun = self._begun(10**9)
        trials = [(dataclasses.replace(begun), self._rows(size)) for size in sizes]
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
        return self.few.take(torch.arange(size) % len(self.few)).to(self.device.torch_device)

    def _begun(self, left: int) -> tuple[State, auto.AutoStep]:
        net = copy.deepcopy(self.net).train()
        flat = flat_weights.flatten(net, optimizers.kinds(net, self.recipe.optimizer))
        average = averages.start(self.recipe, flat.vector)
        loss, _ = self._training
        eager = autograd.Eager(net, loss, flat, self.device, self.recipe.training.accumulate)
        wanted = "auto" if self.recipe.training.step == "compiled" else self.recipe.training.step
        rule = optimizers.build(flat, self.recipe.optimizer)
        return State(net, flat, rule, average), auto.AutoStep(eager, wanted, left, _quiet)

    def _step(self, state: State, step: Callable[[Batch, Tensor], Tensor], encoded: Batch) -> None:
        draws = loop.draws(self.recipe, state.step, len(encoded), Device(self.device.torch_device))
        _, codec = self._training
        prepared = codec.prepare(encoded, self.recipe, draws)
        loss = step(prepared, prepared.count.sum().clamp_min(1e-8))
        if self.recipe.training.clip_norm is not None:
            loop.clip(state.weights.gradient, self.recipe.training.clip_norm)
        state.optimizer.step(1e-6)
        state.step += 1
        if state.average is not None:
            averages.follow(state.average, state.weights.vector, 0.99, state.step)
        float(loss)


def trial_step(
    system: System,
    codec: Any,
    net: nn.Module,
    device: Device,
    recipe: Recipe,
    parts: Mapping[str, Examples],
) -> TrialStep:
    """The rehearsal of a training on these splits.

    Raises:
        DataError: an example cannot be encoded.
    """
    train = parts["train"]
    few = codec.encode(train.take(range(min(len(train), FEW))))
    return TrialStep(system, recipe, codec, net, device, few, len(train), len(parts["dev"]))


def _quiet(line: str) -> None:
    """What was chosen is said when training begins."""
