"""The gap chart: the ladder human -> train -> train_dev -> dev -> test, and the gaps between."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from netwright.base.figures import decimals, readable
from netwright.plots.style import (
    ALARM,
    COLOURS,
    EDGE,
    INK,
    MUTED,
    SIZE,
    clean,
    figure,
    number_ticks,
    quiet,
    styled,
    svg,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH, ROW = 480.0, 58.0
_STRONG = {"first": ALARM, "next": INK}


def gap_chart(
    rungs: Sequence[Mapping[str, Any]],
    gaps: Sequence[Mapping[str, Any]],
    *,
    percent: bool = True,
    flipped: bool = False,
) -> str:
    """Levels of the single number from rung to rung, as SVG; the gap to work on first stands out.

    Args:
        rungs: name, error, and low and high where known, in the order of the ladder.
        gaps: name, from_, to, size, verdict (first, next, noise, small, negative, muted).
        percent: True writes percentages and points.
        flipped: True when the errors are figures of which more is better, with their sign changed.
    """
    known = [rung for rung in rungs if rung["error"] is not None and math.isfinite(rung["error"])]
    with styled():
        drawn = figure(WIDTH, 44 + ROW * max(1, len(known)))
        height = drawn.get_figheight() * 72
        axes = drawn.add_axes((0.16, 34 / height, 0.83, 1 - 42 / height))
        rows = {rung["name"]: at for at, rung in enumerate(known)}
        _limits(axes, known, gaps, percent)
        for gap in gaps:
            if gap["from_"] in rows and gap["to"] in rows:
                _gap(axes, gap, known, rows, percent)
        for rung in known:
            _rung(axes, rung, rows[rung["name"]], percent, flipped)
        _finish(axes, known, percent, flipped)
        return svg(drawn, label=_spoken(known, percent, flipped), name="gaps")


def _limits(
    axes: Axes, rungs: Sequence[Mapping[str, Any]], gaps: Sequence[Mapping[str, Any]], percent: bool
) -> None:
    """Room for every dot, interval and the text right of them."""
    ends = [
        end
        for rung in rungs
        for end in (rung["error"], rung.get("low"), rung.get("high"))
        if end is not None
    ]
    low, high = (min(ends), max(ends)) if ends else (0.0, 1.0)
    if low >= 0 and low < 0.6 * high:
        low = 0.0
    high = max(high, low + _least_span(high, percent))
    low -= 0.03 * (high - low)
    errors = {rung["name"]: rung["error"] for rung in rungs}
    texts = [
        (max(errors[gap["from_"]], errors[gap["to"]]), _gap_text(gap, percent))
        for gap in gaps
        if {gap["from_"], gap["to"]} <= errors.keys()
    ]
    texts += [
        (rung["error"] if rung.get("high") is None else rung["high"], "0" * 9) for rung in rungs
    ]
    room = axes.get_position().width * WIDTH
    needed = [low + (at - low) / max(0.2, 1 - (14 + 6.9 * len(text)) / room) for at, text in texts]
    axes.set_xlim(low, max([*needed, high + 0.05 * (high - low)]))
    axes.set_ylim(len(rungs) - 0.45, -0.5)


def _least_span(high: float, percent: bool) -> float:
    """What the axis spans at least: 0.1 points, or a part of the figures that is no rounding, so
    that levels that are alike have no ticks between them that nobody could tell apart.
    """
    return 0.001 if percent else 1e-6 * abs(high) or 1.0


def _rung(axes: Axes, rung: Mapping[str, Any], row: int, percent: bool, flipped: bool) -> None:
    colour = COLOURS.get(rung["name"], MUTED)
    low, high = rung.get("low"), rung.get("high")
    if low is not None and high is not None:
        axes.plot(
            [low, high], [row, row], color=colour, linewidth=5, alpha=0.28, solid_capstyle="butt"
        )
    axes.plot(
        [rung["error"]],
        [row],
        marker="o",
        markersize=9,
        color=colour,
        markeredgecolor="white",
        markeredgewidth=1.2,
    )
    axes.annotate(
        _level(rung["error"], percent, flipped),
        (high if high is not None else rung["error"], row),
        xytext=(9, 0),
        textcoords="offset points",
        va="center",
        color=colour,
        weight="bold",
        fontsize=SIZE + 0.5,
    )


def _gap(
    axes: Axes,
    gap: Mapping[str, Any],
    rungs: Sequence[Mapping[str, Any]],
    rows: Mapping[str, int],
    percent: bool,
) -> None:
    """A step from one dot to the next, its size written at the step."""
    above, below = rows[gap["from_"]], rows[gap["to"]]
    start, end = rungs[above]["error"], rungs[below]["error"]
    strong = _STRONG.get(gap["verdict"])
    middle = (above + below) / 2
    width = 3.0 if gap["verdict"] == "first" else 1.6
    axes.plot([start, start], [above + 0.13, middle], color=EDGE, linewidth=1)
    axes.plot([end, end], [middle, below - 0.13], color=EDGE, linewidth=1)
    axes.plot(
        [start, end], [middle, middle], color=strong or EDGE, linewidth=width, solid_capstyle="butt"
    )
    axes.annotate(
        _gap_text(gap, percent),
        (max(start, end), middle),
        xytext=(9, 0),
        textcoords="offset points",
        va="center",
        color=strong or MUTED,
        weight="bold" if gap["verdict"] == "first" else "normal",
        fontsize=SIZE - 0.5,
    )


def _gap_text(gap: Mapping[str, Any], percent: bool) -> str:
    notes = {
        "noise": ", within the noise",
        "small": ", small",
        "negative": ", better than before",
        "muted": ", muted",
    }
    return f"{clean(gap['name'])} {_size_text(gap['size'], percent)}{notes.get(gap['verdict'], '')}"


def _finish(axes: Axes, rungs: Sequence[Mapping[str, Any]], percent: bool, flipped: bool) -> None:
    quiet(axes, grid="x")
    axes.set_yticks(range(len(rungs)), [rung["name"].replace("_", "-") for rung in rungs])
    for label, rung in zip(axes.get_yticklabels(), rungs, strict=True):
        label.set_color(COLOURS.get(rung["name"], MUTED))
        label.set_fontweight("bold")
        label.set_fontsize(SIZE + 0.5)
    number_ticks(
        axes,
        lambda value: _level(value, percent, flipped, exact=False),
        most=1.0 if percent else math.inf,
    )


def _level(value: float, percent: bool, flipped: bool, exact: bool = True) -> str:
    if percent:
        number = 100 * value
        return f"{number:.{decimals(number, 'fraction')}f}%" if exact else f"{number:.3g}%"
    return readable(-value if flipped else value, 4 if exact else 6)


def _size_text(size: float, percent: bool) -> str:
    if not percent:
        return f"{'+' if size >= 0 else ''}{readable(size, 2)}"
    number = 100 * size
    return f"{number:+.{decimals(number, 'fraction')}f} points"


def _spoken(rungs: Sequence[Mapping[str, Any]], percent: bool, flipped: bool) -> str:
    levels = ", ".join(
        f"{rung['name']} {_level(rung['error'], percent, flipped)}" for rung in rungs
    )
    return f"Ladder of levels: {levels}."
