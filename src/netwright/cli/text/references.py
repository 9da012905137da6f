"""The usual methods beside the net, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netwright.base.visible import one_line
from netwright.cli import console

if TYPE_CHECKING:
    from netwright.runs.contents import RunFiles


def references_text(run: RunFiles) -> str:
    """A line each with its figure and how far the net is ahead; empty where there are none."""
    from netwright.report.sections import references
    from netwright.report.sections.missing import MissingError

    try:
        found = references.references(run)
    except MissingError:  # said with the other files that are not shown
        return ""
    rows = [[one_line(cell) for cell in row[:4]] for row in found]
    heads = ["beside the net", *references.HEADS[1:]]
    return console.table(rows, heads, "llll") if rows else ""
