"""The training cost with dropout, augmentation and smoothing off, after each epoch (notes 2.1.4):
beside dev it shows the gap as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from netwright.contract import Batch, Examples
from netwright.metrics.measure import loss_of, value_of
from netwright.training import evaluate
from netwright.training.batching.loader import BatchLoader
from netwright.training.setup import TrainingSetup

SAMPLE = 2_000
"""Training examples that are watched, at most."""


@dataclass(frozen=True)
class LoaderRows:
    """Some rows of a store, as a store."""

    store: BatchLoader
    rows: Tensor

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def eval_batch_size(self) -> int:
        """As many as of the whole."""
        return self.store.eval_batch_size

    def batches(self, rows: Sequence[Tensor]) -> Iterator[Batch]:
        """The batches of these rows of the part."""
        return self.store.batches([self.rows[some] for some in rows])


@dataclass(frozen=True)
class Watch:
    """The training examples that are measured after each epoch, raw and encoded; None: none are."""

    examples: Examples
    store: BatchLoader

    def figures(self, job: TrainingSetup, net: nn.Module) -> dict[str, float]:
        """``train_loss`` and ``train_<metric>`` of the net in evaluation mode."""
        metric = job.system.metrics[0]
        said = evaluate.answers(net, job.system, job.codec, self.store, job.recipe)
        return {
            "train_loss": loss_of(self.examples, said.losses),
            f"train_{metric.name}": value_of(metric, self.examples, said.answers),
        }


def watch(job: TrainingSetup, store: BatchLoader) -> Watch | None:
    """What the recipe wants watched: at most ``SAMPLE`` training examples, evenly spread, in the
    main process.
    """
    if job.recipe.training.watch != "train" or not job.device.main:
        return None
    count = len(store)
    rows = torch.linspace(0, count - 1, min(count, SAMPLE), dtype=torch.float64).long()
    return Watch(job.parts["train"].take(rows.tolist()), LoaderRows(store, rows))
