"""The description of a source as rich tables, at most 100 columns wide."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from netwright.data.describe import Column, Description
    from netwright.findings import Finding

MOST_CLASSES = 30
MOST_COLUMNS = 60
BAR = 24
COLOURS = {"note": "cyan", "warning": "yellow", "problem": "red"}


def console() -> Console:
    """Standard output; never wider than 100 columns, and 100 where it is no terminal."""
    return Console(width=min(100, shutil.get_terminal_size((100, 24)).columns), highlight=False)


def table(heads: Sequence[str], rows: Sequence[Sequence[Any]], *, right: Sequence[int] = ()) -> Table:
    """A table without a frame; the columns in ``right`` hold numbers."""
    made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for at, head in enumerate(heads):
        made.add_column(head, justify="right" if at in right else "left", overflow="fold" if at else "ellipsis")
    for row in rows:
        made.add_row(*(cell if isinstance(cell, Text) else Text(str(cell)) for cell in row))
    return made


def parts(found: Description) -> Iterator[Any]:
    """What is printed, one part after the other."""
    yield Text(f"{found.why}.")
    for note in found.notes:
        yield Text(f"  {note}", style="bright_black")
    yield Text()
    if found.images is not None:
        yield from _images(found)
    if found.splits:
        yield Text(f"{found.count:,} examples: " + ", ".join(f"{count:,} {split}" for split, count in found.splits.items()))  # fmt: skip
    if found.classes:
        yield Text()
        yield from _classes(found)
    if found.target:
        yield Text()
        yield _target(found)
    if found.columns:
        yield Text()
        yield from _columns(found.columns)
    yield Text()
    yield Text(_duplicates(found))
    for finding in found.findings:
        yield from _finding(finding)


def _images(found: Description) -> Iterator[Any]:
    images = found.images
    assert images is not None
    shapes = list(images.shapes.items())
    said = ", ".join(f"{shape} ({count:,})" if len(shapes) > 1 else shape for shape, count in shapes[:4])
    more = f" and {len(shapes) - 4:,} other sizes" if len(shapes) > 4 else ""
    few = f" (of {images.looked_at:,} images looked at)" if images.looked_at < found.count else ""
    values = images.values
    yield Text(f"height x width x channels {said}{more}{few}")
    yield Text(f"pixel values {values.low:g} to {values.high:g}, mean {values.mean:.1f}, deviation {values.deviation:.1f}{few}")  # fmt: skip


def _classes(found: Description) -> Iterator[Any]:
    names = list(found.splits)
    totals = {name: sum(parts.values()) for name, parts in found.classes.items()}
    most = max(totals.values())
    shown = list(totals)[:MOST_CLASSES]
    rows = [
        [
            name or "(empty)",
            *(f"{found.classes[name].get(split, 0):,}" for split in names),
            f"{totals[name]:,}",
            f"{totals[name] / found.count:.1%}",
            "█" * max(1, round(BAR * totals[name] / most)),
        ]
        for name in shown
    ]
    heads = ["class", *names, "all", "share", ""]
    yield table(heads, rows, right=range(1, len(heads) - 1))
    if len(totals) > len(shown):
        yield Text(f"... and {len(totals) - len(shown):,} more classes (--json lists them all)", style="bright_black")


def _target(found: Description) -> Table:
    rows = [
        (split, f"{n.count:,}", f"{n.mean:.5g}", f"{n.deviation:.5g}", f"{n.low:g}", f"{n.high:g}")
        for split, n in found.target.items()
    ]
    return table(["target", "examples", "mean", "deviation", "low", "high"], rows, right=range(1, 6))


def _columns(columns: Sequence[Column]) -> Iterator[Any]:
    words = any(column.top is not None for column in columns)
    rows = [
        (column.name, column.kind, f"{column.missing:,}" if column.missing else "", f"{column.distinct:,}",
         *(("", "", "") if column.low is None else (f"{column.low:.5g}", f"{column.mean:.5g}", f"{column.high:.5g}")),
         *([] if not words else [f"{column.top} ({column.top_count:,})" if column.top is not None else ""]))
        for column in columns[:MOST_COLUMNS]
    ]  # fmt: skip
    heads = ["column", "kind", "missing", "distinct", "low", "mean", "high", *(["most frequent"] if words else [])]
    yield table(heads, rows, right=range(2, 7))
    if len(columns) > MOST_COLUMNS:
        yield Text(
            f"... and {len(columns) - MOST_COLUMNS:,} more columns (--json lists them all)", style="bright_black"
        )


def _duplicates(found: Description) -> str:
    twice = found.duplicates
    exact = f"duplicates: {sum(twice.within.values()):,} within splits, {twice.across:,} across splits"
    return exact if twice.near is None else f"{exact}; nearly equal pairs of images: {twice.near:,}"


def _finding(finding: Finding) -> Iterator[Any]:
    yield Text()
    head = Text(f"{finding.code} {finding.name}", style=COLOURS[finding.severity])
    yield head.append(f": {finding.says}", style="default")
    for step in finding.do:
        yield Text(f"  to do: {step}", style="bright_black")
