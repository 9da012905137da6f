"""The cells of a column: what is asked of words that come again is asked once of each."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from netwright.data.tables.exact import nameless

if TYPE_CHECKING:
    import polars as pl

FIRST = 1 << 14
"""Words that show whether many come again; of fewer it does not matter."""

NINES = bytes.maketrans(b"12345678", b"99999999")


@dataclass(frozen=True, eq=False)
class Cells:
    """The cells of a column in some rows, and what was made of them.

    Args:
        values: words, or what a typed column holds; null where a cell is missing.
        times: how often each stands in the column; None: once.
    """

    values: pl.Series
    times: Any = None
    _made: dict[Hashable, pl.Series] = field(default_factory=dict)

    @property
    def each(self) -> Cells:
        """The different words in the order in which they first come, where many come again; else
        these cells themselves.
        """
        return self if self._coded is None else self._coded[0]

    @cached_property
    def alike(self) -> Cells:
        """Their shapes: words of numbers that differ in digits alone are one."""
        return Cells(_shapes(self.values.fill_null("")), self.times)

    @property
    def known(self) -> int:
        """Cells that are not missing."""
        return self.count_made(self.values)

    def count_made(self, made: pl.Series) -> int:
        """Of how many cells something was made."""
        return made.count() if self.times is None else self.count(made.is_not_null())

    def count(self, here: pl.Series) -> int:
        """How many cells these are, each as often as it stands there."""
        if self.times is None:
            return int(here.sum())
        return int(self.times[here.fill_null(False).to_numpy()].sum())

    def counted(self, places: pl.Series) -> pl.DataFrame:
        """The different words in these places, and how often each stands there."""
        import polars as pl

        words = self.values.gather(places).alias("word")
        if self.times is None:
            return words.value_counts()
        some = pl.DataFrame({"word": words, "count": self.times[places.to_numpy()]})
        return some.group_by("word", maintain_order=True).agg(pl.col("count").sum())

    def first(self, here: pl.Series) -> int:
        """The first cell of these different words."""
        return int(self.spread(here).fill_null(False).arg_max())  # type: ignore[arg-type]

    def spread(self, made: pl.Series) -> pl.Series:
        """What was made of each different word, for every cell."""
        return made if self._coded is None else made.gather(self._coded[1])

    def read(self, way: Hashable, function: Callable[[Cells], pl.Series]) -> pl.Series:
        """What a function makes of each different word, for every cell; it is remembered where all
        can be read in this way, as that is likely to be wanted again.
        """
        made = self._made.get(way)
        if made is None:
            made = function(self.each)
            if made.null_count() == self.each.values.null_count():
                self._made[way] = made
        return self.spread(made)

    @cached_property
    def _coded(self) -> tuple[Cells, pl.Series] | None:
        """The different words, and the place of each cell's among them."""
        import numpy as np
        import polars as pl

        first = self.values.head(FIRST)
        is_long = len(first) == FIRST and self.values.dtype == pl.String
        if not is_long or 4 * first.n_unique() > 3 * len(first):
            return None
        words = self.values.drop_nulls().unique(maintain_order=True)
        codes = self.values.cast(pl.Enum(words)).to_physical()
        weights = None if self.times is None else self.times[codes.is_not_null().to_numpy()]
        times = np.bincount(codes.drop_nulls().to_numpy(), weights, len(words))
        return Cells(words, times.astype(np.int64)), codes


def in_cells(frame: pl.DataFrame) -> dict[str, Cells]:
    """The cells of each column of a frame."""
    return {column.name: Cells(nameless(column)) for column in frame.get_columns()}


def _shapes(words: pl.Series) -> pl.Series:
    """The words with a 9 for each digit but 0: few differ then, and all that are alike are written
    in the same way.
    """
    import polars as pl

    signs: bytes = words.str.join("\n").cast(pl.Binary).item()
    alike = pl.Series([signs.translate(NINES)]).cast(pl.String).str.split("\n").explode()
    return alike if len(alike) == len(words) else words
