"""Encoded examples held as tensors on the device and sliced by row number.

No worker processes, and no Python per example.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from netwright.contract import Batch
from netwright.training.batching.loader import (
    EVALUATED,
    MIB,
    Widths,
    cut,
    padded,
    row_bytes,
    rows_in,
)

GATHER = 8 * MIB
"""Rows of several batches are gathered at once, up to this many bytes, and then cut: fewer
operations for small rows.
"""


@dataclass(frozen=True)
class InMemory:
    """All rows as tensors on the device."""

    encoded: Batch

    def __len__(self) -> int:
        return len(self.encoded)

    @property
    def size(self) -> int:
        """Bytes of all rows."""
        return sum(column.nbytes for column in self.encoded.columns())

    @property
    def eval_batch_size(self) -> int:
        """At most 512 rows and half a MiB."""
        return rows_in(EVALUATED, self.encoded)

    @cached_property
    def lengths(self) -> tuple[Tensor, ...]:
        """Of all rows."""
        return tuple(lengths.cpu() for lengths in self.encoded.lengths)

    def batches(
        self, rows: Sequence[Tensor], widths: Sequence[Widths] | None = None
    ) -> Iterator[Batch]:
        """Gather several batches' rows at once, then hand out views of them."""
        batches = self._gathered(rows)
        yield from padded(batches, widths) if self.lengths else batches

    def _gathered(self, rows: Sequence[Tensor]) -> Iterator[Batch]:
        if not rows:
            return
        at_once = max(1, GATHER // (row_bytes(self.encoded) * max(len(rows[0]), 1)))
        for start in range(0, len(rows), at_once):
            several = rows[start : start + at_once]
            sizes = [r.shape[0] for r in several]
            gathered = self.encoded.take(torch.cat(list(several)).to(self.encoded.count.device))
            yield from cut(gathered, sizes)
