"""The views of a run, which its system made, within a budget of bytes for all of them."""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Sequence
from typing import Any

from netwright.base import figures
from netwright.report.sections.missing import MissingError, sentence
from netwright.runs import reading, schema
from netwright.runs.contents import RunFiles
from netwright.runs.schema import ViewJson

MOST_ROWS, LONG, LONGEST = 50, 120, 20_000
"""Rows of a table; characters of a title or a cell, and of a text."""

VIEW_BOX, HEAD = re.compile(rb'<svg[^>]*?\sviewBox="\S+ \S+ (\d{1,5}(?:\.\d+)?) '), 4096
"""The width that an SVG is drawn in, and within how many bytes it must say so."""

WIDER = 1.15
"""As our own pictures beside it."""

BUDGET = 500_000
"""Bytes that all views take in the page, at most."""


def views(run: RunFiles) -> list[dict[str, Any]]:
    """Each view as the template shows it, or why it is not shown.

    A picture may be a stranger's, and an SVG may hold a script: as an image a browser runs none,
    and loads nothing for it.

    Raises:
        MissingError: ``views.json`` is damaged.
    """
    if "views.json" in run.missing:
        raise MissingError(sentence(run, "views.json"))
    shown, left = [], BUDGET
    for view in run.views:
        named = {"title": figures.shorten(view["title"], LONG), "kind": view["kind"]}
        try:
            found = _shown(run, view)
        except reading.AbsentError:
            found = {"missing": f"pictures/{view['file']} is not in the run folder."}
        except reading.DamagedError as error:
            found = {"missing": f"pictures/{view['file']} {error.why}."}
        size = len(html.escape(repr(found)).encode())
        if size > left:
            place = f"pictures/{view['file']}" if view["kind"] == "svg" else "views.json"
            found = {"missing": f"It is too large for the report, and lies in {place}."}
        else:
            left -= size
        shown.append({**named, **found})
    return shown


def widest(picture: bytes) -> str:
    """How wide a picture may be shown: a browser takes what a picture says of itself for nothing
    where it says no width, and fills the page, with letters as large as headings.
    """
    found = VIEW_BOX.search(picture[:HEAD])
    return f"{WIDER * float(found[1]):.0f}px" if found else "100%"


def _shown(run: RunFiles, view: ViewJson) -> dict[str, Any]:
    if view["kind"] == "svg":
        content = reading.picture(run.folder, view["file"], schema.LARGEST_VIEW)
        return {"image": base64.b64encode(content).decode(), "width": widest(content)}
    if view["kind"] == "text":
        return {"text": figures.shorten(view["text"], LONGEST)}
    return table(view["columns"], view["rows"])


def table(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> dict[str, Any]:
    """A table as the template shows it, if a long one in part."""
    return {
        "columns": [figures.shorten(name, LONG) for name in columns],
        "rows": [[_cell(value) for value in row] for row in rows[:MOST_ROWS]],
        "more": len(rows) - MOST_ROWS,
    }


def _cell(value: str | float | bool | None) -> str:
    return "" if value is None else figures.value(value, LONG)
