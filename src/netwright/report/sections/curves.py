"""The curves of a training in the report: loss, the single number, learning rate, changes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from netwright.base.figures import plain
from netwright.report.sections.missing import MissingError, column, sentence
from netwright.runs.contents import RunFiles
from netwright.runs.history import Change
from netwright.runs.rows import EpochRow

MOST_CHANGES = 100
"""Changes that are marked and listed."""


def curves(run: RunFiles) -> dict[str, Any]:
    """The loss and the single number over the epochs."""
    from netwright.plots.curves import Course, loss_curve, metric_curve, watched_curve

    rows = run.curves
    if members := run.info.get("members"):
        named = ", ".join(member["run"] for member in members[:20])
        raise MissingError(f"The nets that answer here have curves of their own: {named}.")
    if not rows:
        raise MissingError(
            sentence(run, "curves.csv")
            if "curves.csv" in run.missing
            else "curves.csv holds no epoch yet."
        )
    name, kept = run.metric["name"], run.kept_epoch
    epochs, dev = column(rows, "epoch"), column(rows, f"dev_{name}")
    watched = {
        key: column(rows, f"train_{key}")
        for key in ("loss", name)
        if f"train_{key}" in rows[0].figures
    }
    splits = ("test",) if watched else ("train", "test")
    changes = run.changes
    numbered = [
        (change.place, str(n))
        for n, change in enumerate(changes, start=1)
        if change.place is not None and n <= MOST_CHANGES
    ]
    course = Course(epochs, _rates(run), kept, numbered)
    levels = [(split, found.value) for split in splits if (found := run.measured(split))]
    return {
        "loss": loss_curve(
            course,
            column(rows, "loss"),
            column(rows, "dev_loss"),
            steps=(_places(run), [row.loss for row in run.steps]),
            watched=watched.get("loss", ()),
            abandoned=_abandoned(run, "dev_loss"),
        ),
        "metric": metric_curve(
            course,
            dev,
            name=run.metric_title,
            percent=run.metric["unit"] == "fraction",
            band=_band(run, epochs, dev),
            levels=levels,
            watched=watched.get(name, ()),
            abandoned=_abandoned(run, f"dev_{name}"),
        ),
        "watched": [
            watched_curve(course, column(rows, key), name=plain(key)) for key in rows[-1].watched
        ],
        "changes": _in_words(changes),
        "finder": _finder(run),
        "speed": _speed(rows),
    }


def _in_words(changes: Sequence[Change]) -> list[str]:
    """What was changed, a line each; of very many the first."""
    shown = [change.message for change in changes[:MOST_CHANGES]]
    more = len(changes) - len(shown)
    return [*shown, *([f"and {more:,} more, in events.jsonl"] if more else [])]


def _finder(run: RunFiles) -> str:
    """What the learning-rate finder saw, where the run had one."""
    from netwright.plots.lr_finder import lr_sweep

    found, rows = run.info.get("lr_finder"), run.lr_finder
    if not found or not rows:
        return ""
    rates, losses = [row.rate for row in rows], [row.loss for row in rows]
    return lr_sweep(rates, losses, basin=(found["low"], found["high"]), proposal=found["rate"])


def _abandoned(run: RunFiles, name: str) -> list[tuple[list[float], list[float]]]:
    """The dev figures of each branch that a rewind left."""
    branches = dict.fromkeys(row.branch for row in run.abandoned)
    parts = [[row for row in run.abandoned if row.branch == branch] for branch in branches]
    return [(column(part, "epoch"), column(part, name)) for part in parts]


def _band(
    run: RunFiles, epochs: Sequence[float], dev: Sequence[float]
) -> tuple[list[float], list[float]]:
    """The interval of each epoch's figure: Wilson's for an error, else the kept epoch's alone."""
    from netwright.metrics.intervals import wilson

    found = run.measured("dev")
    size = found.n if found else (run.info.get("splits") or {}).get("dev")
    binary = found.is_proportion if found else run.metric["name"] == "error"
    if binary and size:
        ends = [
            wilson(value * size, size) if 0 <= value <= 1 else (math.nan, math.nan) for value in dev
        ]
        return [low for low, _ in ends], [high for _, high in ends]
    unknown = (math.nan, math.nan)
    kept = (
        unknown
        if found is None or found.low is None or found.high is None
        else (found.low, found.high)
    )
    pairs = [kept if epoch == run.kept_epoch else unknown for epoch in epochs]
    return [low for low, _ in pairs], [high for _, high in pairs]


def _places(run: RunFiles) -> list[float]:
    """The sampled steps on the epoch axis: step / steps per epoch."""
    last = run.curves[-1]
    return [row.step * last.epoch / last.step for row in run.steps]


def _rates(run: RunFiles) -> tuple[list[float], list[float]]:
    """The learning rate step by step where it was sampled, else epoch by epoch."""
    if run.steps:
        return _places(run), [row.rate for row in run.steps]
    return column(run.curves, "epoch"), column(run.curves, "rate")


def _speed(rows: Sequence[EpochRow]) -> str:
    from statistics import median

    known = [row.examples_per_second for row in rows if row.examples_per_second > 0]
    return f"{median(known):,.0f} examples a second (median of the epochs)." if known else ""
