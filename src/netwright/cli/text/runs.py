"""How a run reads in the terminal: plain text, aligned, with small curves. Nothing heavy is
imported here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netwright.base.figures import counted, figure, percent, plain, readable, setting, shorten
from netwright.base.measure import Measure
from netwright.base.visible import one_line
from netwright.cli import console

if TYPE_CHECKING:
    from netwright.report.sections.by_part import PartTable
    from netwright.runs.contents import RunFiles

BLOCKS = "▁▂▃▄▅▆▇█"

MOST_PARTS = 60
"""Parts of an answer whose figures are printed."""

SHOWN = ("info", "measures", "diagnosis", "events", "views", "references", "chosen", "label")
"""The parts of a run whose texts are printed."""


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


def show_run(folder: Path) -> str:
    """One run as text: result, curves, where the error comes from, what differs from the defaults,
    its files.

    Raises:
        RunError: the folder is no run, or ``run.json`` does not hold what a run's does.
    """
    from netwright.runs.contents import read

    return run_text(read(Path(folder)))


def run_text(run: RunFiles) -> str:
    """The same of a run whose files are read."""
    run = replace(run, **{name: _printable(getattr(run, name)) for name in SHOWN})
    parts = (_head, _parts, _references, _curves, _diagnosis, _choices, _missing, _views, _files)
    return "\n\n".join(text for part in parts if (text := part(run)))


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
        return one_line(value)
    if isinstance(value, Mapping):
        return {one_line(str(key)): _printable(part) for key, part in value.items()}
    return [_printable(part) for part in value] if isinstance(value, list) else value


def _head(run: RunFiles) -> str:
    """What was trained on what, the result, and how it came about."""
    from netwright.report.sections import by_part
    from netwright.report.sections import headline as views

    head = views.headline(run)
    called = f"  {run.label['name']}" if run.label.get("name") else ""
    lines = [f"{console.bold(head['title'])}  {console.faint(run.id)}{called}"]
    if head["status_message"]:
        lines.append(console.colored(head["status_message"], "red"))
    if dev := run.measured("dev"):
        lines.append(
            f"dev {console.bold(figure(run.metric['name'], dev))}{_on(dev)}."
            f" {head['baseline']}".rstrip()
        )
        lines += [
            f"{split} {figure(run.metric['name'], found)}{_on(found)}"
            for split in ("train", "test")
            if (found := run.measured(split))
        ]
    others = [
        one_line(figure(name, found))
        for name, found in by_part.whole(run.measures.get("dev", {})).items()
        if name != run.metric["name"]
    ]
    lines += [f"dev {', '.join(others)}"] if others else []
    rows = dict(views.summary(run))
    lines.append(
        "; ".join(
            rows[name] + (" parameters" if name == "Parameters" else "")
            for name in ("Trained", "Parameters", "Examples")
            if name in rows
        )
    )
    lines += [f"note  {note['message']}" for note in run.label.get("notes", [])]
    return "\n".join(lines)


def _on(measured: Measure) -> str:
    return f" on {counted(measured.n, 'example')}" if measured.n else ""


def _parts(run: RunFiles) -> str:
    """The dev figures of the parts of an answer: a tag, a target each."""
    from netwright.report.sections import by_part

    found = by_part.table(run.measures.get("dev", {}))
    return part_table(found) if found else ""


def _references(run: RunFiles) -> str:
    """The usual methods beside the net."""
    from netwright.cli.text.references import references_text

    return references_text(run)


def part_table(found: PartTable) -> str:
    """The figures of the parts of an answer, below each other."""
    heads, *rows = [
        [one_line(cell) for cell in row] for row in (found.heads, *found.rows[:MOST_PARTS])
    ]
    left = len(found.rows) - len(rows)
    more = f"\n... and {left:,} more (--json lists them all)" if left else ""
    return console.table(rows, heads, "lr" + "l" * len(heads[2:])) + more


def _curves(run: RunFiles) -> str:
    """A small curve of each figure over the epochs, with its first and last value."""
    rows = []
    metric = run.metric["name"]
    usual = ("loss", "train_loss", "dev_loss", f"train_{metric}", f"dev_{metric}", "rate")
    for name in (*usual, *(run.curves[-1].watched if run.curves else ())):
        values = [row.figure(name) for row in run.curves]
        known = [value for value in values if math.isfinite(value)]
        if known:
            written = (
                percent
                if run.metric["unit"] == "fraction" and name.endswith(str(run.metric["name"]))
                else _short
            )
            split, _, figure = name.partition("_")
            during = "loss in training" if "train_loss" in run.curves[0].figures else "train loss"
            printed = run.metric_title if figure == metric else plain(figure)
            label = {"loss": during, "rate": "learning rate"}.get(name, f"{split} {printed}")
            if name not in usual:  # what its system watches
                label = plain(name)
            rows.append(
                [
                    label,
                    sparkline(values if "rate" in label else _drawn(values)),
                    written(known[0]),
                    "->",
                    written(known[-1]),
                ]
            )
    changes = [f"{n}  {change.message}" for n, change in enumerate(run.changes, start=1)]
    return (
        "\n".join([console.table(rows, [""] * 5, ["l", "l", "r", "l", "l"]), *changes])
        if rows
        else ""
    )


def _short(value: float) -> str:
    return readable(value, 3)


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


def _diagnosis(run: RunFiles) -> str:
    """The diagnosis as ``netwright diagnose`` prints it."""
    if run.diagnosis is None:
        return ""
    from netwright.cli.text.diagnosis import diagnosis_text
    from netwright.doctor.gaps.ladder import Diagnosis

    return diagnosis_text(Diagnosis.from_json(run.diagnosis))


def _choices(run: RunFiles) -> str:
    """What was set by a person, what was chosen from the data, and on dev after training."""
    from netwright.report.sections import choices

    lines = []
    for how, name in (("set", "set by you"), ("chosen", "chosen for this data")):
        knobs = [knob for knob in run.differs if knob["how"] == how]
        parts = [
            f"{knob['key']} {shorten(setting(knob['value']), 40)}{_usual(knob)}" for knob in knobs
        ]
        lines += [f"{console.faint(name)}  {', '.join(parts)}"] if parts else []
    on_dev = [f"{name} {shorten(value, 200)}" for name, value in choices.on_dev(run)]
    lines += [f"{console.faint('chosen on dev')}  {', '.join(on_dev)}"] if on_dev else []
    return "\n".join(lines)


def _usual(knob: Mapping[str, Any]) -> str:
    return (
        ""
        if knob["how"] == "chosen" or knob["default"] in ("", "auto", None)
        else f" (default {setting(knob['default'])})"
    )


def _missing(run: RunFiles) -> str:
    """Why a part is not shown; files that training has yet to write are not missed."""
    complete = run.status == "complete"
    missed = [why for name, why in run.missing.items() if complete or (run.folder / name).exists()]
    return "\n".join(console.colored(f"not shown: {one_line(why)}", "red") for why in missed)


def _views(run: RunFiles) -> str:
    """What its system made of the run; the report shows it."""
    shown = ", ".join(f"{shorten(view['title'], 60)} ({view['kind']})" for view in run.views)
    return f"{console.faint('views')}  {shown}" if shown else ""


def _files(run: RunFiles) -> str:
    report = run.folder / "report.html"
    return (
        f"report  {one_line(str(report))}"
        if report.exists()
        else f"folder  {one_line(str(run.folder))}"
    )
