"""Slices of dev as text."""

from __future__ import annotations

from netwright.base import figures
from netwright.cli import console
from netwright.doctor.slices.slices import JudgedSlice, Slices

SHOWN = 40
"""Slices at most; the others are in ``--json``."""


def slices_text(found: Slices) -> str:
    """What is worse beyond chance, then all that was looked at."""
    headers = ["", "by", "slice", "examples", found.metric, f"{found.yardstick} above the rest"]
    rows = [_cells(one, found) for one in found.slices[:SHOWN]]
    table = console.table(rows, [*headers, "p", "corrected"], "lllrrlrr") if rows else ""
    more = len(found.slices) - SHOWN
    lines = [*([f"{more:,} more with --json"] if more > 0 else []), *found.notes]
    return "\n\n".join(part for part in (verdict(found), table, "\n".join(lines)) if part)


def verdict(found: Slices) -> str:
    """What is worse than the rest beyond chance, in a sentence or a few."""
    looked = figures.counted(len(found.slices), "slice")
    if not found.slices:
        return f"{found.run}: no slice of dev is large enough to be held against the rest."
    whole = "" if found.whole is None else f", {figures.figure(found.metric, found.whole)} on dev"
    if not found.worse:
        return f"{found.run}{whole}: none of {looked} is worse than the rest beyond chance."
    named = "; ".join(f"{one.by} {one.value} ({_excess(one, found)})" for one in found.worse[:5])
    more = "" if len(found.worse) <= 5 else f" and {len(found.worse) - 5} more"
    are = "is" if len(found.worse) == 1 else "are"
    return (
        f"{found.run}{whole}: {len(found.worse)} of {looked} {are} worse than the rest beyond"
        f" chance: {named}{more}."
    )


def _excess(one: JudgedSlice, found: Slices) -> str:
    return figures.points(one.excess.value, one.excess.low, one.excess.high, unit=found.unit)


def _cells(one: JudgedSlice, found: Slices) -> list[str]:
    return [
        "worse" if one.is_worse else "",
        figures.shorten(one.by, 24),
        figures.shorten(one.value, 60),
        f"{one.n:,}",
        figures.level(one.figure),
        _excess(one, found),
        probability(one.excess.p),
        probability(one.p),
    ]


def probability(p: float) -> str:
    """A p value: ``0.03``, ``< 0.001``."""
    return "< 0.001" if p < 0.001 else f"{p:.2g}" if p < 0.1 else f"{p:.2f}"
