"""Which component the error comes from, as text."""

from __future__ import annotations

from netwright.base import figures
from netwright.cli import console
from netwright.doctor.errors.components import Blame, ComponentGain


def blame_text(found: Blame) -> str:
    """The verdict, what each component's truth gains, and what limits it."""
    headers = ["with the truth of", "alone", "and of all before", "gain"]
    rows = [["none", "", figures.level(found.own), ""]]
    rows += [_cells(one, found.own.unit) for one in found.components]
    table = console.table(rows, headers, "llll")
    return "\n\n".join(part for part in (found.verdict, table, "\n".join(found.notes)) if part)


def _cells(one: ComponentGain, unit: str) -> list[str]:
    gain = figures.points(one.gain.value, one.gain.low, one.gain.high, unit=unit)
    return [one.name, figures.level(one.alone), figures.level(one.up_to), gain]
