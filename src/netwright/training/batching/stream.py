"""Examples that do not fit into memory: encoded a batch at a time, a bounded distance ahead."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from netwright.contract import Batch, Codec, Examples
from netwright.training.batching.loader import Widths, cut, padded


@dataclass(frozen=True)
class Streamed:
    """Rows encoded when they are needed.

    Args:
        examples: their inputs are read at ``take``, from disk.
        workers: processes that read ahead, two batches each; 0 reads in this process.
        eval_batch_size: rows to evaluate at a time.
        lengths: (N,) int64 of each ragged column.
    """

    examples: Examples
    codec: Codec
    device: torch.device
    workers: int
    eval_batch_size: int
    lengths: tuple[Tensor, ...] = ()

    def __len__(self) -> int:
        return len(self.examples)

    def batches(
        self, rows: Sequence[Tensor], widths: Sequence[Widths] | None = None
    ) -> Iterator[Batch]:
        """Encode several small batches' rows at once, in order, then hand out views of them."""
        batches = self._encoded(rows)
        yield from padded(batches, widths) if self.lengths else batches

    def _encoded(self, rows: Sequence[Tensor]) -> Iterator[Batch]:
        if not rows:
            return
        several = max(1, self.eval_batch_size // max(len(rows[0]), 1))
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
