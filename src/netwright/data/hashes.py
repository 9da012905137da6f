"""Names of the content of many examples, held as a column."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, overload

if TYPE_CHECKING:
    import polars as pl

PART = 1 << 16
JOINED = "a row's words"


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
        import numpy as np

        return Hashes(np.frombuffer(self.held, np.uint64)[np.asarray(indices, np.int64)].tobytes())


def hashes_of(words: pl.DataFrame) -> Hashes:
    """The content hash of each row's words, as ``files.digest`` gives it.

    A frame without columns has no rows.
    """
    import polars as pl

    # all columns, and not each by its name, which polars might take for a pattern
    cells = pl.all().cast(pl.String).fill_null("") if words.width else pl.lit("")
    joined = words.with_columns(pl.concat_str(cells, separator="\x1f").alias(JOINED))[JOINED].cast(
        pl.Binary
    )
    return Hashes(b"".join(hashlib.blake2b(row, digest_size=8).digest() for row in joined))
