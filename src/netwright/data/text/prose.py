"""Which column of a table is prose: decided by what can be counted in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from netwright.data.tables.rows import Rows

LOOKED_AT = 2000
"""Rows that are looked at, the first ones."""

LEAST_WORDS, LEAST_DISTINCT = 7.0, 0.5
"""What makes a column of words prose. Words with a capital do not count, as names and addresses are
made of those; categories repeat.
"""

_WORD = r"[\p{Han}\p{Hiragana}\p{Katakana}]|\b[\p{Ll}\p{Lo}][\p{L}\p{M}'’]*"


@dataclass(frozen=True)
class TextColumn:
    """A column that holds words.

    Args:
        words: without a capital in a value, on average.
        distinct: the fraction of its values that are different.
    """

    name: str
    words: float
    distinct: float

    @property
    def is_prose(self) -> bool:
        """Whether it has many words a value, and few values twice."""
        return self.words >= LEAST_WORDS and self.distinct >= LEAST_DISTINCT

    def __str__(self) -> str:
        """As a message describes it."""
        return (
            f"the column '{self.name}' is prose ({self.words:.0f} small words a row,"
            f" {self.distinct:.0%} of its values distinct)"
        )


def text_columns(inputs: Any) -> list[TextColumn]:
    """The columns that hold words, those with the most words first; none of what is no table."""
    if not isinstance(inputs, Rows) or not len(inputs):
        return []
    import polars as pl

    frame = inputs.take(range(min(LOOKED_AT, len(inputs)))).frame
    found = []
    for column in frame.get_columns():
        known = column.drop_nulls()
        if column.dtype != pl.String or not len(known):
            continue
        words = known.str.count_matches(_WORD).mean()
        found.append(TextColumn(column.name, float(words), known.n_unique() / len(known)))  # type: ignore[arg-type]
    return sorted(found, key=lambda one: (-one.is_prose, -one.words))
