"""Pictures of a search: which knob matters, each knob, all knobs at once, the best so far."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from netwright.base.figures import readable
from netwright.plots.style import (
    COLOURS,
    EDGE,
    FAINT,
    INK,
    MUTED,
    SIZE,
    clean,
    figure,
    quiet,
    styled,
    svg,
    tick,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Ticks = Sequence[tuple[float, str]]
"""Places on an axis and what is written there."""

WIDTH, HEIGHT = 450.0, 290.0
LETTERS = 40
"""So many stand side by side under one picture of a knob; more are slanted."""

GOOD, OTHER, STOPPED = COLOURS["dev"], "#8a929b", "#b9bfc6"


def importance(names: Sequence[str], fractions: Sequence[float]) -> str:
    """How much of the differences between trials each knob explains, the largest first, as SVG.

    Args:
        names: of the knobs.
        fractions: one a knob, at least 0; their sum is 1.
    """
    order = sorted(range(len(names)), key=lambda i: -fractions[i])
    height = 54.0 + 30 * len(names)
    with styled():
        drawn = figure(WIDTH, height)
        axes = drawn.add_axes((0.36, 26 / height, 0.52, 1 - 54 / height))
        for place, i in enumerate(order):
            axes.barh(place, fractions[i], height=0.55, color=GOOD if place == 0 else OTHER)
            axes.annotate(
                f"{100 * fractions[i]:.0f}%",
                (fractions[i], place),
                xytext=(6, 0),
                textcoords="offset points",
                va="center",
            )
        axes.set_yticks(range(len(order)), [clean(names[i], 26) for i in order])
        axes.tick_params(axis="y", labelcolor=INK)
        axes.set_ylim(len(order) - 0.5, -0.5)
        axes.set_xlim(0, max(1e-9, *fractions))
        axes.set_xticks([])
        quiet(axes, grid="")
        axes.spines["bottom"].set_visible(False)
        _title(axes, "which knob matters")
        text = ", ".join(f"{clean(names[i])} {100 * fractions[i]:.0f}%" for i in order)
        return svg(drawn, label=f"Importance of each knob: {text}.", name="importance")


@dataclass(frozen=True)
class KnobAxis:
    """The axis of one knob.

    Args:
        name: of the knob.
        ends: the range's coordinates.
        ticks: values of the knob at coordinates.
    """

    name: str
    ends: tuple[float, float]
    ticks: Ticks


def knob_slice(
    knob: KnobAxis,
    places: Sequence[float],
    values: Sequence[float],
    *,
    metric: str,
    percent: bool,
    best: int | None = None,
    stopped: tuple[Sequence[float], Sequence[float]] = ((), ()),
    number: int = 0,
) -> str:
    """One knob against the result: a dot a trial, on the knob's own scale, as SVG.

    Args:
        places: (N,) coordinates of the complete trials.
        values: (N,) their results.
        metric: what the result is called.
        percent: True writes percentages.
        best: which of them won.
        stopped: coordinates and last results of the trials that were stopped early.
        number: of this picture on its page.
    """
    name, ends, ticks = knob.name, knob.ends, knob.ticks
    with styled():
        drawn = figure(330, 240)
        axes = drawn.add_axes((0.17, 0.17, 0.79, 0.69))
        known = [value for value in [*values, *stopped[1]] if math.isfinite(value)]
        _results(axes, known, percent=percent)
        axes.plot(*stopped, "x", color=STOPPED, markersize=5.5, markeredgewidth=1.3)
        axes.plot(places, values, "o", color=OTHER, markersize=5.5, markeredgewidth=0, alpha=0.8)
        if best is not None:
            axes.plot([places[best]], [values[best]], "o", color=GOOD, markersize=9)
        margin = 0.07 * (ends[1] - ends[0] or 1)
        axes.set_xlim(ends[0] - margin, ends[1] + margin)
        axes.set_xticks([place for place, _ in ticks], [clean(text, 14) for _, text in ticks])
        if sum(len(text) + 2 for _, text in ticks) > LETTERS:
            axes.tick_params(axis="x", labelrotation=20, labelsize=SIZE - 2.5)
        quiet(axes)
        _title(axes, clean(name, 40))
        axes.set_ylabel(f"dev {clean(metric, 20)}", fontsize=SIZE - 1)
        text = f"{clean(name)} against dev {clean(metric)}, {len(places)} trials"
        if best is not None:
            text += f"; the best has {readable(values[best], 3)}"
        return svg(drawn, label=f"{text}.", name=f"slice{number}")


def parallel(
    names: Sequence[str],
    lines: Sequence[Sequence[float]],
    ends: Sequence[tuple[str, str]],
    *,
    best: int | None = None,
    good: int = 0,
) -> str:
    """Every trial as a line across one axis a knob, the result last, as SVG.

    Args:
        names: of the axes; the last is the result.
        lines: (N, axes) places between 0 and 1, the better trials first; NaN where a knob was not
            searched.
        ends: what is written at the bottom and at the top of each axis.
        best: which line won; None: none did.
        good: so many lines, from the first, are drawn as the better ones.
    """
    width = max(560.0, 128.0 * len(names))
    with styled():
        drawn = figure(width, 300)
        axes = drawn.add_axes((56 / width, 0.115, 1 - 112 / width, 0.715))
        spots = list(range(len(names)))
        for place in reversed(range(len(lines))):
            shown: dict[str, Any] = {"color": STOPPED, "linewidth": 0.9, "alpha": 0.6, "zorder": 1}
            if place < good:
                shown = {"color": COLOURS["train"], "linewidth": 1.4, "alpha": 0.8, "zorder": 2}
            if place == best:
                shown = {"color": GOOD, "linewidth": 2.8, "alpha": 1.0, "zorder": 4}
            known = [spot for spot in spots if math.isfinite(lines[place][spot])]
            axes.plot(
                known, [lines[place][spot] for spot in known], marker="o", markersize=3, **shown
            )
        for spot, name, (low, high) in zip(spots, names, ends, strict=True):
            axes.axvline(spot, color=EDGE, linewidth=1, zorder=0)
            axes.annotate(
                clean(name, 22),
                (spot, 1),
                xytext=(0, 24),
                textcoords="offset points",
                ha="center",
                weight="bold",
            )
            axes.annotate(
                clean(high, 18),
                (spot, 1),
                xytext=(0, 8),
                textcoords="offset points",
                ha="center",
                color=MUTED,
                fontsize=SIZE - 1.5,
            )
            axes.annotate(
                clean(low, 18),
                (spot, 0),
                xytext=(0, -17),
                textcoords="offset points",
                ha="center",
                color=MUTED,
                fontsize=SIZE - 1.5,
            )
        axes.set_ylim(-0.03, 1.03)
        axes.set_xlim(-0.05, len(names) - 0.95)
        axes.axis("off")
        return svg(
            drawn,
            label=(
                f"{len(lines)} trials across {', '.join(map(clean, names))}"
                f"{'' if best is None else '; the best is drawn thick'}."
            ),
            name="parallel",
        )


def best_so_far(
    seconds: Sequence[float],
    values: Sequence[float],
    *,
    better: str,
    metric: str,
    percent: bool,
    counts: Sequence[bool] = (),
    rounds: Sequence[float] = (),
) -> str:
    """The result of each complete trial at the time it ended, the best until then a line, as SVG.

    Args:
        seconds: (N,) since the search began, ascending.
        values: (N,) results.
        better: ``lower`` or ``higher``.
        counts: (N,) whether a trial keeps to every bound; empty: all do.
        rounds: when each round after the first began.
    """
    counts = counts or [True] * len(values)
    unit, name = next(
        (size, word)
        for size, word in ((3600, "hours"), (60, "minutes"), (1, "seconds"))
        if max(seconds, default=0) >= 2 * size or size == 1
    )
    times = [moment / unit for moment in seconds]
    pick = min if better == "lower" else max
    line: list[float] = []
    for value, kept in zip(values, counts, strict=True):
        line.append(
            (pick(line[-1], value) if line and line[-1] == line[-1] else value)
            if kept
            else (line[-1] if line else math.nan)
        )
    with styled():
        drawn = figure(WIDTH, HEIGHT)
        axes = drawn.add_axes((0.13, 0.155, 0.83, 0.745))
        _results(axes, [value for value in values if math.isfinite(value)], percent=percent)
        broken, whole = (
            [place for place, counted in enumerate(counts) if counted is wanted]
            for wanted in (False, True)
        )
        if broken:
            axes.plot(
                [times[k] for k in broken],
                [values[k] for k in broken],
                "s",
                color=STOPPED,
                markerfacecolor="none",
                markersize=5,
                markeredgewidth=1.1,
            )
        if whole:
            axes.plot(
                [times[k] for k in whole],
                [values[k] for k in whole],
                "o",
                color=OTHER,
                markersize=5,
                markeredgewidth=0,
                alpha=0.8,
            )
        axes.step(
            [*times, *([1.03 * times[-1]] if times else [])],
            [*line, *line[-1:]],
            where="post",
            color=GOOD,
            linewidth=2.2,
        )
        for moment in rounds:
            axes.axvline(moment / unit, color=MUTED, linewidth=1, linestyle=(0, (1, 2.5)))
            axes.annotate(
                "finer round",
                (moment / unit, 1),
                xycoords=("data", "axes fraction"),
                xytext=(5, -3),
                textcoords="offset points",
                va="top",
                color=MUTED,
                fontsize=SIZE - 1,
            )
        axes.set_xlim(0, 1.03 * max(times, default=1) or 1)
        quiet(axes)
        axes.set_xlabel(f"{name} since the search began", fontsize=SIZE - 1, labelpad=1)
        _title(axes, f"best dev {clean(metric, 24)} so far")
        text = (
            f"; the best goes from {readable(line[0], 3)} to {readable(line[-1], 3)}"
            if line
            else ""
        )
        return svg(
            drawn,
            label=f"dev {clean(metric)} of {len(values)} trials over time{text}.",
            name="sofar",
        )


def _title(axes: Axes, text: str) -> None:
    axes.set_title(text, loc="left", fontsize=SIZE + 1, color=INK, weight="bold", pad=8)


def _results(axes: Axes, known: Sequence[float], *, percent: bool) -> None:
    """The axis of results, logarithmic where they span more than a factor of fifteen."""
    from matplotlib.ticker import LogLocator, NullFormatter, NullLocator

    wide = bool(known) and min(known) > 0 and max(known) / min(known) > 15
    if wide:
        axes.set_yscale("log")
        axes.set_ylim(min(known) / 1.25, max(known) * 1.25)
        subs = (1.0, 2.0, 5.0) if max(known) / min(known) < 300 else (1.0,)
        axes.yaxis.set_major_locator(LogLocator(subs=subs, numticks=12))
        axes.yaxis.set_minor_locator(NullLocator())
        axes.yaxis.set_minor_formatter(NullFormatter())
    axes.yaxis.set_major_formatter(
        lambda value, at: f"{100 * value:.3g}%" if percent else tick(value)
    )
    axes.grid(color=FAINT)
