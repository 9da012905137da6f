"""Names of the content of many examples, held as a column."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import overload

PART = 1 << 16


@dataclass(frozen=True)
class Hashes(Sequence[str]):
    """Names of 16 hexadecimal digits, held in 8 bytes each and put into words when asked for.

    Args:
        held: 8 bytes a row.
    """

    held: bytes = field(repr=False)

    def __len__(self) -> int:
        return len(self.held) // 8

    @overload
    def __getitem__(self, at: int) -> str: ...

    @overload
    def __getitem__(self, at: slice) -> Hashes: ...

    def __getitem__(self, at: int | slice) -> str | Hashes:
        if isinstance(at, slice):
            return self.take(range(*at.indices(len(self))))
        place = range(0, len(self.held), 8)[at]
        return self.held[place : place + 8].hex()

    def __iter__(self) -> Iterator[str]:
        for start in range(0, len(self.held), PART):
            words = self.held[start : start + PART].hex()
            yield from (words[at : at + 16] for at in range(0, len(words), 16))

    def take(self, indices: Sequence[int]) -> Hashes:
        """The rows at ``indices``, in that order."""
        held = array("Q", self.held)
        return Hashes(array("Q", [held[at] for at in indices]).tobytes())
