"""The worst mistakes for the report: as pictures within a budget of bytes, or as rows."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from netwright.base import figures
from netwright.report.sections.answers import are_labels, predictions
from netwright.report.sections.missing import MissingError
from netwright.runs.contents import RunFiles

MOST_PICTURES, MOST_ROWS = 24, 12
LARGE, BUDGET = 40_000, 1_100_000
"""A picture of more bytes is reduced; all of them take at most the budget, as base64."""

PNG = b"\x89PNG\r\n\x1a\n"


def mistakes(run: RunFiles) -> dict[str, Any]:
    """The worst dev mistakes, as pictures where the run kept them, else as rows."""
    entries = run.mistakes or []
    if entries:
        return _pictures(run, entries)
    frame = predictions(run, "dev")
    if not {"truth", "answer", "loss", "source"} <= set(frame.columns):
        raise MissingError(
            "predictions/dev.parquet lacks the columns source, truth, answer and loss."
        )
    wrong = frame.filter(frame["truth"] != frame["answer"]) if are_labels(frame) else frame
    worst = (
        wrong.filter(wrong["loss"].is_finite())
        .sort(["loss", "source"], descending=[True, False])
        .head(MOST_ROWS)
    )
    if not len(worst):
        raise MissingError("No dev example is answered wrong.")
    return {"rows": [_row(row) for row in worst.iter_rows(named=True)], "pictures": []}


def _pictures(run: RunFiles, entries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    shown, spent = [], 0
    for entry in entries[:MOST_PICTURES]:
        content = _png(run.folder / "pictures", str(entry["file"]))
        encoded = base64.b64encode(content).decode() if content else ""
        if spent + len(encoded) > BUDGET:
            break
        spent += len(encoded)
        shown.append({**_row(entry), "image": encoded})
    return {"pictures": shown, "rows": [], "more": len(entries) - len(shown)}


def _row(row: Mapping[str, Any]) -> dict[str, str]:
    probability = row.get("probability")
    if probability is None and row.get("probabilities"):
        probability = max(row["probabilities"])
    return {
        "source": figures.shorten(str(row.get("source", "")), 70),
        "truth": _value(row.get("truth")),
        "answer": _value(row.get("answer")),
        "probability": f"{100 * probability:.0f}%" if probability is not None else "",
        "loss": figures.readable(row["loss"], 3) if row.get("loss") is not None else "",
    }


def _value(value: Any) -> str:
    return (
        figures.readable(value, 5) if isinstance(value, float) else figures.shorten(str(value), 40)
    )


def _png(folder: Path, name: str) -> bytes:
    """A picture of this run, reduced when large; empty when it is no PNG or not in ``folder``."""
    path = folder / name
    if (
        Path(name).name != name
        or path.is_symlink()
        or not path.is_file()
        or path.stat().st_size > 50_000_000
    ):
        return b""
    content = path.read_bytes()
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
