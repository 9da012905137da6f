"""The table of error analysis in words."""

from __future__ import annotations

from netwright.base import figures
from netwright.doctor.errors.table import ErrorKind, ErrorLevel, ErrorTable

HEADERS = ("kind", "mistakes", "of the error", "error if all were right")

WORST = " The worst were looked at first: they speak for themselves alone, without intervals."


def headline(table: ErrorTable) -> str:
    """How far the person is, and of what."""
    level = table.level
    what = _what(level)
    lines = [f"{table.looked_at:,} of {table.sampled:,} mistakes looked at, of {what}"]
    if table.skipped:
        lines.append(f"{table.skipped:,} skipped")
    if table.alike:
        lines.append(f"{table.alike:,} tagged with others, not looked at yet")
    if table.untagged:
        lines.append(f"{table.untagged:,} of no kind")
    note = "" if table.is_random else WORST
    return f"{', '.join(lines)}.{note}"


def _what(level: ErrorLevel) -> str:
    if level.name == "error":
        value = figures.percent(level.value, level.low, level.high)
        return f"{level.mistakes:,} on {level.n:,} dev examples (error {value})"
    return f"{level.n:,} dev examples by their loss (mean {figures.readable(level.value)})"


def cells(kind: ErrorKind, level: ErrorLevel) -> tuple[str, str, str, str]:
    """One row, under ``HEADERS``."""
    return (
        kind.tag,
        f"{kind.count:,}",
        figures.percent(kind.fraction, kind.low, kind.high),
        _ceiling(kind, level),
    )


def _ceiling(kind: ErrorKind, level: ErrorLevel) -> str:
    if level.name == "error":
        return figures.percent(kind.ceiling, kind.ceiling_low, kind.ceiling_high)
    return figures.number(kind.ceiling, kind.ceiling_low, kind.ceiling_high)


def in_lines(table: ErrorTable) -> str:
    """The whole table, a line each."""
    rows = [", ".join(cells(kind, table.level)) for kind in table.kinds]
    return "\n".join([headline(table), *rows])
