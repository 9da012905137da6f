"""A comparison of runs as text."""

from __future__ import annotations

from netwright.base import figures
from netwright.cli import console
from netwright.runs.choosing.comparison import Comparison, Standing, in_words
from netwright.runs.choosing.costs import COSTS


def comparison_text(found: Comparison) -> str:
    """The verdict, a line for each run, and why the dropped ones are."""
    limited = [name for name in found.rows[0].figures if name != found.optimized]
    has_lead = any(row.lead is not None for row in found.rows)
    headers = ["", "run", found.optimized, *limited, *(["behind the winner"] if has_lead else [])]
    cells = [_cells(row, found, limited, has_lead=has_lead) for row in found.rows]
    dropped = [_dropped(row) for row in found.rows if row.missed]
    table = console.table(cells, headers, "ll" + "r" * (1 + len(limited)) + "l" * has_lead)
    return "\n\n".join(part for part in (found.verdict, table, "\n".join(dropped)) if part)


def _dropped(row: Standing) -> str:
    bounds = [f"{one} (within noise)" if one in row.doubtful else one for one in row.missed]
    return f"dropped: {row.name} misses {', '.join(bounds)}"


def _cells(row: Standing, found: Comparison, limited: list[str], *, has_lead: bool) -> list[str]:
    place = "" if row.place == "behind" else row.place
    shown = [in_words(name, row.figures[name]) for name in (found.optimized, *limited)]
    return [place, row.name, *shown, *([_behind(row, found)] if has_lead else [])]


def _behind(row: Standing, found: Comparison) -> str:
    if row.lead is None:
        return ""
    size, low, high = row.lead.value, row.lead.low, row.lead.high
    if (cost := COSTS.get(found.optimized)) is not None:
        return ("-" if size < 0 else "+") + cost.written(abs(size))
    is_noise = low is not None and high is not None and low <= 0 <= high
    unit = row.figures[found.optimized].unit
    return figures.points(size, low, high, unit=unit) + ", within noise" * is_noise
