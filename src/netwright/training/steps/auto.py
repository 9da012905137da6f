"""The way to step that suits a net: by autograd, or traced where that gives the same bits and
pays.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from netwright.contract import Batch
from netwright.training.steps.autograd import Eager, Step
from netwright.training.steps.traced import Traced, record
from netwright.training.steps.untouched import Untouched


@dataclass
class AutoStep:
    """Steps by autograd at first, so that training starts at once, and chooses on the second batch.

    Args:
        wanted: the recipe's ``training.step``.
        left: how many steps there will be.
        log: given what was chosen and why.
    """

    eager: Eager
    wanted: str
    left: int
    log: Callable[[str], None]
    first: Batch | None = None
    chosen: Step | None = None

    def __call__(self, batch: Batch, total: Tensor) -> Tensor:
        if self.chosen is not None:
            return self.chosen(batch, total)
        if self.first is None:
            self.first = batch
            return self.eager(batch, total)
        self.chosen, why = choose(self.eager, self.wanted, [self.first, batch], self.left)
        self.first = None
        self.log(why)
        return self.chosen(batch, total)


def pays(eager: Eager, left: int) -> bool:
    """Whether so many steps win back the time that recording takes.

    A replayed step saves about 30 microseconds for each parameter tensor (measured on dense and
    convolution nets); recording takes a tenth of a second, and a second more the first time in a
    process, when torch loads all that its tracer needs.
    """
    wait = 0.1 if "torch._dynamo" in sys.modules else 1.3
    return left * len(eager.weights.parameters) * 30e-6 > wait


def choose(eager: Eager, wanted: str, batches: list[Batch], left: int) -> tuple[Step, str]:
    """The way to step that the recipe wants, and one line that says which and why.

    Args:
        batches: what it is tried on.
        left: how many steps there will be.

    ``auto`` takes the trace on the CPU for nets under a million weights, after it gave the very
    same bits as autograd on ``batches``: a net whose Python looks at the data would not, and stays
    eager.
    """
    size = len(eager.weights.vector)
    if wanted == "eager" or eager.accumulate > 1 or eager.device.world > 1:
        return eager, "eager steps"
    if wanted == "auto" and (eager.device.torch_device.type != "cpu" or size > 1_000_000):
        return eager, "eager steps: the net is large enough that starting operations costs little"
    if wanted == "auto" and not pays(eager, left):
        return (
            eager,
            f"steps are not recorded: {left:,} would not win back the time that recording takes",
        )
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
    """Whether both give the same loss and gradient on ``batch``, from the same random state."""
    total = batch.divisors().sum().clamp_min(1e-8)
    results = []
    for step in (eager, traced):
        with Untouched(eager.net, batch.count.device):
            results.append((step(batch, total), eager.weights.gradient.clone()))
    eager.weights.gradient.zero_()
    (loss, gradient), (other, again) = results
    return torch.equal(loss, other) and torch.equal(gradient, again)
