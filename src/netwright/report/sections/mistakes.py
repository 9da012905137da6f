"""The worst mistakes for the report: as pictures within a budget of bytes, or as rows."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from netwright.base import figures
from netwright.base.errors import RunError
from netwright.report.sections.answers import predictions
from netwright.report.sections.missing import MissingError
from netwright.runs import reading
from netwright.runs.contents import RunFiles

MOST_PICTURES, MOST_ROWS = 24, 12
SHORT, LONG = 40, 120
"""Signs of a label or a number that are shown, and of a truth or an answer of another kind."""

LARGE, BUDGET = 40_000, 1_100_000
"""A picture of more bytes is reduced; all of them take at most the budget, as base64."""

LARGEST = 50_000_000
"""A file of more bytes is not opened."""

PNG = b"\x89PNG\r\n\x1a\n"


def mistakes(run: RunFiles) -> dict[str, Any]:
    """The worst dev mistakes, as pictures or texts where the run kept them, else as rows."""
    if not run.with_examples:
        raise MissingError("They are examples, which this report leaves out.")
    entries = run.mistakes or []
    if any("file" in entry for entry in entries):
        return _pictures(run, entries)
    if entries:
        return {"rows": [_row(entry, LONG) for entry in entries[:MOST_ROWS]], "pictures": []}
    found = predictions(run, "dev")
    some = found.take(found.worst(MOST_ROWS))
    if not len(some.frame):
        raise MissingError("No dev example is answered wrong.")
    longest = LONG if some.frame["label"].is_null().all() else SHORT
    plain = some.frame.select("source", "loss", probability="stated").iter_rows(named=True)
    rows = [
        _row({**row, "truth": truth, "answer": answer}, longest)
        for row, truth, answer in zip(
            plain, some.values("truth"), some.values("answer"), strict=True
        )
    ]
    return {"rows": rows, "pictures": []}


def _pictures(run: RunFiles, entries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    shown, spent = [], 0
    for entry in entries[:MOST_PICTURES]:
        content = _png(run.folder, str(entry["file"])) if "file" in entry else b""
        encoded = base64.b64encode(content).decode() if content else ""
        if spent + len(encoded) > BUDGET:
            break
        spent += len(encoded)
        shown.append({**_row(entry), "image": encoded})
    return {"pictures": shown, "rows": [], "more": len(entries) - len(shown)}


def _row(row: Mapping[str, Any], longest: int = SHORT) -> dict[str, str]:
    """One example in words.

    Args:
        longest: signs of a truth or an answer that are shown.
    """
    probability = row.get("probability")
    return {
        "source": figures.shorten(str(row.get("source", "")), 70),
        "truth": figures.value(row.get("truth"), longest),
        "answer": figures.value(row.get("answer"), longest),
        "text": str(row.get("text", "")),
        "probability": f"{100 * probability:.0f}%" if probability is not None else "",
        "loss": figures.readable(row["loss"], 3) if row.get("loss") is not None else "",
    }


def _png(folder: Path, name: str) -> bytes:
    """A picture of the run in ``folder``, reduced when large; empty when it is no PNG, or cannot be
    read.
    """
    try:
        content = reading.picture(folder, name, LARGEST)
    except RunError:
        return b""
    if not content.startswith(PNG):
        return b""
    return content if len(content) <= LARGE else _reduced(content)


def _reduced(content: bytes) -> bytes:
    from PIL import Image

    try:
        with Image.open(io.BytesIO(content), formats=["PNG"]) as picture:
            picture.thumbnail((112, 112))
            out = io.BytesIO()
            picture.convert("RGB").save(out, "PNG", optimize=True)
    except (OSError, ValueError, Image.DecompressionBombError):
        return b""
    return out.getvalue() if len(out.getvalue()) <= LARGE else b""
