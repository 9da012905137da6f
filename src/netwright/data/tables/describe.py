"""What columns a table has, and what they hold."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from netwright.contract import ColumnForm
from netwright.data.numbers import scaled
from netwright.data.tables.cells.dates import TIMES
from netwright.data.tables.judging.oddities import way
from netwright.data.tables.rows import Rows


@dataclass(frozen=True)
class Column:
    """One input column of a table.

    Args:
        kind: ``number``, ``yes/no``, ``date``, ``words``, ``prose`` or ``left out``.
        missing: rows without a value (infinite ones included).
        distinct: different values.
        low, high, mean: of a numeric column.
        top: the most frequent value of another one, and how often it occurs.
        why: it is taken so, or how its cells are written, where that is no matter of course.
        first, last: of dates.
    """

    name: str
    kind: str
    missing: int
    distinct: int
    low: float | None = None
    high: float | None = None
    mean: float | None = None
    top: str | None = None
    top_count: int = 0
    why: str = ""
    first: str | None = None
    last: str | None = None


def describe_columns(
    inputs: Any, forms: Mapping[str, ColumnForm] | None = None
) -> tuple[Column, ...]:
    """The input columns of a table, and those left out; none of anything else.

    Args:
        forms: column -> how its cells were read.
    """
    if not isinstance(inputs, Rows):
        return ()
    held, forms = inputs.read(), forms or {}
    described = [
        _as_understood(_column(name, held.column(name), forms.get(name)), forms.get(name))
        for name in held.columns
    ]
    whys = {name: form.why for name, form in forms.items() if form.kind == "ignore"} | {
        name: f"prose, {form.why}"
        for name, form in forms.items()
        if form.kind == "prose" and name not in held.columns
    }
    left_out = [Column(name, "left out", 0, 0, why=why) for name, why in whys.items()]
    return (*described, *left_out)


def _as_understood(column: Column, form: ColumnForm | None) -> Column:
    """With how its cells were read, and why so."""
    if form is None:
        return column
    if form.kind == "boolean" and form.pattern and column.top is not None:
        no, yes = form.pattern.split("/")
        return replace(column, top=yes if column.top == "True" else no, why=form.why)
    return replace(column, kind="prose" if form.kind == "prose" else column.kind, why=way(form))


def _when(moment: datetime, form: ColumnForm | None) -> str:
    """A moment as a person reads it; of a time of day no day, of a day no time."""
    if form is not None and form.pattern in TIMES:
        return moment.time().isoformat()
    return moment.isoformat(" ").removesuffix(" 00:00:00")


def _column(name: str, values: Sequence[Any], form: ColumnForm | None = None) -> Column:
    known = [
        v for v in values if v is not None and not (isinstance(v, float) and not math.isfinite(v))
    ]
    missing = len(values) - len(known)
    if not known:
        return Column(name, "words", missing, 0)
    if isinstance(known[0], datetime):
        first, last = (_when(one, form) for one in (min(known), max(known)))
        return Column(name, "date", missing, len(set(known)), first=first, last=last)
    if isinstance(known[0], bool | str):
        counts = Counter(map(str, known))
        top, count = min(counts.items(), key=lambda item: (-item[1], item[0]))
        return Column(
            name,
            "words" if isinstance(known[0], str) else "yes/no",
            missing,
            len(counts),
            top=top,
            top_count=count,
        )
    parts, unit = scaled(known)
    mean = math.fsum(parts) / len(parts) * unit
    return Column(
        name, "number", missing, len(set(known)), float(min(known)), float(max(known)), mean
    )
