"""Tables in memory as polars frames: of polars or pandas, columns by name, rows by name."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from netwright.data.tables.exact import nameless
from netwright.data.targets import is_missing

if TYPE_CHECKING:
    import polars as pl


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


def plain(frame: pl.DataFrame) -> pl.DataFrame:
    """A frame of numbers, booleans, moments and words from any frame; durations become seconds, and
    columns of what is none of these are empty.
    """
    import polars as pl

    changes: dict[str, pl.Series] = {}
    for named in frame.get_columns():
        name, kind, column = named.name, named.dtype, nameless(named)
        if kind.is_decimal():
            changes[name] = column.cast(pl.Float64)
        elif kind == pl.Duration:
            changes[name] = column.dt.total_milliseconds() / 1e3
        elif kind in (pl.Date, pl.Datetime):
            changes[name] = _in_milliseconds(column)
        elif kind in (pl.Categorical, pl.Enum, pl.Time):
            changes[name] = column.cast(pl.String)
        elif not _is_typed(kind):
            changes[name] = pl.Series([None], dtype=pl.String).new_from_index(0, len(column))
    return frame.with_columns(column.alias(name) for name, column in changes.items())


def untyped(schema: pl.Schema, path: str = "") -> dict[str, str]:
    """The columns of lists, structures or bytes, and what a person is told who wants to read one.

    Args:
        path: of the file, for the message.
    """
    place = f"{path}: " if path else ""
    return {
        name: f"{place}column '{name}' holds {kind}: expected numbers or words; take it out or"
        " spread it first"
        for name, kind in schema.items()
        if not _is_typed(kind)
    }


def _is_typed(kind: Any) -> bool:
    import polars as pl

    others = (pl.String, pl.Boolean, pl.Null, pl.Categorical, pl.Enum)
    return kind.is_numeric() or kind.is_temporal() or kind in others


def _in_milliseconds(column: pl.Series) -> pl.Series:
    """Moments without a zone, those with one in UTC."""
    import polars as pl

    if getattr(column.dtype, "time_zone", None) is not None:
        column = column.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
    return column.cast(pl.Datetime("ms"))


def dates_in(schema: pl.Schema) -> tuple[str, ...]:
    """The columns of dates."""
    import polars as pl

    return tuple(name for name, kind in schema.items() if kind in (pl.Date, pl.Datetime))
