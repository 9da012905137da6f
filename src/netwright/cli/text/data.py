"""The description of a source as text, at most 100 columns wide where it can be broken."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from netwright.base.figures import counted, readable
from netwright.base.visible import one_line
from netwright.cli import console

if TYPE_CHECKING:
    from netwright.base.findings import Finding
    from netwright.data.describe import Description
    from netwright.data.tables.describe import Column

MOST_CLASSES = 30
MOST_COLUMNS = 60
LONGEST_NAME = 40
BAR = 24
COLORS: Mapping[str, console.Color] = {"note": "cyan", "warning": "yellow", "problem": "red"}


def parts(found: Description) -> Iterator[str]:
    """What is printed, one part after the other."""
    yield _wrapped(f"{found.why}.")
    for note in found.notes:
        yield console.faint(_wrapped(note, "  "))
    yield ""
    if found.images is not None:
        yield from _images(found)
    if found.splits:
        yield f"{counted(found.count, 'example')}: " + ", ".join(
            f"{count:,} {split}" for split, count in found.splits.items()
        )
    if found.timeline:
        yield _wrapped(str(found.timeline))
    if found.classes:
        yield ""
        yield from _classes(found)
    if found.target:
        yield ""
        yield _target(found)
    if found.columns:
        yield ""
        yield from _columns(found.columns)
    for table in found.tables:
        yield ""
        yield _wrapped(table.title)
        rows = [[_cell(cell) for cell in row] for row in table.rows]
        yield console.table(rows, list(table.columns), "l" + "r" * (len(table.columns) - 1))
    yield ""
    yield _duplicates(found)
    for finding in found.findings:
        yield from _finding(finding)


def _cell(value: str | float | bool | None) -> str:
    return readable(value, 9) if isinstance(value, int | float) else str(value)


def _wrapped(text: str, indent: str = "") -> str:
    """At most 100 columns wide, and 100 where standard output is no terminal."""
    return textwrap.fill(
        one_line(text),
        console.width(),
        initial_indent=indent,
        subsequent_indent=indent,
        break_on_hyphens=False,
    )


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"


def _images(found: Description) -> Iterator[str]:
    images = found.images
    assert images is not None
    shapes = list(images.shapes.items())
    listed = ", ".join(
        f"{shape} ({count:,})" if len(shapes) > 1 else shape for shape, count in shapes[:4]
    )
    more = f" and {len(shapes) - 4:,} other sizes" if len(shapes) > 4 else ""
    few = f" (of {images.looked_at:,} images looked at)" if images.looked_at < found.count else ""
    values = images.values
    oblong = any(len(set(shape.split("x")[:2])) > 1 for shape in images.shapes)
    yield _wrapped(f"height x width x channels {listed}{more}{few}")
    yield _wrapped(
        f"pixel values {values.low:g} to {values.high:g}, mean {values.mean:.1f}, deviation"
        f" {values.deviation:.1f}{few}"
    )
    if oblong and (found.classes or found.target):  # a label or a number is of the middle
        yield _wrapped(
            "images that are not square are cut to their middle square: where what matters lies"
            " outside of it, crop them first"
        )


def _classes(found: Description) -> Iterator[str]:
    names = list(found.splits)
    totals = {name: sum(parts.values()) for name, parts in found.classes.items()}
    most = max(totals.values())
    shown = list(totals)[:MOST_CLASSES]
    rows = [
        [
            _short(name) or "(empty)",
            *(f"{found.classes[name].get(split, 0):,}" for split in names),
            f"{totals[name]:,}",
            f"{totals[name] / found.count:.1%}",
            "█" * max(1, round(BAR * totals[name] / most)),
        ]
        for name in shown
    ]
    heads = ["class", *names, "all", "fraction", ""]
    yield console.table(rows, heads, ["l", *"r" * (len(heads) - 2), "l"])
    if len(totals) > len(shown):
        yield console.faint(
            f"... and {len(totals) - len(shown):,} more classes (--json lists them all)"
        )


def _target(found: Description) -> str:
    rows = [
        (
            split,
            f"{n.count:,}",
            readable(n.mean, 5),
            readable(n.deviation, 5),
            readable(n.low, 6),
            readable(n.high, 6),
        )
        for split, n in found.target.items()
    ]
    return console.table(rows, ["target", "examples", "mean", "deviation", "low", "high"], "lrrrrr")


def _columns(columns: Sequence[Column]) -> Iterator[str]:
    numbers = any(column.low is not None for column in columns)
    rows = [
        (
            _short(column.name),
            column.kind,
            f"{column.missing:,}" if column.missing else "",
            f"{column.distinct:,}" if column.distinct else "",
            *(_range(column) if numbers else ()),
            _example(column),
        )
        for column in columns[:MOST_COLUMNS]
    ]
    has_examples = any(row[-1] for row in rows)
    heads = ["column", "kind", "missing", "distinct", *(["low", "mean", "high"] if numbers else [])]
    shown = [row if has_examples else row[:-1] for row in rows]
    align = "ll" + "r" * (len(heads) - 2)
    yield console.table(
        shown,
        [*heads, "example"] if has_examples else heads,
        [*align, *("l" if has_examples else "")],
    )
    if len(columns) > MOST_COLUMNS:
        yield console.faint(
            f"... and {len(columns) - MOST_COLUMNS:,} more columns (--json lists them all)"
        )


def _range(column: Column) -> tuple[str, str, str]:
    if column.low is None or column.mean is None or column.high is None:
        return "", "", ""
    return readable(column.low, 5), readable(column.mean, 5), readable(column.high, 5)


def _example(column: Column) -> str:
    """What a column holds most often, or from when to when; then how it is written, or why it is
    taken so.
    """
    found = ""
    if column.top is not None:
        found = f"{_short(column.top)} ({column.top_count:,})"
    elif column.first is not None:
        found = f"{column.first} to {column.last}"
    return ", ".join(filter(None, (found, column.why)))


def _duplicates(found: Description) -> str:
    twice = found.duplicates
    exact = (
        f"duplicates: {sum(twice.within.values()):,} within splits, {twice.across:,} across splits"
    )
    return (
        exact
        if twice.near is None
        else f"{exact}; pairs of {' '.join(twice.near_of)}: {twice.near:,}"
    )


def _finding(finding: Finding) -> Iterator[str]:
    yield ""
    head = f"{finding.code} {finding.name}"
    yield _wrapped(f"{head}: {finding.message}").replace(
        head, console.colored(head, COLORS[finding.severity]), 1
    )
    for step in finding.do:
        yield console.faint(_wrapped(f"to do: {step}", "  "))
