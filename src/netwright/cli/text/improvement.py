"""What an improvement came to, and what it would do next, as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from netwright.api.studies.improving import OpenedImprovement
from netwright.base import figures
from netwright.base.measure import Measure
from netwright.cli import console
from netwright.doctor.improve.changes import RecipeChange


def improvement_text(found: OpenedImprovement) -> str:
    """What is kept, what was tried, why it ended."""
    result = found.result
    dev = figures.figure(result.metric, Measure.from_json(result.dev))
    lines = [f"{result.kept} is kept: dev {dev}"]
    if result.test is not None:
        test = figures.figure(result.metric, Measure.from_json(result.test))
        lines.append(f"test, opened once: {test}")
    lines += [line for line in (result.ensemble, result.ahead, result.fault) if line]
    lines.append(f"it ended because {result.ended}")
    rows = [[_became(one), one["gap"], one["change"]] for one in result.tried]
    table = console.table(rows, ["", "for", "change"], "lll") if rows else "nothing was changed"
    return "\n\n".join(("\n".join(lines), table, f"notebook  {found.notebook}"))


def _became(tried: Mapping[str, Any]) -> str:
    return "kept" if tried["kept"] else "short" if tried["short"] else "undone"


def plan_text(run: str, changes: Sequence[RecipeChange], why: Sequence[str]) -> str:
    """What would be tried next, and why."""
    if not why:
        return f"{run}: no gap is larger than its noise; nothing would be tried."
    if not changes:
        return "\n".join([*why, f"{run}: no knob of its recipe is left to turn for that."])
    rows = [
        [
            change.gap,
            change.message,
            f"{change.time:g} times",
            change.hurts,
            "yes" if change.tried_before else "",
        ]
        for change in changes
    ]
    table = console.table(rows, ["for", "change", "time", "may hurt", "tried before"], "lllll")
    return "\n".join([*why, "", table])
