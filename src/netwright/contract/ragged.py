"""Rows of unequal length, kept flat: padded only when a batch of them is taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch
    from torch import Tensor


@dataclass(frozen=True)
class Ragged:
    """N rows of unequal length, one after another in one tensor.

    Args:
        values: (T, ...) the things of all rows.
        starts: (N + 1,) int64: row n is ``values[starts[n]:starts[n + 1]]``; the first is 0, the
            last T.
        pad: what stands behind the end of a row that is padded.
    """

    values: Tensor
    starts: Tensor
    pad: float = 0

    def __len__(self) -> int:
        return self.starts.shape[0] - 1

    @classmethod
    def of(cls, rows: Sequence[Any], *, dtype: torch.dtype, pad: float = 0) -> Ragged:
        """From one sequence of numbers (or of equal sequences of them) a row."""
        import numpy as np
        import torch

        lengths = np.fromiter((len(row) for row in rows), np.int64, len(rows))
        flat = [thing for row in rows for thing in row]
        values = torch.tensor(flat, dtype=dtype)
        return cls(values, _starts(torch.from_numpy(lengths)), pad)

    @classmethod
    def cat(cls, parts: Sequence[Ragged]) -> Ragged:
        """The rows of all parts, one after another."""
        import torch

        values = torch.cat([part.values for part in parts])
        return cls(values, _starts(torch.cat([part.lengths for part in parts])), parts[0].pad)

    @property
    def lengths(self) -> Tensor:
        """(N,) int64."""
        return self.starts.diff()

    @property
    def nbytes(self) -> int:
        """Bytes of values and starts."""
        return self.values.nbytes + self.starts.nbytes

    def to(self, device: torch.device, *, non_blocking: bool = False) -> Ragged:
        """The same rows on ``device``."""
        values = self.values.to(device, non_blocking=non_blocking)
        return Ragged(values, self.starts.to(device, non_blocking=non_blocking), self.pad)

    def take(self, rows: Tensor) -> Ragged:
        """The rows at the (K,) integer tensor ``rows``, in that order."""
        import torch

        lengths = self.lengths.index_select(0, rows)
        starts = _starts(lengths)
        # where each thing lies: the start of its row, and how far in the row it is
        shift = (self.starts.index_select(0, rows) - starts[:-1]).repeat_interleave(lengths)
        places = shift + torch.arange(len(shift), device=shift.device)
        return Ragged(self.values.index_select(0, places), starts, self.pad)

    def padded(self, width: int | None = None) -> Tensor:
        """(N, width, ...): each row, and ``pad`` behind its end.

        Args:
            width: at least the longest row; None: just that, at least 1.
        """
        import torch

        lengths = self.lengths
        if width is None:
            width = max(1, int(lengths.max())) if len(self) else 1
        inside = torch.arange(width, device=lengths.device) < lengths[:, None]
        padded = self.values.new_full((len(self), width, *self.values.shape[1:]), self.pad)
        padded[inside] = self.values
        return padded

    def split(self, sizes: Sequence[int]) -> list[Ragged]:
        """Parts of these numbers of rows: views of the values."""
        at = self.starts.tolist()
        return [
            Ragged(self.values[at[a] : at[b]], self.starts[a : b + 1] - at[a], self.pad)
            for a, b in pairwise(accumulate(sizes, initial=0))
        ]


def _starts(lengths: Tensor) -> Tensor:
    import torch

    return torch.cat([lengths.new_zeros(1), lengths.cumsum(0)])
