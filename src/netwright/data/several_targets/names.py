"""Columns, as a person names them: one, or several in a line."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from netwright.base.errors import DataError, nearest


def named_columns(
    wanted: str | None, names: Sequence[str], key: str = "data.target"
) -> tuple[str, ...]:
    """The columns that a setting names: one as it stands, or several as the first line of a
    CSV file has them, ``a, b, "c, d"``.

    Raises:
        DataError: one is named twice.
    """
    if wanted is None:
        return ()
    if wanted in names or "," not in wanted:
        return (wanted,)
    parts = [part.strip() for part in next(csv.reader([wanted], skipinitialspace=True))]
    for part in parts:
        if parts.count(part) > 1:
            raise DataError(f"{key} = '{wanted}' names '{part}' twice: leave one out.")
    return tuple(parts)


def nearest_column(name: str, names: Sequence[str]) -> str:
    """The end of a refusal: the nearest column, else the first fifty."""
    close = nearest(name, names)
    if close.startswith("; did"):
        return close
    more = f", ... ({len(names):,})" if len(names) > 50 else ""
    return f"; its columns are {', '.join(names[:50])}{more}."


def in_a_line(target: str | Sequence[str] | None) -> str | None:
    """Several columns as ``data.target`` names them."""
    if target is None or isinstance(target, str):
        return target
    if len(target) == 1:
        return target[0]
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(target)
    return line.getvalue()
