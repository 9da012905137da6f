"""The report of a search: one HTML file that opens anywhere, offline and without scripts."""

from __future__ import annotations

import math
import shlex
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from netwright.base.figures import duration, level, plain, readable, setting, shorten
from netwright.base.files import write_text
from netwright.base.paths import Inside
from netwright.base.visible import visible
from netwright.plots import search as plots
from netwright.report.templates import template
from netwright.runs.keeping import stages
from netwright.runs.record import Record
from netwright.searching import analysis
from netwright.searching.outcome import Outcome
from netwright.searching.space import Dimension
from netwright.searching.trials import TrialRow

SHOWN = 30
"""Trials in the table, the best first."""


def write(outcome: Outcome) -> Path:
    """Write ``report.html`` into the search's folder."""
    place = Inside(outcome.folder, "report.html")
    write_text(place, render(outcome))
    return place.path


def render(outcome: Outcome) -> str:
    """The report as HTML."""
    page = template(Path(__file__).parent, "search.html").render(
        name=outcome.plan.name,
        source=outcome.plan.source or "data in memory",
        headline=_headline(outcome),
        messages=outcome.messages,
        moves=outcome.moves,
        pictures=_pictures(outcome),
        rounds=_rounds(outcome),
        table=_table(outcome),
        repeat=_repeat(outcome),
    )
    return visible(page)


def counts(rows: Sequence[TrialRow]) -> str:
    """``40 trials: 31 complete, 8 stopped early, 1 diverged``."""
    parts = []
    for state in ("complete", "stopped early", "diverged", "failed", "lost", "running", "waiting"):
        number = sum(row.state == state for row in rows)
        name = "lost with their worker and tried again" if state == "lost" else state
        parts += [f"{number} {name}"] if number else []
    made = sum(row.state != "lost" for row in rows)
    return f"{made} trial{'s' if made != 1 else ''}: {', '.join(parts)}"


def best_knobs(outcome: Outcome) -> list[tuple[str, str]]:
    """The winner's settings, as typed."""
    values = {} if outcome.winner is None else outcome.winner.values
    return [(key, setting(value)) for key, value in values.items()]


def _headline(outcome: Outcome) -> dict[str, Any]:
    best, rows, metric = outcome.winner, outcome.rows, outcome.plan.metric
    ended = [row.ended for row in rows if row.ended]
    began = [row.began for row in rows if row.began]
    summary = [
        ("Trials", counts(rows)),
        ("Time", f"{duration(max(ended) - min(began))}, by the clock" if ended else "none ended"),
        ("Sampler", f"{outcome.plan.sampler}; poor trials stopped early: {outcome.plan.pruner}"),
        (
            "Begun",
            f"{datetime.fromtimestamp(min(began), UTC):%Y-%m-%d %H:%M UTC}" if began else "never",
        ),
    ]
    if outcome.bounds:
        summary.append(("Bounds", ", ".join(bound.text for bound in outcome.bounds)))
    headline: dict[str, Any] = {
        "metric": plain(metric["name"]),
        "summary": summary,
        "knobs": best_knobs(outcome),
        "value": "",
        "trial": best,
    }
    if best is not None:
        text = level(best.measured, dash="–")
        value, _, interval = text.partition(" (")
        headline |= {
            "value": value,
            "interval": interval.removesuffix(")"),
            "n": best.measured.n if best.measured else None,
        }
    return headline


def _pictures(outcome: Outcome) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "sofar": _so_far(outcome),
        "slices": _slices(outcome),
        "parallel": "",
        "importance": "",
    }
    if len(outcome.rounds[0].space) > 1:
        shown["parallel"] = _parallel(outcome)
        weights = outcome.importance
        if weights:
            shown["importance"] = plots.importance(list(weights), list(weights.values()))
    return shown


def _so_far(outcome: Outcome) -> str:
    done = sorted(analysis.complete(outcome.rows), key=lambda row: row.ended)
    if not done:
        return ""
    start = min(row.began for row in outcome.rows if row.began)
    later = [
        min(row.began for row in outcome.rows if row.round == each.number and row.began) - start
        for each in outcome.rounds[1:]
        if any(row.round == each.number and row.began for row in outcome.rows)
    ]
    return plots.best_so_far(
        [row.ended - start for row in done],
        [row.value or 0.0 for row in done],
        better=outcome.better,
        metric=plain(outcome.plan.metric["name"]),
        percent=_in_percent(outcome),
        counts=[all(bound.excess(row.figures) <= 0 for bound in outcome.bounds) for row in done],
        rounds=later,
    )


def _slices(outcome: Outcome) -> list[str]:
    """One picture a knob of the first round's space, with the trials of every round."""
    drawn = []
    for number, knob in enumerate(_widest(outcome)):
        done = [row for row in analysis.complete(outcome.rows) if knob.key in row.values]
        cut = [
            row
            for row in outcome.rows
            if row.state == "stopped early" and row.curve and knob.key in row.values
        ]
        drawn.append(
            plots.knob_slice(
                plots.KnobAxis(knob.key, knob.ends, ticks(knob)),
                [knob.coordinate(row.values[knob.key]) for row in done],
                [row.value or 0.0 for row in done],
                metric=plain(outcome.plan.metric["name"]),
                percent=_in_percent(outcome),
                best=done.index(outcome.winner) if outcome.winner in done else None,
                stopped=(
                    [knob.coordinate(row.values[knob.key]) for row in cut],
                    [list(row.curve.values())[-1] for row in cut],
                ),
                number=number,
            )
        )
    return drawn


def _parallel(outcome: Outcome) -> str:
    ranked = analysis.best_first(outcome.rows, outcome.better)
    if len(ranked) < 2:
        return ""
    space = _widest(outcome)
    results = [row.value or 0.0 for row in ranked]
    low, high = min(results), max(results)
    lines = [
        [knob.unit(row.values[knob.key]) if knob.key in row.values else math.nan for knob in space]
        + [(row.value or 0.0) - low if high == low else ((row.value or 0.0) - low) / (high - low)]
        for row in ranked
    ]
    names = [*_bare([knob.key for knob in space]), f"dev {plain(outcome.plan.metric['name'])}"]
    ends = [
        (setting(knob.value(knob.ends[0])), setting(knob.value(knob.ends[1]))) for knob in space
    ]
    written = [
        f"{100 * value:.3g}%" if _in_percent(outcome) else readable(value) for value in (low, high)
    ]
    best = ranked.index(outcome.winner) if outcome.winner in ranked else None
    good = max(analysis.FEWEST, math.ceil(analysis.QUARTER * len(ranked)))
    return plots.parallel(names, lines, [*ends, (written[0], written[1])], best=best, good=good)


def _bare(keys: Sequence[str]) -> list[str]:
    """Each key without its section, where that leaves no two alike."""
    ends = [key.rpartition(".")[2] for key in keys]
    return [end if ends.count(end) == 1 else key for key, end in zip(keys, ends, strict=True)]


def _widest(outcome: Outcome) -> list[Dimension]:
    """The knobs of the first round, each from the lowest end to the highest of any round."""
    found = []
    for knob in outcome.rounds[0].space:
        same = [
            other
            for each in outcome.rounds
            for other in each.space
            if other.key == knob.key and knob.scale != "choice"
        ]
        found.append(
            knob.between(min(d.ends[0] for d in same), max(d.ends[1] for d in same))
            if len(same) > 1
            else knob
        )
    return found


def ticks(knob: Dimension) -> list[tuple[float, str]]:
    """At most about six round values of a knob between its ends, each at its coordinate.

    >>> ticks(Dimension("optimizer.lr", 1e-4, 1e-1, "log"))
    [(-4.0, '0.0001'), (-3.0, '0.001'), (-2.0, '0.01'), (-1.0, '0.1')]
    """
    if knob.scale == "choice":
        return [(float(place), setting(value)) for place, value in enumerate(knob.choices)]
    low, high = knob.low, knob.high
    if knob.scale == "linear":
        values = _round_steps(low, high)
    elif knob.scale == "log":
        values = _decades(low, high)
    else:
        values = [round(1 - part, 12) for part in _decades(1 - high, 1 - low)]
    return sorted((knob.coordinate(value), setting(value)) for value in values)


def _decades(low: float, high: float) -> list[float]:
    """1, 2, 5 of every decade, fewer where they are many, round steps where they are none."""
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for parts in ((1, 2, 5), (1, 3), (1,)):
        found = [
            value
            for at in decades
            for part in parts
            if low * (1 - 1e-9) <= (value := float(f"{part}e{at}")) <= high * (1 + 1e-9)
        ]
        if len(found) <= 6:
            break
    found = found[:: math.ceil(len(found) / 6)] if len(found) > 6 else found
    return found if len(found) > 1 else _round_steps(low, high)


def _round_steps(low: float, high: float) -> list[float]:
    """Multiples of 1, 2 or 5 times a power of ten."""
    rough = (high - low) / 4
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(part * power for part in (1, 2, 5, 10) if part * power >= rough * (1 - 1e-9))
    return [
        round(k * step, 12)
        for k in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)
    ]


def _rounds(outcome: Outcome) -> list[dict[str, Any]]:
    shown = []
    for each in outcome.rounds:
        rows = [row for row in outcome.rows if row.round == each.number]
        knobs = [(knob.key, knob.description(), _condition(knob)) for knob in each.space]
        knobs += [(key, f"{setting(value)}, fixed", "") for key, value in each.fixed.items()]
        shown.append({"number": each.number, "counts": counts(rows), "knobs": knobs})
    return shown


def _condition(knob: Dimension) -> str:
    if knob.when is None:
        return ""
    key, values = knob.when
    return f"where {key} is {' or '.join(map(setting, values))}"


def _table(outcome: Outcome) -> dict[str, Any]:
    ranked = analysis.best_first(outcome.rows, outcome.better)
    rest = [
        row for row in outcome.rows if row not in ranked and row.state not in ("waiting", "running")
    ]
    keys = [knob.key for knob in outcome.rounds[0].space]
    several = len(outcome.rounds) > 1
    rows = [
        {
            "name": f"{row.round}.{row.number}" if several else str(row.number),
            "won": row == outcome.winner,
            "result": level(row.measured) if row.state == "complete" else row.state,
            "missed": ", ".join(
                bound.text
                for bound in outcome.bounds
                if row.state == "complete" and bound.excess(row.figures) > 0
            ),
            "cells": [setting(row.values[key]) if key in row.values else "–" for key in keys],
            "time": duration(row.ended - row.began) if row.ended else "",
            "run": row.run,
            "report": _link(outcome, row),
            "why": shorten(row.why, 160),
        }
        for row in [*ranked, *rest][:SHOWN]
    ]
    return {"keys": keys, "rows": rows, "more": max(0, len(ranked) + len(rest) - SHOWN)}


def _link(outcome: Outcome, row: TrialRow) -> str:
    """The link from this page to the report of a trial's run; empty if there is none here."""
    there = outcome.folder.parents[1] / row.run / "report.html"
    return f"../../{row.run}/report.html" if row.run and there.is_file() else ""


def _repeat(outcome: Outcome) -> list[tuple[str, str]]:
    """What to do next, and the command for it."""
    name, source = shlex.quote(outcome.plan.name), shlex.quote(outcome.plan.source or "SOURCE")
    store = outcome.folder.parents[1]
    lines: list[tuple[str, str]] = []
    if outcome.winner is not None:
        run = outcome.winner.run
        recipe = shlex.quote(str(store / run / "recipe.yaml"))
        lines.append(("The winner's run", f"show {run}"))
        lines.append(("Train with its settings", f"train {source} --recipe {recipe}"))
    more = 2 * sum(each.trials for each in outcome.rounds)
    lines.append(("More trials of the same search", f"search --join {name} --trials {more}"))
    lines.append(("The same search on other data", f"search --again {name} --on SOURCE"))
    given = f"{stages.in_store(store)}{_of_system(outcome)}"
    return [(what, f"netwright {command}{given}") for what, command in lines]


def _of_system(outcome: Outcome) -> str:
    """The option that names the system of the trials, as the first of their runs notes it."""
    store = outcome.folder.parents[1]
    for row in outcome.rows:
        if row.run and (record := Record(store / row.run)).has("run.json"):
            return stages.of_system(record.info())
    return ""


def _in_percent(outcome: Outcome) -> bool:
    return outcome.plan.metric["unit"] == "fraction"
