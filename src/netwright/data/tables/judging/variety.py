"""How often the words of a column repeat, and whether they are prose: sentences, not categories."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from netwright.data.tables.judging.identity import LEAST_ROWS
from netwright.data.tables.judging.small_words import small_words

if TYPE_CHECKING:
    import polars as pl

    from netwright.data.tables.cells.repeated import Cells

LOOKED_AT = 2000
"""Rows whose words are counted, the first ones."""

SEVERAL = 3.0
"""Words without a capital in a value, on average, from which a column holds no categories."""

LEAST_DIFFERENT = 50
"""Different values from which most of them being different is worth a word."""


@dataclass
class Variety:
    """How many different values a column of words holds so far.

    Args:
        known: values that are not missing; words: without a capital in one of the first of them.
        hashes: of the different ones, part by part; None: the first ones repeat.
    """

    known: int = 0
    words: float = 0.0
    hashes: list[pl.Series] | None = field(default_factory=list)

    def look(self, cells: Cells) -> None:
        """Take the next rows into account; null is missing."""
        known = cells.known
        if self.hashes is None or not known:
            return
        few = cells.values.drop_nulls().head(LOOKED_AT)
        if not self.known:
            self.words = small_words(few)
        if len(few) >= LEAST_ROWS and 2 * few.n_unique() < len(few):
            self.hashes = None
            return
        self.known += known
        self.hashes.append(cells.each.values.drop_nulls().hash(0).unique())

    def known_of(self, known: int) -> bool:
        """Whether it looked at so many values, or need not."""
        return self.hashes is None or self.known == known

    @property
    def different(self) -> int:
        """How many values there are, where at least every other one is a new one; else 0."""
        import polars as pl

        if not self.hashes or self.known < LEAST_ROWS:
            return 0
        different = pl.concat(self.hashes).n_unique()
        return different if 2 * different >= self.known else 0

    @property
    def is_prose(self) -> bool:
        """Whether the values are of several words, or of one that never repeats as no name is."""
        different = self.different
        least = 1.0 if different == self.known else SEVERAL
        return bool(different) and self.words >= least
