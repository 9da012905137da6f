"""Pictures of a curve: train and dev error against the size of the data, or of the net."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from netwright.base.figures import count, readable
from netwright.plots.style import COLOURS, MUTED, SIZE, clean, figure, quiet, styled, svg, tick

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH, HEIGHT = 560.0, 340.0


@dataclass(frozen=True)
class Level:
    """A point of a curve.

    Args:
        size: along the axis.
        value: its error, or figure.
        low, high: the ends of its interval; None where that is unknown.
    """

    size: float
    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Ahead:
    """What lies ahead of the points.

    Args:
        sizes, values: of a law through the points.
        end: what is expected at twice the largest size.
    """

    sizes: Sequence[float]
    values: Sequence[float]
    end: Level


def learning_curve(
    lines: Mapping[str, Sequence[Level]],
    ahead: Ahead | None,
    *,
    metric: str,
    things: str,
    percent: bool,
) -> str:
    """The error of each split against size, with intervals, and what is expected of more, as SVG.

    Args:
        lines: split -> its points, the smallest first.
        metric: what the error is called.
        things: what the sizes count: ``training examples``.
        percent: True writes percentages.
    """
    factor = 100.0 if percent else 1.0
    with styled():
        drawn = figure(WIDTH, HEIGHT)
        axes = drawn.add_axes((0.1, 0.14, 0.78, 0.78))
        axes.set_xscale("log")
        for split, levels in lines.items():
            _line(axes, split, levels, factor)
        _names(axes, lines, factor)
        if ahead is not None:
            _ahead(axes, ahead, factor)
        sizes = sorted({level.size for levels in lines.values() for level in levels})
        shown = [*sizes, *([ahead.end.size] if ahead is not None else [])]
        axes.set_xticks(_apart(shown), [_size(size) for size in _apart(shown)])
        axes.set_xticks([], minor=True)
        axes.yaxis.set_major_formatter(lambda value, _: f"{tick(value)}{'%' if percent else ''}")
        quiet(axes)
        axes.set_xlabel(things, fontsize=SIZE - 1)
        axes.set_title(clean(metric, 40), loc="left", fontsize=SIZE, color=MUTED)
        return svg(drawn, label=_spoken(lines, ahead, metric, things, factor), name="learning")


def _line(axes: Axes, split: str, levels: Sequence[Level], factor: float) -> None:
    colour = COLOURS[split]
    sizes = [level.size for level in levels]
    values = [factor * level.value for level in levels]
    axes.plot(sizes, values, "o-", color=colour, linewidth=1.8, markersize=5)
    for level in levels:
        if level.low is not None and level.high is not None:
            axes.plot(
                [level.size] * 2,
                [factor * level.low, factor * level.high],
                color=colour,
                alpha=0.35,
            )


def _names(axes: Axes, lines: Mapping[str, Sequence[Level]], factor: float) -> None:
    """The name of each split, where they lie farthest apart: above the upper, below the lower."""
    rows = list(zip(*lines.values(), strict=True))
    if not rows:
        return
    at = max(
        range(len(rows)),
        key=lambda row: max(one.value for one in rows[row]) - min(one.value for one in rows[row]),
    )
    highest = max(one.value for one in rows[at])
    for split, level in zip(lines, rows[at], strict=True):
        above = level.value == highest
        axes.annotate(
            split,
            (level.size, factor * level.value),
            xytext=(9, 9 if above else -9),
            textcoords="offset points",
            color=COLOURS[split],
            va="bottom" if above else "top",
        )


def _ahead(axes: Axes, ahead: Ahead, factor: float) -> None:
    colour, end = COLOURS["dev"], ahead.end
    axes.plot(
        ahead.sizes, [factor * value for value in ahead.values], "--", color=colour, linewidth=1.2
    )
    axes.plot([end.size], [factor * end.value], "o", color=colour, fillstyle="none", markersize=6)
    if end.low is not None and end.high is not None:
        axes.plot([end.size] * 2, [factor * end.low, factor * end.high], color=colour, alpha=0.35)


def _apart(sizes: Sequence[float]) -> list[float]:
    """Those that stand clear of each other on a logarithmic axis, from the largest down."""
    span = math.log(max(sizes) / min(sizes)) if len(set(sizes)) > 1 else 1.0
    kept: list[float] = []
    for size in sorted(sizes, reverse=True):
        if not kept or math.log(kept[-1] / size) >= span / 9:
            kept.append(size)
    return kept[::-1]


def _size(size: float) -> str:
    return count(round(size)) if size >= 10 else readable(size, 3)


def _spoken(
    lines: Mapping[str, Sequence[Level]],
    ahead: Ahead | None,
    metric: str,
    things: str,
    factor: float,
) -> str:
    parts = [
        f"{split} from {readable(factor * levels[0].value, 3)} at {_size(levels[0].size)} to"
        f" {readable(factor * levels[-1].value, 3)} at {_size(levels[-1].size)}"
        for split, levels in lines.items()
    ]
    if ahead is not None:
        parts.append(
            f"expected at {_size(ahead.end.size)}: {readable(factor * ahead.end.value, 3)}"
        )
    return f"{clean(metric)} against {things}: {'; '.join(parts)}."
