"""What people reach, as text."""

from __future__ import annotations

from netwright.api.judged.people import Agreement, People
from netwright.base import figures
from netwright.cli import console


def people_text(found: People) -> str:
    """A line for each agreement: the figure with its interval, and kappa."""
    headers = ["", "and", found.metric, "examples", "kappa"]
    rows = [_row(one) for one in found.agreements]
    lines = [
        f"{level.name}: kept as a human level of {found.run}, which is diagnosed anew"
        for level in found.levels
    ]
    return "\n\n".join((console.table(rows, headers, "llrrr"), "\n".join(lines)))


def _row(one: Agreement) -> list[str]:
    kappa = "" if one.kappa is None else f"{one.kappa:.2f}"
    return [*one.between, figures.level(one.figure), f"{one.n:,}", kappa]
