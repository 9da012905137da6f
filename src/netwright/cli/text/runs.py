"""How a run reads in the terminal: plain text, aligned, with small curves. Nothing heavy is
imported here.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from netwright.base.figures import duration, figure, percent, plain, setting, shorten

if TYPE_CHECKING:
    from netwright.runs.contents import Material

__all__ = ["duration", "figure", "percent", "show_run", "sparkline", "table"]

BLOCKS = "▁▂▃▄▅▆▇█"


def sparkline(values: Sequence[float], width: int = 48) -> str:
    """The values as a line of blocks, lowest ``▁`` to highest ``█``; a figure that is not finite is
    a blank.

    Args:
        values: any number of them; equal ones give ``▄``, none the empty text.
        width: more values than this are drawn as the means of neighbours.
    """
    shown = _means(values, width)
    known = [value for value in shown if math.isfinite(value)]
    if not known:
        return " " * len(shown)
    # halves: the difference of two floats may be too large for a float
    low, high = min(known) / 2, max(known) / 2
    span = high - low
    heights = (
        0.43 if span == 0 else (value / 2 - low) / span if math.isfinite(value) else math.nan
        for value in shown
    )
    places = zip(shown, heights, strict=True)
    return "".join(
        BLOCKS[min(7, int(8 * height))] if math.isfinite(value) else " " for value, height in places
    )


def table(rows: Sequence[Sequence[Any]], headers: Sequence[str], align: Sequence[str]) -> str:
    """Columns two blanks apart under their headers.

    Args:
        rows: cells of any kind, written with ``str``; signs that would move the cursor are made
            visible.
        headers: one a column; empty texts leave the header line out when all are empty.
        align: ``l`` or ``r``, one a column.
    """
    lines = [[visible(str(cell)) for cell in row] for row in rows]
    widths = [max(map(columns, column), default=0) for column in zip(headers, *lines, strict=True)]
    text = [_line(row, widths, align) for row in lines]
    return "\n".join(
        [click.style(_line(headers, widths, align), fg="bright_black"), *text]
        if any(headers)
        else text
    )


def show_run(folder: Path) -> str:
    """One run as text: result, curves, where the error comes from, what differs from the defaults,
    its files.

    Raises:
        RunError: the folder is no run, or ``run.json`` does not hold what a run's does.
    """
    from netwright.base.errors import RunError
    from netwright.runs.contents import read

    run = read(Path(folder))
    run = replace(run, info=_printable(run.info), files=_printable(run.files))
    try:
        parts = [_head(run), _curves(run), _diagnosis(run), _choices(run), _files(run)]
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError) as error:
        raise RunError(
            f"{folder} does not hold what a run holds ({type(error).__name__}: {error}): its files"
            " were changed."
        ) from None
    return "\n\n".join(part for part in parts if part)


def visible(text: str) -> str:
    """``text`` on one line, with ``?`` for signs that a terminal would obey instead of print."""
    return "".join(sign if sign.isprintable() else " " if sign in "\n\t" else "?" for sign in text)


def columns(text: str) -> int:
    """How many columns a text takes in a terminal."""
    return sum(
        0 if unicodedata.combining(sign) else 2 if unicodedata.east_asian_width(sign) in "WF" else 1
        for sign in text
    )


def _line(cells: Sequence[str], widths: Sequence[int], align: Sequence[str]) -> str:
    padded = []
    for cell, width, side in zip(cells, widths, align, strict=True):
        blanks = " " * (width - columns(cell))
        padded.append(blanks + cell if side == "r" else cell + blanks)
    return "  ".join(padded).rstrip()


def _means(values: Sequence[float], width: int) -> list[float]:
    """At most ``width`` figures: means of the finite ones of equal runs of neighbours."""
    if len(values) <= width:
        return [float(value) for value in values]
    edges = [round(k * len(values) / width) for k in range(width + 1)]
    parts = ([value for value in values[a:b] if math.isfinite(value)] for a, b in pairwise(edges))
    return [sum(value / len(part) for value in part) if part else math.nan for part in parts]


def _printable(value: Any) -> Any:
    """Every text in a nested value made ``visible``: a stranger's run cannot write to the
    terminal.
    """
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, Mapping):
        return {visible(str(key)): _printable(part) for key, part in value.items()}
    return [_printable(part) for part in value] if isinstance(value, list) else value


def _head(run: Material) -> str:
    """What was trained on what, the result, and how it came about."""
    from netwright.report.sections import headline as views

    head = views.headline(run)
    lines = [
        f"{click.style(head['title'], bold=True)} "
        f" {click.style(str(run.info.get('id', run.folder.name)), fg='bright_black')}"
    ]
    if head["status_message"]:
        lines.append(click.style(head["status_message"], fg="red"))
    if dev := run.measured("dev"):
        lines.append(
            f"dev {click.style(figure(run.metric['name'], dev), bold=True)}{_on(dev)}."
            f" {head['baseline']}".rstrip()
        )
        lines += [
            f"{split} {figure(run.metric['name'], found)}{_on(found)}"
            for split in ("train", "test")
            if (found := run.measured(split))
        ]
    others = [
        figure(name, found)
        for name, found in run.get("measures.json").get("dev", {}).items()
        if name != run.metric["name"]
    ]
    lines += [f"dev {', '.join(others)}"] if others else []
    facts = dict(views.summary(run))
    lines.append(
        "; ".join(
            facts[name] + (" parameters" if name == "Parameters" else "")
            for name in ("Trained", "Parameters", "Examples")
            if name in facts
        )
    )
    return "\n".join(lines)


def _on(measured: Mapping[str, Any]) -> str:
    return f" on {measured['n']:,} examples" if measured.get("n") else ""


def _curves(run: Material) -> str:
    """A small curve of each figure over the epochs, with its first and last value."""
    rows = []
    metric = run.metric["name"]
    for name in (
        "loss",
        "train_loss",
        "dev_loss",
        f"train_{metric}",
        f"dev_{metric}",
        "rate",
        "lr",
    ):
        values = [row.get(name, math.nan) for row in run.curves]
        known = [value for value in values if math.isfinite(value)]
        if known:
            written = (
                percent
                if run.metric["unit"] == "fraction" and name.endswith(str(run.metric["name"]))
                else _short
            )
            split, _, figure = name.partition("_")
            during = "loss in training" if "train_loss" in run.curves[0] else "train loss"
            label = {"loss": during, "rate": "learning rate", "lr": "learning rate"}.get(
                name, f"{split} {plain(figure)}"
            )
            rows.append(
                [
                    label,
                    sparkline(values if "rate" in label else _drawn(values)),
                    written(known[0]),
                    "->",
                    written(known[-1]),
                ]
            )
    changes = [f"{n}  {visible(mark.message)}" for n, mark in enumerate(run.marks, start=1)]
    return "\n".join([table(rows, [""] * 5, ["l", "l", "r", "l", "l"]), *changes]) if rows else ""


def _short(value: float) -> str:
    return f"{value:.3g}"


def _drawn(values: Sequence[float]) -> list[float]:
    """The values, or their logarithms where they span so much that a straight scale would show a
    single fall.
    """
    known = [value for value in values if math.isfinite(value)]
    wide = min(known) > 0 and max(known) / min(known) > 15
    return (
        [math.log(value) if math.isfinite(value) else value for value in values]
        if wide
        else list(values)
    )


def _diagnosis(run: Material) -> str:
    """The diagnosis as ``netwright diagnose`` prints it."""
    if "diagnosis.json" not in run.files:
        return ""
    from netwright.cli.text.diagnosis import diagnosis_text
    from netwright.doctor.gaps.ladder import Diagnosis

    return diagnosis_text(Diagnosis.from_json(run.files["diagnosis.json"]))


def _choices(run: Material) -> str:
    """What was set by a person, and what was chosen from the data."""
    lines = []
    for how, name in (("set", "set by you"), ("chosen", "chosen for this data")):
        knobs = [knob for knob in run.differs if knob["how"] == how and _matters(knob, run)]
        parts = [
            f"{knob['key']} {shorten(setting(knob['value']), 40)}{_usual(knob)}" for knob in knobs
        ]
        lines += [f"{click.style(name, fg='bright_black')}  {', '.join(parts)}"] if parts else []
    return "\n".join(lines)


def _matters(knob: Mapping[str, Any], run: Material) -> bool:
    """Whether a setting is worth a reader's time: not what was chosen to be off, nor an image's
    size for rows.
    """
    rows = (run.get("codec.json").get("encoder") or {}).get("kind") == "rows"
    off = knob["how"] == "chosen" and knob["value"] in (0, "")
    return (
        not off
        and knob["key"] != "system"
        and not (rows and knob["key"] in ("data.image_size", "model.width"))
    )


def _usual(knob: Mapping[str, Any]) -> str:
    return (
        ""
        if knob["how"] == "chosen" or knob["default"] in ("", "auto", None)
        else f" (default {setting(knob['default'])})"
    )


def _files(run: Material) -> str:
    report = run.folder / "report.html"
    return (
        f"report  {visible(str(report))}"
        if report.exists()
        else f"folder  {visible(str(run.folder))}"
    )
