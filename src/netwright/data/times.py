"""When each row of a table is of: dates, or numbers that grow with time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from netwright.base.errors import DataError

if TYPE_CHECKING:
    import polars as pl

DAY = 86_400_000
"""Milliseconds."""


def times_of(column: pl.Series, name: str, sources: Sequence[str], *, dates: bool) -> Any:
    """(N,) numbers, or datetime64 in microseconds (UTC where a zone is given).

    Args:
        column: dates, numbers, or words that are dates in the ISO form.
        name: what a person calls it.
        sources: where each row is found.
        dates: whether its numbers are days since 1970.

    Raises:
        DataError: a row has no time, or one that cannot be read.
    """
    missing = column.is_null() | (column.is_nan() if column.dtype.is_float() else False)
    if missing.any():
        place = sources[int(missing.arg_true()[0])]
        raise DataError(
            f"{place}: the time '{name}' is missing: expected one in every row; fill it, or take"
            " the row out."
        )
    if column.dtype.is_temporal():
        return column.dt.timestamp("us").to_numpy().astype("datetime64[us]")
    if str(column.dtype) == "String":
        return _parsed(column.to_list(), name, sources)
    if not column.dtype.is_numeric():
        raise DataError(f"the time '{name}' holds yes and no: expected dates or numbers.")
    numbers = column.to_numpy()
    if numbers.dtype.kind == "f" and not np.isfinite(numbers).all():
        place = sources[int(np.flatnonzero(~np.isfinite(numbers))[0])]
        raise DataError(f"{place}: the time '{name}' is infinite: expected a date or a number.")
    if not dates:
        return numbers
    return np.rint(numbers * DAY).astype("datetime64[ms]").astype("datetime64[us]")


def _parsed(words: Iterable[str], name: str, sources: Sequence[str]) -> Any:
    """(N,) datetime64 of dates in the ISO form."""
    found: list[datetime] = []
    zoned: bool | None = None
    for at, word in enumerate(words):
        time = _date(word)
        if time is None:
            raise DataError(
                f"{sources[at]}: the time '{name}' is '{word}': expected a date as 2024-01-31 or"
                " 2024-01-31 12:30, or a number."
            )
        zoned = time.tzinfo is not None if zoned is None else zoned
        if (time.tzinfo is not None) != zoned:
            raise DataError(
                f"{sources[at]}: the time '{name}' is '{word}', and those before it"
                f" {'have a' if zoned else 'have no'} time zone: expected all alike."
            )
        found.append(time.astimezone(UTC).replace(tzinfo=None) if zoned else time)
    return np.array(found, "datetime64[us]")


def _date(word: str) -> datetime | None:
    """A date and time in the ISO form; None: it is none."""
    month = re.fullmatch(r"\d{4}-\d{2}", word)
    try:
        found = datetime.fromisoformat(f"{word}-01" if month else word)
        if found.tzinfo is not None:
            found.astimezone(UTC)  # not of every first and last day of the calendar
        return found
    except (ValueError, OverflowError):
        return None
