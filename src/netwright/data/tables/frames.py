"""Tables in memory as polars frames: of polars or pandas, columns by name, rows by name."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from netwright.data.targets import is_missing


def frame_of(x: Any) -> Any:
    """A polars frame if ``x`` is a polars or pandas one, a mapping of columns or a list of rows by
    name; None: ``x`` is none of these.
    """
    module = type(x).__module__.partition(".")[0]
    if module == "polars" and hasattr(x, "collect_schema") and hasattr(x, "lazy"):
        return x.collect() if hasattr(x, "collect") else x
    if module == "pandas" and hasattr(x, "columns"):
        return from_columns(
            {str(name): x.iloc[:, at].tolist() for at, name in enumerate(x.columns)}
        )
    if isinstance(x, Mapping):
        return from_columns(x)
    if isinstance(x, list | tuple) and x and all(isinstance(row, Mapping) for row in x):
        return from_rows(x)
    return None


def from_rows(rows: Sequence[Mapping[str, Any]]) -> Any:
    """A polars frame of rows by name; a cell that a row lacks is null."""
    names = dict.fromkeys(str(name) for row in rows for name in row)
    return from_columns({name: [row.get(name) for row in rows] for name in names})


def from_columns(columns: Mapping[str, Sequence[Any]]) -> Any:
    """A polars frame; a column that mixes words with numbers is words, one that mixes whole numbers
    with others is numbers.
    """
    import polars as pl

    clean = {
        name: [
            None if is_missing(v) or type(v).__name__ in ("NAType", "NaTType") else v
            for v in values
        ]
        for name, values in columns.items()
    }
    try:
        return pl.DataFrame(clean)
    except (pl.exceptions.PolarsError, TypeError, OverflowError):
        return pl.DataFrame({name: _of_one_type(values) for name, values in clean.items()})


def _of_one_type(values: Sequence[Any]) -> Sequence[Any]:
    """A column that mixes kinds of values, as words, or as numbers where all are."""
    if any(isinstance(v, str) for v in values):
        return [None if v is None else str(v) for v in values]
    if all(v is None or (isinstance(v, int | float) and type(v) is not bool) for v in values):
        return [None if v is None else _as_float(v) for v in values]
    return [None if v is None else str(v) for v in values] if _differ(values) else values


def _differ(values: Sequence[Any]) -> bool:
    """Whether the values are of several plain kinds."""
    kinds = {type(v) for v in values if v is not None}
    return len(kinds) > 1 and kinds <= {bool, int, float}


def _as_float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:  # a whole number beyond all floats
        return math.inf if value > 0 else -math.inf
