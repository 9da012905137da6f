"""Encoded examples held as tensors on the device and sliced by row number.

No worker processes, and no Python per example.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from netwright.contract import Batch
from netwright.training.batching.loader import EVALUATED, MIB, cut, row_bytes, rows_in

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
        return row_bytes(self.encoded) * len(self)

    @property
    def eval_batch_size(self) -> int:
        """At most 512 rows and half a MiB."""
        return rows_in(EVALUATED, self.encoded)

    def batches(self, rows: Sequence[Tensor]) -> Iterator[Batch]:
        """Gather several batches' rows at once, then hand out views of them."""
        if not rows:
            return
        at_once = max(1, GATHER // (row_bytes(self.encoded) * max(len(rows[0]), 1)))
        for start in range(0, len(rows), at_once):
            several = rows[start : start + at_once]
            sizes = [r.shape[0] for r in several]
            gathered = self.encoded.take(torch.cat(list(several)).to(self.encoded.count.device))
            yield from cut(gathered, sizes)
