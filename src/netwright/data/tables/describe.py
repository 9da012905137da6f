"""What columns a table has, and what they hold."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from netwright.data.numbers import scaled
from netwright.data.tables.rows import Rows


@dataclass(frozen=True)
class Column:
    """One input column of a table.

    Args:
        kind: ``number``, ``yes/no`` or ``words``.
        missing: rows without a value (infinite ones included).
        distinct: different values.
        low, high, mean: of a numeric column.
        top: the most frequent value of another one, and how often it occurs.
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


def describe_columns(inputs: Any) -> tuple[Column, ...]:
    """The input columns of a table; none of anything else."""
    if not isinstance(inputs, Rows):
        return ()
    held = inputs.read()
    return tuple(_column(name, held.column(name)) for name in held.columns)


def _column(name: str, values: Sequence[Any]) -> Column:
    known = [
        v for v in values if v is not None and not (isinstance(v, float) and not math.isfinite(v))
    ]
    missing = len(values) - len(known)
    if not known:
        return Column(name, "words", missing, 0)
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
