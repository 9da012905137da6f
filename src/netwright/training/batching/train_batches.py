"""The batches that a training steps on: drawn from a loader, weighted, prepared, mixed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from netwright.contract import Batch, Draws
from netwright.training.batching.loader import BatchLoader
from netwright.training.batching.mixing import mixed
from netwright.training.setup import TrainingSetup

Prepare = Callable[[Batch, Draws], Batch]
"""(encoded batch, random numbers) -> what the net reads in training."""


@dataclass(frozen=True)
class TrainBatches:
    """Encoded examples by row number, and how they are made ready for the net.

    Args:
        weights: (N,) float32 on the device, how much each row counts in the loss; None: all alike.
    """

    loader: BatchLoader
    prepare: Prepare
    weights: Tensor | None = None

    def __len__(self) -> int:
        return len(self.loader)

    def batches(self, rows: Sequence[Tensor]) -> Iterator[Batch]:
        """One encoded batch for each (B,) tensor of row numbers, with its rows' weights."""
        if self.weights is None:
            yield from self.loader.batches(rows)
            return
        for some, batch in zip(rows, self.loader.batches(rows), strict=True):
            places = some.to(self.weights.device)
            yield replace(batch, weight=self.weights.index_select(0, places))


def train_batches(
    setup: TrainingSetup, loader: BatchLoader, weights: NDArray[np.float64] | None = None
) -> TrainBatches:
    """As the recipe says.

    Args:
        weights: (N,) how much each row of ``loader`` counts; None: all alike.
    """
    codec, recipe, device = setup.codec, setup.recipe, setup.device
    policy = setup.system.mixes(recipe)

    def prepare(batch: Batch, draws: Draws) -> Batch:
        prepared = codec.prepare(batch, recipe, draws)
        return prepared if policy is None else mixed(prepared, policy, draws, device)

    held = None
    if weights is not None:
        held = torch.tensor(weights, dtype=torch.float32, device=device.torch_device)
    return TrainBatches(loader, prepare, held)
