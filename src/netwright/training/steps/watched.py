"""What a system watches of its training batches, summed step by step into one tensor.

The sums are changed in place by the operations of a step, as batch norm's statistics are: a
recorded or compiled step counts as one by autograd does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from netwright.contract import AnySystem, Batch
from netwright.training.devices import Device
from netwright.training.setup import TrainingSetup
from netwright.training.steps.autograd import Loss

Losses = Callable[[nn.Module, Any, Batch], Tensor]
"""(net, outputs, prepared batch) -> (B,) losses."""


def start(system: AnySystem, device: torch.device) -> Tensor | None:
    """(2, K): of each figure what was added so far, and of how many things; None without any."""
    if not system.watch:
        return None
    exact = torch.float32 if device.type == "mps" else torch.float64  # mps has no float64
    return torch.zeros(2, len(system.watch), dtype=exact, device=device)


def losses_of(setup: TrainingSetup, sums: Tensor | None) -> Losses:
    """The losses of a training step's rows; what is watched is counted on the way."""
    return setup.losses if sums is None else WatchedLosses(setup, sums)


def loss_of(setup: TrainingSetup, sums: Tensor | None) -> Loss:
    """The same as a function of the batch; the net runs once."""
    if sums is None:
        return setup.loss
    losses = losses_of(setup, sums)
    return lambda net, batch: losses(net, setup.system.forward(net, batch, setup.recipe), batch)


@dataclass(frozen=True)
class WatchedLosses:
    """Losses of rows, and in ``sums`` what the system watches of them.

    Weights and mixing count as in the loss: parts of the loss add up to it.
    """

    setup: TrainingSetup
    sums: Tensor

    def __call__(self, net: nn.Module, outputs: Any, batch: Batch) -> Tensor:
        with torch.no_grad():
            self.sums.add_(self._rows(net, outputs, batch).sum(dim=2))
        return self.setup.losses(net, outputs, batch)

    def _rows(self, net: nn.Module, outputs: Any, batch: Batch) -> Tensor:
        """(2, K, B)."""
        own = self._weighted(net, outputs, batch)
        if batch.mix is None:
            return own
        lam = batch.mix.lam
        return lam * own + (1 - lam) * self._weighted(net, outputs, batch.of_partners())

    def _weighted(self, net: nn.Module, outputs: Any, batch: Batch) -> Tensor:
        pairs = [figure(net, outputs, batch) for figure in self.setup.system.watch.values()]
        sides = zip(*pairs, strict=True)  # all that is added, and of how many things
        rows = torch.stack([torch.stack([row.to(self.sums) for row in side]) for side in sides])
        return rows if batch.weight is None else rows * batch.weight


def figures(system: AnySystem, sums: Tensor | None, device: Device) -> dict[str, float]:
    """Each figure of the epoch that ends, over all processes; the sums begin anew. NaN where
    nothing was counted.
    """
    if sums is None:
        return {}
    added, things = device.total(sums)
    found = (added / things).tolist()
    sums.zero_()
    return dict(zip(system.watch, found, strict=True))
