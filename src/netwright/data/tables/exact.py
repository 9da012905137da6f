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


def nameless(column: pl.Series) -> pl.Series:
    """The same values under no name: many methods of a series look it up by its name."""
    return column.alias("")
