"""Encoded examples in batches, from memory or from disk; the loop cannot tell which.

What fits is held as tensors on the device and sliced by row number, with no worker processes and no
Python per example. What does not fit is encoded a batch at a time by worker processes that run a
bounded distance ahead.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from netwright.base.seeds import seed_of
from netwright.contract import Batch, Codec, Examples

MIB = 2**20
GATHER = 8 * MIB
"""Rows of several batches are gathered at once, up to this many bytes, and then cut: fewer
operations for small rows.
"""


EVALUATED = MIB // 2
"""Rows of up to this many bytes are evaluated at once: a net's activations are tens of times
larger.
"""


class Store(Protocol):
    """Encoded examples that can be asked for by row."""

    def __len__(self) -> int: ...

    @property
    def together(self) -> int:
        """How many rows to evaluate at a time, so that what a net makes of them stays small."""
        ...

    def batches(self, rows: Sequence[Tensor]) -> Iterator[Batch]:
        """One batch, on the device, for each (B,) int64 tensor of row numbers."""
        ...


@dataclass(frozen=True)
class InMemory:
    """All rows as tensors on the device."""

    encoded: Batch

    def __len__(self) -> int:
        return len(self.encoded)

    @property
    def size(self) -> int:
        """Bytes of all rows."""
        return row_bytes(self.encoded) * len(self)

    @property
    def together(self) -> int:
        """At most 512 rows and half a MiB."""
        return rows_in(EVALUATED, self.encoded)

    def batches(self, rows: Sequence[Tensor]) -> Iterator[Batch]:
        """Gather several batches' rows at once, then hand out views of them."""
        if not rows:
            return
        together = max(1, GATHER // (row_bytes(self.encoded) * max(len(rows[0]), 1)))
        for start in range(0, len(rows), together):
            several = rows[start : start + together]
            sizes = [r.shape[0] for r in several]
            gathered = self.encoded.take(torch.cat(list(several)).to(self.encoded.count.device))
            yield from cut(gathered, sizes)


@dataclass(frozen=True)
class Streamed:
    """Rows encoded when they are needed.

    Args:
        examples: their inputs are read at ``take``, from disk.
        workers: processes that read ahead, two batches each; 0 reads in this process.
        together: rows to evaluate at a time.
    """

    examples: Examples
    codec: Codec
    device: torch.device
    workers: int
    together: int

    def __len__(self) -> int:
        return len(self.examples)

    def batches(self, rows: Sequence[Tensor]) -> Iterator[Batch]:
        """Encode several small batches' rows at once, in order, then hand out views of them."""
        if not rows:
            return
        several = max(1, self.together // max(len(rows[0]), 1))
        groups = [rows[start : start + several] for start in range(0, len(rows), several)]
        loader: DataLoader[Batch] = DataLoader(
            _Encoding(self.examples, self.codec),
            sampler=_Rows([torch.cat(list(group)) for group in groups]),
            batch_size=None,
            num_workers=self.workers,
            pin_memory=self.device.type == "cuda",
            prefetch_factor=2 if self.workers else None,
            # else it draws a seed from the stream that dropout draws from
            generator=torch.Generator(),
        )
        for group, encoded in zip(groups, loader, strict=True):
            yield from cut(encoded.to(self.device), [r.shape[0] for r in group])


def hold(
    examples: Examples, codec: Codec, device: torch.device, *, where: str, budget: int
) -> tuple[InMemory | Streamed, str]:
    """A store for these examples, and one line that says where they are held and why.

    Args:
        where: ``memory``, ``stream``, or ``auto``: memory when the encoded examples fit into the
            budget.
        budget: bytes.

    Raises:
        DataError: an example cannot be encoded.
    """
    few = codec.encode(examples.take(range(min(len(examples), 16))))
    size = row_bytes(few) * len(examples)
    fits = (
        f"{len(examples):,} encoded examples take {size / MIB:,.0f} MiB, the budget is"
        f" {budget // MIB:,} MiB"
    )
    if where == "memory" or (where == "auto" and size <= budget):
        return InMemory(codec.encode(examples).to(device)), f"batches from memory: {fits}"
    workers = 2 if getattr(examples.inputs, "costly", False) else 0
    by = f"{workers} workers" if workers else "this process"
    return (
        Streamed(examples, codec, device, workers, rows_in(EVALUATED, few)),
        f"batches streamed from disk by {by}: {fits}",
    )


def cut(batch: Batch, sizes: list[int]) -> Iterator[Batch]:
    """Batches of these sizes, one after the other: views of one batch."""
    parts = [torch.split(t, sizes) for t in batch.tensors()]
    inputs = len(batch.inputs)
    for tensors in zip(*parts, strict=True):
        yield Batch(tensors[:inputs], tensors[inputs:-1], tensors[-1])


def row_bytes(encoded: Batch) -> int:
    """Bytes of one encoded row."""
    return max(1, sum(t.nbytes for t in encoded.tensors()) // max(len(encoded), 1))


def rows_in(budget: int, encoded: Batch) -> int:
    """How many rows fit into a budget of bytes, from 1 to 512."""
    return max(1, min(512, budget // row_bytes(encoded)))


def order(
    count: int, batch_size: int, seed: int, epoch: int, shares: Tensor | None = None
) -> list[Tensor]:
    """The row numbers of every batch of an epoch: a permutation that depends on seed and epoch
    alone, cut into batches.

    Args:
        shares: (N,) how often each row is drawn, with replacement; None: each once.

    The last batch is smaller; a single left-over row joins the batch before it, since batch norm
    cannot work on one.
    """
    generator = torch.Generator().manual_seed(seed_of(seed, "order", epoch))
    if shares is None:
        drawn = torch.randperm(count, generator=generator)
    else:
        ends = shares.double().cumsum(0)
        places = torch.rand(count, generator=generator, dtype=torch.float64) * ends[-1]
        drawn = torch.searchsorted(ends, places, right=True).clamp_(max=count - 1)
    rows = list(torch.split(drawn, batch_size))
    if len(rows) > 1 and len(rows[-1]) == 1:
        rows[-2:] = [torch.cat(rows[-2:])]
    return rows


def in_order(count: int, batch_size: int) -> list[Tensor]:
    """The row numbers 0..count-1 in batches: for evaluation."""
    return list(torch.split(torch.arange(count), batch_size))


class _Encoding(Dataset[Batch]):
    def __init__(self, examples: Examples, codec: Codec) -> None:
        self.examples, self.codec = examples, codec

    def __getitem__(self, rows: Tensor) -> Batch:
        return self.codec.encode(self.examples.take(rows.tolist()))


class _Rows(torch.utils.data.Sampler[Tensor]):
    def __init__(self, rows: Sequence[Tensor]) -> None:
        self.rows = rows

    def __iter__(self) -> Iterator[Tensor]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)
