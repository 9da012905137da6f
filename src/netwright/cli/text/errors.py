"""The table of error analysis as text, and one mistake in a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from netwright.base import figures
from netwright.cli import console
from netwright.doctor.errors import words
from netwright.doctor.errors.table import ErrorTable

if TYPE_CHECKING:
    from netwright.api.errors.analysis import SampledMistake
    from netwright.contract.views import Shown
    from netwright.runs.annotations.lines import Annotation
    from netwright.runs.annotations.noted import Noted

SHADES = " .:-=+*#%@"
"""Dark to light, for a terminal that is dark; a small picture is read either way."""

PAPER = 200
"""What is drawn on lighter ground is drawn in lines, and shown as light ones on dark ground."""

WIDEST, HIGHEST = 64, 24
"""Characters of a picture."""


def table_text(table: ErrorTable) -> str:
    """How far the person is, and the kinds."""
    rows = [words.cells(kind, table.level) for kind in table.kinds]
    found = console.table(rows, words.HEADERS, "lrrr") if rows else ""
    return "\n\n".join(part for part in (words.headline(table), found) if part)


def mistake_text(place: str, one: SampledMistake, shown: Shown | None, noted: Noted) -> str:
    """One mistake: where it lies, how it looks, truth and answer, what is noted."""
    probability = "" if one.probability is None else f" ({100 * one.probability:.0f}%)"
    drawn = [] if shown is None else [*picture(shown.pixels), *([shown.text] if shown.text else [])]
    lines = [
        console.bold(f"{place}  {figures.shorten(one.source, 90)}"),
        *drawn,
        f"truth {one.truth}   answer {one.answer}{probability}",
    ]
    if one.group:
        lines.append(console.faint(f"like it: {one.group}"))
    return "\n".join(part for part in (*lines, noted_text(noted)) if part)


def noted_text(noted: Noted) -> str:
    """What is noted of one mistake, in a line; empty: nothing."""
    known = [*noted.tags, *(["skipped"] if noted.skipped else [])]
    if (fix := noted.correction) is not None:
        why = f" ({fix.why})" if fix.why else ""
        known.append(f"label is wrong, right is {figures.value(fix.new)}{why}")
    return ", ".join(known)


def undone_text(line: Annotation, place: str) -> str:
    """What was undone, and where."""
    what = {
        "tag": f"the tag {line.tag}",
        "untag": f"that the tag {line.tag} was taken away",
        "label": f"that {figures.value(line.new)} is right",
        "skip": "that it is skipped",
    }.get(line.kind, "that it was looked at")
    others = ", and of all like it" if line.like else ""
    return f"undone: {what}, of {place}{others}"


def picture(pixels: Any) -> Sequence[str]:
    """A small picture in characters, by its lightness; no lines of what is no picture."""
    if pixels is None:
        return []
    import numpy as np

    grey = np.asarray(pixels, float).mean(2)
    if on_paper := float(np.median(grey)) > PAPER:
        grey = 255 - grey
    height, width = grey.shape
    # a character is about twice as high as wide
    columns = min(WIDEST, 2 * width)
    rows = max(1, min(HIGHEST, round(columns * height / width / 2)))
    at_rows = (np.arange(rows) * height / rows).astype(int)
    at_columns = (np.arange(columns) * width / columns).astype(int)
    if on_paper and rows < height:  # thin lines stay
        grey, at_rows = np.maximum.reduceat(grey, at_rows, axis=0), np.arange(rows)
    if on_paper and columns < width:
        grey, at_columns = np.maximum.reduceat(grey, at_columns, axis=1), np.arange(columns)
    low, high = grey.min(), grey.max()
    steps = (grey[at_rows][:, at_columns] - low) / max(high - low, 1.0) * (len(SHADES) - 1)
    return ["".join(SHADES[round(value)] for value in row) for row in steps.tolist()]
