"""Tensors that a system hands from batch to batch: fresh ones, and those of an evaluation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from netwright.contract import AnySystem, Batch
from netwright.training.units import SplitUnits


def begun(system: AnySystem, net: nn.Module, batch: Batch, recipe: Any) -> Batch:
    """The batch with the tensors that a lane begins with, where the system hands any on and the
    batch has none.
    """
    if system.carry is None or batch.carry:
        return batch
    return replace(batch, carry=system.carry(net, recipe, len(batch)))


class Handed:
    """What the units of each example hand on to its next one, while a split is evaluated.

    Args:
        count: rows of the split.
        units: whose they are; None: each row is an example.
    """

    def __init__(
        self,
        system: AnySystem,
        net: nn.Module,
        recipe: Any,
        count: int,
        units: SplitUnits | None,
    ) -> None:
        assert system.carry is not None
        self.system = system
        self.owner, self.place = torch.arange(count), np.zeros(count, np.int64)
        if units is not None and units.owner is not None and units.place is not None:
            self.owner, self.place = torch.from_numpy(units.owner), units.place
        self.held: Sequence[Tensor] = system.carry(net, recipe, int(self.owner.max()) + 1)

    def plan(self, batch_size: int) -> list[Tensor]:
        """All first units in batches, then all second ones, and so on."""
        places = range(int(self.place.max()) + 1)
        several = (torch.from_numpy(np.flatnonzero(self.place == place)) for place in places)
        return [rows for one in several for rows in torch.split(one, batch_size)]

    def given(self, batch: Batch, rows: Tensor) -> Batch:
        """The batch of these rows with what the units before them left."""
        owners = self.owner[rows].to(batch.count.device)
        return replace(batch, carry=tuple(held.index_select(0, owners) for held in self.held))

    def keep(self, outputs: Any, rows: Tensor) -> None:
        """What these rows leave to the units after them."""
        for held, new in zip(self.held, self.system.carried(outputs), strict=True):
            held.index_copy_(0, self.owner[rows].to(held.device), new.to(held.dtype))
