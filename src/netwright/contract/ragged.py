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
        values: (T, ...) the things of all rows; where these are of unequal length themselves (words
            of letters in a sentence), T of them, ``Ragged``.
        starts: (N + 1,) int64: row n is ``values[starts[n]:starts[n + 1]]``; the first is 0, the
            last T.
        pad: what stands behind the end of a row that is padded.
    """

    values: Tensor | Ragged
    starts: Tensor
    pad: float = 0

    def __len__(self) -> int:
        return self.starts.shape[0] - 1

    @classmethod
    def of(cls, rows: Sequence[Any], *, dtype: torch.dtype, pad: float = 0) -> Ragged:
        """From one sequence of numbers (or of equal sequences of them) a row."""
        import torch

        flat = [thing for row in rows for thing in row]
        return cls(torch.tensor(flat, dtype=dtype), _starts_of(rows), pad)

    @classmethod
    def of_two(cls, rows: Sequence[Any], *, dtype: torch.dtype, pad: float = 0) -> Ragged:
        """From one sequence of sequences of numbers a row, both of any length."""
        things = [thing for row in rows for thing in row]
        return cls(cls.of(things, dtype=dtype, pad=pad), _starts_of(rows), pad)

    @classmethod
    def cat(cls, parts: Sequence[Ragged]) -> Ragged:
        """The rows of all parts, one after another."""
        import torch

        values = [part.values for part in parts]
        inner = [one for one in values if isinstance(one, Ragged)]
        joined = cls.cat(inner) if inner else torch.cat(values)  # type: ignore[arg-type]
        return cls(joined, _starts(torch.cat([part.lengths for part in parts])), parts[0].pad)

    @property
    def lengths(self) -> Tensor:
        """(N,) int64."""
        return self.starts.diff()

    @property
    def extents(self) -> tuple[Tensor, ...]:
        """(N,) int64 each: the lengths of the rows; and, where their things are of unequal length,
        that of each row's longest thing. The maxima of them are what ``padded`` takes.
        """
        if not isinstance(self.values, Ragged):
            return (self.lengths,)
        lengths = self.lengths
        rows = _owners(lengths)
        longest = lengths.new_zeros(len(self)).scatter_reduce(
            0, rows, self.values.lengths, "amax", include_self=True
        )
        return lengths, longest

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
        return Ragged(_taken(self.values, places), starts, self.pad)

    def padded(self, width: int | None = None, of_things: int | None = None) -> Tensor:
        """(N, width, ...), or (N, width, of_things): each row, and ``pad`` behind its end.

        Args:
            width: at least the longest row; None: just that, at least 1.
            of_things: the same of the things, where they are of unequal length.
        """
        import torch

        lengths = self.lengths
        if width is None:
            width = max(1, int(lengths.max())) if len(self) else 1
        inside = torch.arange(width, device=lengths.device) < lengths[:, None]
        values = self.values.padded(of_things) if isinstance(self.values, Ragged) else self.values
        padded = values.new_full((len(self), width, *values.shape[1:]), self.pad)
        padded[inside] = values
        return padded

    def split(self, sizes: Sequence[int]) -> list[Ragged]:
        """Parts of these numbers of rows: views of the values."""
        at = self.starts.tolist()
        return [
            Ragged(_between(self.values, at[a], at[b]), self.starts[a : b + 1] - at[a], self.pad)
            for a, b in pairwise(accumulate(sizes, initial=0))
        ]


def _starts(lengths: Tensor) -> Tensor:
    import torch

    return torch.cat([lengths.new_zeros(1), lengths.cumsum(0)])


def _starts_of(rows: Sequence[Any]) -> Tensor:
    """From the lengths of plain sequences."""
    import numpy as np
    import torch

    return _starts(torch.from_numpy(np.fromiter(map(len, rows), np.int64, len(rows))))


def _owners(lengths: Tensor) -> Tensor:
    """(T,) the row that each thing lies in."""
    import torch

    return torch.arange(len(lengths), device=lengths.device).repeat_interleave(lengths)


def _taken(values: Tensor | Ragged, places: Tensor) -> Tensor | Ragged:
    return values.take(places) if isinstance(values, Ragged) else values.index_select(0, places)


def _between(values: Tensor | Ragged, first: int, end: int) -> Tensor | Ragged:
    """The things from ``first`` up to ``end``, as views."""
    if not isinstance(values, Ragged):
        return values[first:end]
    starts = values.starts[first : end + 1]
    inner = _between(values.values, int(starts[0]), int(starts[-1]))
    return Ragged(inner, starts - starts[0], values.pad)
