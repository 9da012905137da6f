"""The training cost with dropout, augmentation and smoothing off, after each epoch (notes 2.1.4):
beside dev it shows the gap as it is.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from netwright.metrics.measure import loss_of, value_of
from netwright.training import evaluate
from netwright.training.batching.loader import BatchLoader, LoaderRows
from netwright.training.setup import TrainingSetup
from netwright.training.units import SplitUnits

SAMPLE = 2_000
"""Training examples that are measured, at most."""


@dataclass(frozen=True)
class TrainFigures:
    """Some training examples that are measured after each epoch.

    Args:
        units: theirs, raw.
        loader: the same, encoded.
    """

    units: SplitUnits
    loader: BatchLoader

    def measure(self, setup: TrainingSetup, net: nn.Module) -> dict[str, float]:
        """``train_loss`` and ``train_<metric>`` of the net in evaluation mode."""
        metric = setup.system.metrics[0]
        found = evaluate.answers(
            net,
            setup.system,
            setup.codec,
            self.loader,
            setup.recipe,
            units=self.units,
            device=setup.each_epoch,
        )
        return {
            "train_loss": loss_of(self.units.whole, found.losses, found.counts),
            f"train_{metric.name}": value_of(metric, self.units.whole, found.answers),
        }


def train_figures(setup: TrainingSetup, loader: BatchLoader) -> TrainFigures | None:
    """What the recipe wants measured: at most ``SAMPLE`` training examples, evenly spread, in the
    main process; None: nothing.

    Args:
        loader: of the training split.
    """
    if setup.recipe.training.watch != "train" or not setup.device.main:
        return None
    count = len(setup.train)
    picked = torch.linspace(0, count - 1, min(count, SAMPLE), dtype=torch.float64).long()
    some, rows = setup.train_units.take(picked.tolist())
    return TrainFigures(some, LoaderRows(loader, torch.from_numpy(rows)))
