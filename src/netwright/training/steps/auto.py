"""The way to step that suits a net: by autograd, or traced where that gives the same bits and
pays.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

import torch
from torch import Tensor, nn

from netwright.contract import Batch
from netwright.training.steps.autograd import Eager, Step
from netwright.training.steps.traced import Traced, layout_of, record

Layout: TypeAlias = tuple[tuple[object, ...], ...]
"""Shape, stride and type of each tensor of a batch."""

TRACER = "torch._dynamo"
"""What torch loads when it first records."""


@dataclass
class AutoStep:
    """Steps by autograd at first, so that training starts at once, and chooses on the second batch.

    Args:
        wanted: the recipe's ``training.step``.
        left: how many steps there will be.
        log: given what was chosen and why.
        varied: whether batches are known to differ in shape; else the first two tell.
    """

    eager: Eager
    wanted: str
    left: int
    log: Callable[[str], None]
    varied: bool = False
    first: Batch | None = None
    chosen: Step | None = None

    def __call__(self, batch: Batch, total: Tensor) -> Tensor:
        if self.chosen is not None:
            return self.chosen(batch, total)
        if self.first is None:
            self.first = batch
            return self.eager(batch, total)
        self.chosen, why = self._choose([self.first, batch])
        self.first = None
        self.log(why)
        return self.chosen(batch, total)

    def _choose(self, batches: list[Batch]) -> tuple[Step, str]:
        if not self.varied and layout_of(batches[0]) == layout_of(batches[1]):
            return choose(self.eager, self.wanted, batches, self.left)
        why = refusal(self.eager, self.wanted, self.left)
        if why is not None:
            return self.eager, why
        return ByShape(self.eager, self.left, self.wanted == "traced"), (
            "batches differ in shape: the steps of a shape are recorded once it comes often enough"
        )


@dataclass
class ByShape:
    """Steps by autograd, and a program of its own for each layout of batches that comes so often
    that recording it pays.

    Args:
        left: how many steps there will be.
        always: whether a shape is recorded as soon as it comes again, whether or not that pays.
        wait: seconds that the last recording took.
        seen: layout -> the last batch of it, and how many there were.
        ways: layout -> how its batches step from now on.
    """

    eager: Eager
    left: int
    always: bool = False
    wait: float | None = None
    steps: int = 0
    seen: dict[Layout, tuple[Batch, int]] = field(default_factory=dict)
    ways: dict[Layout, Step] = field(default_factory=dict)

    def __call__(self, batch: Batch, total: Tensor) -> Tensor:
        layout = layout_of(batch)
        way = self.ways.get(layout)
        if way is None:
            way = self._way(layout, batch)
        self.steps += 1
        return way(batch, total)

    def _way(self, layout: Layout, batch: Batch) -> Step:
        before, times = self.seen.get(layout, (batch, 0))
        self.seen[layout] = batch, times + 1
        to_come = (self.left - self.steps) * (times + 1) / (self.steps + 1)
        if times == 0 or not (self.always or pays(self.eager, to_come, self.wait)):
            return self.eager
        began, loaded = time.perf_counter(), TRACER in sys.modules
        way, _ = traced_if_same(self.eager, [before, batch])
        if loaded:  # the first recording of a process waits for torch's tracer, too
            self.wait = time.perf_counter() - began
        self.ways[layout] = way
        del self.seen[layout]
        return way


def pays(eager: Eager, left: float, wait: float | None = None) -> bool:
    """Whether so many steps win back the time that recording takes.

    A replayed step saves about 30 microseconds for each parameter tensor (measured on dense and
    convolution nets); recording takes a tenth of a second, and a second more the first time in a
    process, when torch loads all that its tracer needs.

    Args:
        wait: seconds that an earlier recording of this net took; None: there was none.
    """
    if wait is None:
        wait = 0.1 if TRACER in sys.modules else 1.3
    return left * len(eager.weights.parameters) * 30e-6 > wait


def refusal(eager: Eager, wanted: str, left: int) -> str | None:
    """Why steps stay by autograd without a trial; None: a trial may be worth its time."""
    size = len(eager.weights.vector)
    if wanted == "eager" or eager.accumulate > 1 or eager.device.world > 1:
        return "eager steps"
    if wanted != "auto":
        return None
    if eager.device.torch_device.type != "cpu" or size > 1_000_000:
        return "eager steps: the net is large enough that starting operations costs little"
    # an LSTM is one operation on the CPU, and not one for each place
    if any(isinstance(m, nn.RNNBase) and m.mode != "LSTM" for m in eager.net.modules()):
        return "eager steps: recording a recurrent layer step by step takes longer than it wins"
    if not pays(eager, left):
        # without their number: said again after a change of the recipe, it stays one line
        return "eager steps: those that are left would not win back the time that recording takes"
    return None


def choose(eager: Eager, wanted: str, batches: list[Batch], left: int) -> tuple[Step, str]:
    """The way to step that the recipe wants, and one line that says which and why.

    Args:
        batches: what it is tried on.
        left: how many steps there will be.

    ``auto`` takes the trace on the CPU for nets under a million weights, after it gave the very
    same bits as autograd on ``batches``: a net whose Python looks at the data would not, and stays
    eager.
    """
    why = refusal(eager, wanted, left)
    if why is not None:
        return eager, why
    return traced_if_same(eager, batches)


def traced_if_same(eager: Eager, batches: list[Batch]) -> tuple[Step, str]:
    """The recorded step, if it gives autograd's bits on these batches, and one line."""
    try:
        traced = record(eager, batches[0])
        same = all(_same(eager, traced, batch) for batch in batches)
    except Exception as error:  # whatever torch cannot trace, it says in its own exceptions
        return (
            eager,
            (
                f"eager steps: this net cannot be traced ({type(error).__name__}:"
                f" {str(error).splitlines()[0][:100]})"
            ),
        )
    if not same:
        return eager, "eager steps: the trace does not repeat autograd's gradient bit for bit"
    return (
        traced,
        (
            "traced steps: the operations of a step recorded once and replayed, equal to autograd"
            " bit for bit"
        ),
    )


def _same(eager: Eager, traced: Traced, batch: Batch) -> bool:
    """Whether both give the same loss, gradient and watched sums on ``batch``, from the same random
    state.
    """
    total = batch.divisors().sum().clamp_min(1e-8)
    results = []
    for step in (eager, traced):
        with eager.untouched():
            loss = step(batch, total)
            sums = loss if eager.watched is None else eager.watched.clone()
            results.append((loss, eager.weights.gradient.clone(), sums))
    eager.weights.gradient.zero_()
    return all(torch.equal(mine, other) for mine, other in zip(*results, strict=True))
