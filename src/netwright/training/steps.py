"""The gradient of one batch, in two ways that give the same numbers: eager, and traced once and
replayed.

(The third, ``compiled``, stands in a file of its own.)

For small nets the time of a step goes into starting operations: Python, the dispatcher, building
and walking the autograd graph. ``Traced`` records the forward and the backward pass as one flat
list of operations (``make_fx``) and replays it without autograd: the same kernels in the same
order, so the same bits, at a fraction of the overhead.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor, fx, nn

from netwright.contract import Batch
from netwright.training.devices import Device
from netwright.training.replay import function_of
from netwright.training.weights import Weights

Loss = Callable[[nn.Module, Batch], Tensor]
"""(net, prepared batch) -> (B,) losses."""


class Step(Protocol):
    """Fills ``weights.gradient`` with the gradient of sum(losses) / total and returns that loss, a
    0-dim tensor.
    """

    def __call__(self, batch: Batch, total: Tensor) -> Tensor: ...


@dataclass(frozen=True)
class Eager:
    """Forward and backward by autograd, over ``accumulate`` parts of the batch one after the
    other.
    """

    net: nn.Module
    loss: Loss
    weights: Weights
    device: Device
    accumulate: int = 1

    def __call__(self, batch: Batch, total: Tensor) -> Tensor:
        if self.accumulate == 1:
            value, gradients = self._one(batch, total)
            self.weights.take_gradients(gradients)
            return value
        self.weights.gradient.zero_()
        values = []
        for rows in torch.arange(len(batch), device=batch.count.device).chunk(self.accumulate):
            value, gradients = self._one(batch.take(rows), total)
            torch._foreach_add_(self.weights.slots, gradients)
            values.append(value)
        return torch.stack(values).sum()

    def _one(self, batch: Batch, total: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        with self.device.autocast():
            value = self.loss(self.net, batch).sum() / total
        return value.detach(), torch.autograd.grad(
            value, self.weights.parameters, materialize_grads=True
        )


@dataclass(frozen=True)
class Traced:
    """The recorded program for batches of one shape; the odd one (the last of an epoch) is not
    worth recording.
    """

    eager: Eager
    program: Callable[..., list[Tensor]]
    layout: tuple[tuple[object, ...], ...]

    def __call__(self, batch: Batch, total: Tensor) -> Tensor:
        tensors = batch.tensors()
        for tensor, recorded in zip(tensors, self.layout, strict=True):
            if (tensor.shape, tensor.stride(), tensor.dtype) != recorded:
                return self.eager(batch, total)
        value, *gradients = self.program(*tensors, total)
        self.eager.weights.take_gradients(gradients)
        return value


@dataclass
class Late:
    """Steps by autograd at first, so that training starts at once, and chooses on the second batch.

    Args:
        wanted: the recipe's ``training.step``.
        left: how many steps there will be.
        say: told what was chosen and why.
    """

    eager: Eager
    wanted: str
    left: int
    say: Callable[[str], None]
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
        self.say(why)
        return self.chosen(batch, total)


def layout_of(batch: Batch) -> tuple[tuple[object, ...], ...]:
    """All that a recorded program depends on: shape, stride and type of each tensor."""
    return tuple((t.shape, t.stride(), t.dtype) for t in batch.tensors())


def record(eager: Eager, batch: Batch) -> Traced:
    """The step on batches of this shape, as a function of its tensors: (loss, gradients...)."""
    return Traced(eager, function_of(trace(eager, batch)), layout_of(batch))


def trace(eager: Eager, batch: Batch) -> fx.GraphModule:
    """The step on batches of this shape as a graph of operations on (inputs, targets, count,
    total).

    Nothing is changed by tracing: buffers (running statistics) and the random state are put back.
    """
    from torch.fx.experimental.proxy_tensor import make_fx

    inputs, targets = len(batch.inputs), len(batch.targets)

    def step(*tensors: Tensor) -> list[Tensor]:
        part = Batch(tensors[:inputs], tensors[inputs : inputs + targets], tensors[-2])
        value, gradients = eager._one(part, tensors[-1])
        return [value, *gradients]

    with Untouched(eager.net, batch.count.device):
        graph: fx.GraphModule = make_fx(step)(*batch.tensors(), batch.count.sum())
    return graph


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
    if wanted == "auto" and (eager.device.where.type != "cpu" or size > 1_000_000):
        return eager, "eager steps: the net is large enough that starting operations costs little"
    if wanted == "auto" and not pays(eager, left):
        return eager, f"eager steps: {left:,} are too few to win back the time of recording one"
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
    total = batch.count.sum().clamp_min(1e-8)
    results = []
    for step in (eager, traced):
        with Untouched(eager.net, batch.count.device):
            results.append((step(batch, total), eager.weights.gradient.clone()))
    eager.weights.gradient.zero_()
    (loss, gradient), (other, again) = results
    return torch.equal(loss, other) and torch.equal(gradient, again)


class Untouched:
    """Puts the net's buffers and the random state back at the end of the block."""

    def __init__(self, net: nn.Module, device: torch.device) -> None:
        self.buffers = [(buffer, buffer.clone()) for buffer in net.buffers()]
        self.fork = torch.random.fork_rng(devices=[device] if device.type == "cuda" else [])

    def __enter__(self) -> None:
        self.fork.__enter__()

    def __exit__(self, *failure: Any) -> None:
        self.fork.__exit__(*failure)
        with torch.no_grad():
            for buffer, before in self.buffers:
                buffer.copy_(before)
