"""What hands out batches: encoded examples by row number, wherever they are held."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from netwright.contract import Batch

MIB = 2**20


EVALUATED = MIB // 2
"""Rows of up to this many bytes are evaluated at once: a net's activations are tens of times
larger.
"""


class BatchLoader(Protocol):
    """Encoded examples that can be asked for by row."""

    def __len__(self) -> int: ...

    @property
    def eval_batch_size(self) -> int:
        """How many rows to evaluate at a time, so that what a net makes of them stays small."""
        ...

    def batches(self, rows: Sequence[Tensor]) -> Iterator[Batch]:
        """One batch, on the device, for each (B,) int64 tensor of row numbers."""
        ...


@dataclass(frozen=True)
class LoaderRows:
    """Some rows of a loader, as a loader.

    Args:
        rows: (K,) int64 places in it.
    """

    loader: BatchLoader
    rows: Tensor

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def eval_batch_size(self) -> int:
        """As many as of the whole."""
        return self.loader.eval_batch_size

    def batches(self, rows: Sequence[Tensor]) -> Iterator[Batch]:
        """The batches of these rows of the part."""
        return self.loader.batches([self.rows[some] for some in rows])


def cut(batch: Batch, sizes: list[int]) -> Iterator[Batch]:
    """Batches of these sizes, one after the other: views of one batch."""
    parts = [torch.split(t, sizes) for t in batch.tensors()]
    metas = [torch.split(t, sizes) for t in batch.meta]
    for at, tensors in enumerate(zip(*parts, strict=True)):
        yield batch.filled(tensors, tuple(meta[at] for meta in metas))


def row_bytes(encoded: Batch) -> int:
    """Bytes of one encoded row."""
    return max(
        1, sum(t.nbytes for t in (*encoded.tensors(), *encoded.meta)) // max(len(encoded), 1)
    )


def rows_in(budget: int, encoded: Batch) -> int:
    """How many rows fit into a budget of bytes, from 1 to 512."""
    return max(1, min(512, budget // row_bytes(encoded)))


def first(loader: BatchLoader, count: int) -> Batch:
    """The first ``count`` rows, or as many as there are, as one batch."""
    return next(iter(loader.batches([torch.arange(min(count, len(loader)))])))
