"""Columns by their exact names: polars takes ``*`` and ``^a.*$`` for patterns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl


def without(frame: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
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
