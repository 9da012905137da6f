"""Words that stand in many rows: what is asked of them is asked once of each."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

FIRST = 1 << 16
"""Words that show whether most come again; of fewer it does not matter."""


def come_again(words: pl.Series) -> bool:
    """Whether most of many words stand there several times."""
    first = words.head(FIRST)
    return len(words) > FIRST and 2 * first.n_unique() < len(first)


def once_each(words: pl.Series, function: Callable[[pl.Series], pl.Series]) -> pl.Series:
    """What a function makes of each word by itself."""
    if not come_again(words):
        return function(words)
    each = words.drop_nulls().unique()
    made = function(each)
    return words.replace_strict(each, made, default=None, return_dtype=made.dtype)


def counted(words: pl.Series) -> pl.DataFrame:
    """The words, and how often each stands there; those that hardly come again as they are."""
    import polars as pl

    if len(words) <= FIRST or come_again(words):
        return words.alias("words").value_counts().rechunk()
    ones = pl.repeat(1, len(words), dtype=pl.UInt32, eager=True)
    return pl.DataFrame({"words": words, "count": ones})


def added_up(words: pl.Series, counts: pl.Series) -> pl.DataFrame:
    """Different words, and how often each stands there in all."""
    import polars as pl

    found = pl.DataFrame({"words": words, "count": counts})
    return found.group_by("words").agg(pl.col("count").sum())
