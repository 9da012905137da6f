"""Columns by their exact names, as polars takes ``*`` and ``^a.*$`` for patterns; several at once
where they are long.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import polars as pl

T = TypeVar("T")
R = TypeVar("R")

LONG = 50_000
"""Rows from which it pays to look at several columns at once."""


def without(frame: pl.DataFrame, names: Iterable[str]) -> pl.DataFrame:
    """A frame without these columns, whatever they are called."""
    import polars.selectors as cs

    return frame.drop(cs.by_name(list(names)))


def alone(frame: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    """A frame of these columns, whatever they are called, in the frame's own order."""
    wanted = set(names)
    ordered = names if len(names) == 1 else [name for name in frame.columns if name in wanted]
    # by name: a column called "" would get another name in a list
    return type(frame)({name: frame.get_column(name) for name in ordered})


def nameless(column: pl.Series) -> pl.Series:
    """The same values under no name: many methods of a series look it up by its name."""
    return column.alias("")


def at_once(function: Callable[[T], R], items: Iterable[T], rows: int) -> list[R]:
    """What a function gives for each item, in order; of many rows by several threads, as polars and
    numpy leave Python to the others meanwhile.

    Args:
        rows: how much there is to do, about.
    """
    if rows < LONG:
        return [function(item) for item in items]
    from concurrent.futures import ThreadPoolExecutor

    import polars as pl

    with ThreadPoolExecutor(pl.thread_pool_size()) as pool:
        return list(pool.map(function, items))
