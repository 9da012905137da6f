"""Each column of a table as numbers by which two sources of rows are compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from netwright.base.figures import shorten
from netwright.contract import Examples
from netwright.data.tables.rows import Rows

if TYPE_CHECKING:
    import polars as pl

Floats = np.ndarray[Any, np.dtype[np.float64]]

MOST_COLUMNS = 200
"""Of more columns the first are looked at."""

MOST_VALUES = 5
"""Of a column of categories: the most frequent ones, of these rows and the others."""


def of_rows(examples: Examples, others: Examples) -> dict[str, Floats]:
    """Name -> (N,): a number as it is, a frequent category as 1 where it stands, and 1 where a
    value is missing, of columns that miss any.

    Args:
        others: rows of the training source, whose categories are looked at.
    """
    rows, beside = examples.inputs, others.inputs
    names = [name for name in beside.columns if name in rows.columns][:MOST_COLUMNS]
    found: dict[str, Floats] = {}
    for name in names:
        found |= dict(_of_column(name, rows.series(name), beside))
    return found


def _of_column(name: str, column: pl.Series, beside: Rows) -> Iterator[tuple[str, Floats]]:
    usual = beside.series(name)
    if usual.null_count() or column.null_count():
        yield f"{name} missing", column.is_null().to_numpy().astype(float)
    if column.dtype.is_numeric() and usual.dtype.is_numeric():
        yield name, column.cast(float).to_numpy().astype(float)
        return
    if column.dtype.is_temporal() or usual.dtype.is_temporal():
        if column.dtype == usual.dtype:
            yield name, column.to_physical().cast(float).to_numpy().astype(float)
        return
    words, counts = column.cast(str).to_list(), Counter(usual.cast(str).drop_nulls().to_list())
    for value, _ in counts.most_common(MOST_VALUES):
        yield f"{name} = {shorten(value, 24)}", np.array([word == value for word in words], float)
