"""What hands out batches: encoded examples by row number, wherever they are held."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import torch
from torch import Tensor

from netwright.contract import Batch

MIB = 2**20


EVALUATED = MIB // 2
"""Rows of up to this many bytes are evaluated at once: a net's activations are tens of times
larger.
"""


Widths: TypeAlias = tuple[int, ...]
"""Of a batch: what each of its ragged columns is padded to."""


class BatchLoader(Protocol):
    """Encoded examples that can be asked for by row."""

    def __len__(self) -> int: ...

    @property
    def eval_batch_size(self) -> int:
        """How many rows to evaluate at a time, so that what a net makes of them stays small."""
        ...

    @property
    def lengths(self) -> tuple[Tensor, ...]:
        """(N,) int64 of each ragged column, the lengths of its rows, on the CPU; empty where none
        is ragged.
        """
        ...

    def batches(
        self, rows: Sequence[Tensor], widths: Sequence[Widths] | None = None
    ) -> Iterator[Batch]:
        """One batch, on the device, for each (B,) int64 tensor of row numbers.

        Args:
            widths: of each batch, what its ragged columns are padded to; None: to their longest
                row.
        """
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

    @property
    def lengths(self) -> tuple[Tensor, ...]:
        """Of these rows."""
        return tuple(lengths[self.rows] for lengths in self.loader.lengths)

    def batches(
        self, rows: Sequence[Tensor], widths: Sequence[Widths] | None = None
    ) -> Iterator[Batch]:
        """The batches of these rows of the part."""
        return self.loader.batches([self.rows[some] for some in rows], widths)


def cut(batch: Batch, sizes: list[int]) -> Iterator[Batch]:
    """Batches of these sizes, one after the other: views of one batch."""
    for columns in zip(*(column.split(sizes) for column in batch.columns()), strict=True):
        yield batch.filled(columns)


def row_bytes(encoded: Batch) -> int:
    """Bytes of one encoded row, on average."""
    size: int = sum(column.nbytes for column in encoded.columns())
    return max(1, size // max(len(encoded), 1))


def rows_in(budget: int, encoded: Batch) -> int:
    """How many rows fit into a budget of bytes, from 1 to 512."""
    return max(1, min(512, budget // row_bytes(encoded)))


def first(loader: BatchLoader, count: int) -> Batch:
    """The first ``count`` rows, or as many as there are, as one batch."""
    return next(iter(loader.batches([torch.arange(min(count, len(loader)))])))


def longest(loader: BatchLoader, count: int) -> Batch:
    """The ``count`` rows that take the most room, where rows are of unequal length; else the first
    ones.
    """
    if not loader.lengths:
        return first(loader, count)
    things = torch.stack(loader.lengths).amax(0)
    return next(iter(loader.batches([things.topk(min(count, len(loader))).indices])))


def padded(batches: Iterable[Batch], widths: Sequence[Widths] | None) -> Iterator[Batch]:
    """Each batch with its ragged columns padded."""
    for at, batch in enumerate(batches):
        yield batch.padded(None if widths is None else widths[at])
