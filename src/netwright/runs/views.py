"""The views of a run, kept so that the report needs neither the data nor the system:
``views.json``, and ``pictures/view-NN.svg`` for each picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from netwright.base.errors import NetwrightError
from netwright.base.files import write_bytes
from netwright.base.shapes import MisfitError
from netwright.contract import View
from netwright.runs import schema
from netwright.runs.answers.predictions import plain
from netwright.runs.record import Record


def keep(record: Record, views: Sequence[View]) -> None:
    """Write the views of a run; nothing where there are none.

    Raises:
        NetwrightError: one is larger than a run may hold, or holds what JSON cannot; nothing is
            written then.
    """
    entries = [_entry(view, f"view-{at:02}.svg") for at, view in enumerate(views)]
    pictures = {f"view-{at:02}.svg": view.svg.encode() for at, view in enumerate(views) if view.svg}
    try:
        schema.VIEWS(entries, "")
        for name, content in pictures.items():
            if len(content) > schema.LARGEST_VIEW:
                most = f"at most {schema.LARGEST_VIEW:,}"
                raise MisfitError(name, f"{len(content):,} bytes", most)
    except MisfitError as error:
        raise NetwrightError(f"views.json {error}.") from None
    if entries:
        for name, content in pictures.items():
            write_bytes(record.path / "pictures" / name, content)
        record.write_json("views.json", entries)


def _entry(view: View, name: str) -> dict[str, Any]:
    entry: dict[str, Any] = {"title": view.title, "kind": view.kind}
    if view.svg:
        return {**entry, "file": name}
    if view.columns:
        return {**entry, "columns": list(view.columns), "rows": plain(view.rows)}
    return {**entry, "text": view.text}
