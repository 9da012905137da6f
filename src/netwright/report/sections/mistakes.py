"""The worst mistakes for the report: as pictures within a budget of bytes, or as rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from netwright.base import figures
from netwright.report.sections.answers import predictions
from netwright.report.sections.missing import MissingError
from netwright.report.sections.pictures import Embedded, embedded
from netwright.runs.contents import RunFiles

MOST_PICTURES, MOST_ROWS = 24, 12
SHORT, LONG = 40, 120
"""Characters of a label or a number that are shown, and of a truth or an answer of another kind."""

BUDGET = 1_100_000
"""Bytes that all pictures take at most, as base64."""


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
            plain, some.in_words("truth", longest), some.in_words("answer", longest), strict=True
        )
    ]
    return {"rows": rows, "pictures": []}


def _pictures(run: RunFiles, entries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    shown, spent, small = [], 0, True
    for entry in entries[:MOST_PICTURES]:
        picture = embedded(run.folder, str(entry["file"])) if "file" in entry else Embedded()
        if spent + len(picture.uri) > BUDGET:
            break
        spent, small = spent + len(picture.uri), small and picture.is_small
        shown.append({**_row(entry), "image": picture.uri})
    return {"pictures": shown, "rows": [], "more": len(entries) - len(shown), "small": small}


def _row(row: Mapping[str, Any], longest: int = SHORT) -> dict[str, str]:
    """One example in words.

    Args:
        longest: characters of a truth or an answer that are shown.
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
