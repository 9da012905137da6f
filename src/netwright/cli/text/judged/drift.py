"""Whether two sets of examples differ, as text."""

from __future__ import annotations

from netwright.api.judged.drift import Drift
from netwright.base import figures
from netwright.cli import console
from netwright.cli.text.judged.slices import probability


def drift_text(found: Drift) -> str:
    """The verdict, the columns that tell the two apart, and what was read for it."""
    rows = [
        [figures.shorten(one.name, 40), f"{one.needed:.3f}", one.first, one.second]
        for one in found.columns
    ]
    headers = ["column", "of the AUC", *found.between]
    table = console.table(rows, headers, "lrll") if rows else ""
    return "\n\n".join(part for part in (_verdict(found), table, _beside(found)) if part)


def _verdict(found: Drift) -> str:
    first, second = (
        f"{name} ({count:,})" for name, count in zip(found.between, found.counts, strict=True)
    )
    p = f"p {probability(found.p)}"
    if found.differ:
        return (
            f"{first} and {second} are not of one distribution: a classifier tells their inputs"
            f" apart with AUC {found.auc:.3f}, {p}."
        )
    return (
        f"{first} and {second}: no difference found. A classifier tells their inputs apart with AUC"
        f" {found.auc:.3f}, {p}; above about {found.seen_from:.3f} it would have been more than"
        " chance."
    )


def _beside(found: Drift) -> str:
    lines = []
    if found.same:
        lines.append(f"{figures.counted(found.same, 'example')} of the two are the same")
    if "test" in found.between:
        lines.append("the inputs of test were read, none of its targets; the run has noted it")
    return "\n".join(lines)
