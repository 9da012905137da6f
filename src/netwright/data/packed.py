"""Columns of plain values held in few bytes a row: a million of them cost no million objects."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, overload

import numpy as np

PART = 1 << 16

Codes = np.ndarray[Any, np.dtype[np.int32]]
Floats = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True, eq=False)
class Labels(Sequence[str | None]):
    """Words of which few are different.

    Args:
        codes: (N,) the place of each among ``names``; -1 where unknown.
        names: the words.
    """

    codes: Codes
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.codes)

    @overload
    def __getitem__(self, at: int) -> str | None: ...

    @overload
    def __getitem__(self, at: slice) -> Labels: ...

    def __getitem__(self, at: int | slice) -> str | Labels | None:
        if isinstance(at, slice):
            return Labels(self.codes[at], self.names)
        return self._named[int(self.codes[at])]

    def __iter__(self) -> Iterator[str | None]:
        named = self._named
        for start in range(0, len(self), PART):
            yield from (named[code] for code in self.codes[start : start + PART].tolist())

    def __contains__(self, value: object) -> bool:
        return value in self._named and bool(
            (self.codes == self._named.index(value)).any()
            if value is not None
            else (self.codes < 0).any()
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    def take(self, indices: Sequence[int]) -> Labels:
        """The rows at ``indices``, in that order."""
        return Labels(self.codes[np.asarray(indices, np.int64)], self.names)

    @property
    def _named(self) -> tuple[str | None, ...]:
        """The names with None at their end, where -1 finds it."""
        return (*self.names, None)


@dataclass(frozen=True, eq=False)
class Numbers(Sequence[float | None]):
    """Numbers.

    Args:
        held: (N,); NaN where unknown.
    """

    held: Floats

    def __len__(self) -> int:
        return len(self.held)

    @overload
    def __getitem__(self, at: int) -> float | None: ...

    @overload
    def __getitem__(self, at: slice) -> Numbers: ...

    def __getitem__(self, at: int | slice) -> float | Numbers | None:
        if isinstance(at, slice):
            return Numbers(self.held[at])
        value = float(self.held[at])
        return None if value != value else value  # NaN differs from itself

    def __iter__(self) -> Iterator[float | None]:
        for start in range(0, len(self), PART):
            yield from (
                None if value != value else value
                for value in self.held[start : start + PART].tolist()
            )

    def __contains__(self, value: object) -> bool:
        return bool(np.isnan(self.held).any()) if value is None else value in self.held

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    def take(self, indices: Sequence[int]) -> Numbers:
        """The rows at ``indices``, in that order."""
        return Numbers(self.held[np.asarray(indices, np.int64)])


def as_floats(values: Sequence[float | None]) -> Floats:
    """(N,) float64 of any column of numbers; NaN where unknown."""
    if isinstance(values, Numbers):
        return values.held
    return np.fromiter(
        (np.nan if value is None else value for value in values), np.float64, len(values)
    )


def known_numbers(values: Sequence[float | None]) -> Floats:
    """The numbers of a column without the unknown ones."""
    floats = as_floats(values)
    return floats[~np.isnan(floats)]
