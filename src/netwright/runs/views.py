"""The views of a run, kept so that the report needs neither the data nor the system:
``views.json``, and ``pictures/view-NN.svg`` for each picture.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
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
        _check(entries, pictures)
    except MisfitError as error:
        raise NetwrightError(f"views.json {error}.") from None
    if entries:
        for name, content in pictures.items():
            write_bytes(record.inside(f"pictures/{name}"), content)
        record.write_json("views.json", entries)


def _check(entries: Sequence[Any], pictures: Mapping[str, bytes]) -> None:
    """See that what is written will be read.

    Raises:
        MisfitError: it will not.
    """
    schema.VIEWS(entries, "")
    sizes = {name: (len(content), schema.LARGEST_VIEW) for name, content in pictures.items()}
    written = len(json.dumps(entries, indent=1).encode())
    for name, (size, most) in {
        **sizes,
        "": (written, schema.JSON_FILES["views.json"].most),
    }.items():
        if size > most:
            raise MisfitError(name, f"{size:,} bytes", f"at most {most:,}")


def _entry(view: View, name: str) -> dict[str, Any]:
    entry: dict[str, Any] = {"title": view.title, "kind": view.kind}
    if not view.of_examples:
        entry["of_examples"] = False
    if view.svg:
        return {**entry, "file": name}
    if view.columns:
        return {**entry, "columns": list(view.columns), "rows": plain(view.rows)}
    return {**entry, "text": view.text}
