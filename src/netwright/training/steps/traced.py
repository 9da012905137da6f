"""A step recorded once and replayed without autograd.

For small nets the time of a step goes into starting operations: Python, the dispatcher, building
and walking the autograd graph. ``Traced`` records the forward and the backward pass as one flat
list of operations (``make_fx``) and replays it: the same kernels in the same order, so the same
bits, at a fraction of the overhead.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor, fx

from netwright.contract import Batch
from netwright.training.steps.autograd import Eager
from netwright.training.steps.replay import function_of


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


def layout_of(batch: Batch) -> tuple[tuple[object, ...], ...]:
    """All that a recorded program depends on: shape, stride and type of each tensor."""
    return tuple((t.shape, t.stride(), t.dtype) for t in batch.tensors())


def record(eager: Eager, batch: Batch) -> Traced:
    """The step on batches of this shape, as a function of its tensors: (loss, gradients...)."""
    return Traced(eager, function_of(trace(eager, batch)), layout_of(batch))


def trace(eager: Eager, batch: Batch) -> fx.GraphModule:
    """The step on batches of this shape as a graph of operations on its tensors and the
    total.

    Nothing is changed by tracing: buffers (running statistics) and the random state are put back.
    """
    from torch.fx.experimental.proxy_tensor import make_fx

    def step(*tensors: Tensor) -> list[Tensor]:
        value, gradients = eager._one(batch.filled(tensors[:-1]), tensors[-1])
        return [value, *gradients]

    with eager.untouched():
        graph: fx.GraphModule = make_fx(step)(*batch.tensors(), batch.divisors().sum())
    return graph
