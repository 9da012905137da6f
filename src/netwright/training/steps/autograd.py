"""The gradient of one batch by autograd: the way that every other is held against."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor, nn

from netwright.contract import Batch
from netwright.training.devices import Device
from netwright.training.optim.flat_weights import Weights
from netwright.training.steps.untouched import Untouched

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

    Args:
        watched: what ``loss`` sums up in place beside its value, if anything.
    """

    net: nn.Module
    loss: Loss
    weights: Weights
    device: Device
    accumulate: int = 1
    watched: Tensor | None = None

    def untouched(self) -> Untouched:
        """A block after which net, sums and random state are as they were."""
        sums = () if self.watched is None else (self.watched,)
        return Untouched(self.net, self.device.torch_device, sums)

    def __call__(self, batch: Batch, total: Tensor) -> Tensor:
        if self.accumulate == 1:
            value, gradients = self._one(batch, total)
            self.weights.take_gradients(gradients)
            return value
        self.weights.gradient.zero_()
        values = []
        every = torch.arange(len(batch), device=batch.count.device)
        # several processes wait for each other in every part: all take as many
        alone = self.device.world == 1
        parts = every.chunk(self.accumulate) if alone else every.tensor_split(self.accumulate)
        for rows in parts:
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
