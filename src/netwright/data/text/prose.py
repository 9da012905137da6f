"""Which columns of a table are prose: read by a system of texts, left out by those of rows."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace
from typing import Any

from netwright.base.errors import DataError
from netwright.base.figures import shorten
from netwright.base.findings import Finding
from netwright.contract import Examples
from netwright.data.tables.judging.oddities import overrule
from netwright.data.tables.judging.small_words import small_words
from netwright.data.tables.judging.variety import LOOKED_AT
from netwright.data.tables.rows import Rows

LEAST_WORDS, LEAST_DISTINCT = 7.0, 0.5
"""What makes a column of words so surely prose that a table is one of texts. Words with a capital
do not count, as names and addresses are made of those; categories repeat.
"""


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
            f"the column '{self.name}' is prose ({self.words:.0f} words a row,"
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
        found.append(TextColumn(column.name, small_words(known), known.n_unique() / len(known)))
    return sorted(found, key=lambda one: (-one.is_prose, -one.words))


def without_prose(examples: Examples, recipe: object = None) -> Examples:
    """The examples without their columns of prose, for a system of rows: nearly each of their
    values is a new one, which tells it nothing.

    Args:
        recipe: no matter which; so it is a system's ``arrange``.

    Raises:
        DataError: nothing else is there.
    """
    inputs = examples.inputs
    if not isinstance(inputs, Rows) or not inputs.prose:
        return examples
    if len(inputs.prose) == len(inputs.columns):
        first = inputs.prose[0]
        raise DataError(
            f"the inputs are prose alone ('{first}'), of which a net of rows learns nothing:"
            f" {_by_text(examples)}{overrule(first, 'category')} takes each different value as"
            " a category."
        )
    return replace(examples, inputs=inputs.drop(inputs.prose))


def _by_text(examples: Examples) -> str:
    """The system that reads texts, where the targets are labels."""
    first = next((target for target in examples.targets if target is not None), None)
    return "--system text reads it; " if isinstance(first, str) else ""


def prose_left_out(before: Examples, after: Examples) -> tuple[Finding, ...]:
    """A finding on the columns of prose that a system leaves out of its examples."""
    if not isinstance(before.inputs, Rows) or not isinstance(after.inputs, Rows):
        return ()
    names = [name for name in before.inputs.prose if name not in after.inputs.columns]
    return tuple(_on(name, before) for name in names)


def _on(name: str, examples: Examples) -> Finding:
    known = examples.inputs.series(name).drop_nulls()
    different, label = known.n_unique(), bool(_by_text(examples))
    by_text = shlex.join(["--system", "text", "--set", "data.text_column=" + name])
    return Finding(
        "NW238",
        f"column '{name}' is prose, {different:,} different texts in {len(known):,} cells, as"
        f" '{shorten(known[0], 60)}': as categories they tell nothing, and it is left out.",
        {"column": name, "different": different, "known": len(known), "example": known[0][:200]},
        (
            *([f"to learn from it: {by_text}"] if label else []),
            f"to leave it out without a word: --ignore {shlex.quote(name)}",
            f"if those that repeat may decide: {overrule(name, 'category')}",
        ),
    )
