"""The views of a run, which its system made: pictures within a budget of bytes, tables, texts."""

from __future__ import annotations

import base64
from typing import Any

from netwright.base import figures
from netwright.base.errors import RunError
from netwright.report.sections.missing import MissingError, sentence
from netwright.runs import reading, schema
from netwright.runs.contents import RunFiles

MOST_ROWS, LONG, LONGEST = 50, 120, 20_000
"""Rows of a table; signs of a title or a cell, and of a text."""

BUDGET = 500_000
"""All pictures together take at most so many bytes, as base64."""


def views(run: RunFiles) -> list[dict[str, Any]]:
    """Each view as the template shows it, or why it cannot be shown.

    A picture may be a stranger's, and an SVG may hold a script: as an image a browser runs none,
    and loads nothing for it.

    Raises:
        MissingError: ``views.json`` is damaged.
    """
    if "views.json" in run.missing:
        raise MissingError(sentence(run, "views.json"))
    shown, spent = [], 0
    for view in run.views:
        found: dict[str, Any] = {
            "title": figures.shorten(view["title"], LONG),
            "kind": view["kind"],
        }
        if view["kind"] == "svg":
            found |= _picture(run, view["file"], BUDGET - spent)
            spent += len(found.get("image", ""))
        elif view["kind"] == "table":
            rows = view["rows"]
            found["columns"] = [figures.shorten(name, LONG) for name in view["columns"]]
            found["rows"] = [[_cell(value) for value in row] for row in rows[:MOST_ROWS]]
            found["more"] = len(rows) - MOST_ROWS
        else:
            found["text"] = figures.shorten(view["text"], LONGEST)
        shown.append(found)
    return shown


def _picture(run: RunFiles, name: str, left: int) -> dict[str, str]:
    try:
        image = base64.b64encode(reading.picture(run.folder, name, schema.LARGEST_VIEW)).decode()
    except RunError as error:
        return {"missing": str(error)}
    if len(image) > left:
        return {"missing": f"It is too large for the report, and lies in pictures/{name}."}
    return {"image": image}


def _cell(value: str | float | bool | None) -> str:
    return "" if value is None else figures.value(value, LONG)
