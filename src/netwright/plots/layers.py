"""The size of activations and of gradients in every layer over a training."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from netwright.plots.style import ALARM, INK, MUTED, SIZE, apart, clean, figure, quiet, styled, svg

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH, HEIGHT = 450.0, 260.0
PALE, DARK = (0.72, 0.83, 0.92), (0.0, 0.27, 0.44)
"""The first layer and the last one; those between lie between."""

Lines = Mapping[str, tuple[Sequence[float], Sequence[float]]]
"""layer -> (steps, figures), in the order in which the layers run."""


def layer_sizes(lines: Lines, *, title: str, ill: Sequence[str] = ()) -> str:
    """One line a layer over the steps, on log scales where all figures are above 0, as SVG.

    Args:
        title: what the figure is.
        ill: layers to mark.
    """
    with styled():
        drawn = figure(WIDTH, HEIGHT)
        axes = drawn.add_axes((0.14, 0.16, 0.60, 0.7))
        ends = []
        for at, (name, (steps, values)) in enumerate(lines.items()):
            known = [(x, y) for x, y in zip(steps, values, strict=True) if math.isfinite(y) and y > 0]
            if not known:
                continue
            colour = ALARM if name in ill else _shade(at, len(lines))
            axes.plot(*zip(*known, strict=True), color=colour, linewidth=1.9 if name in ill else 1.3)
            if name in list(ill)[:1] or at in (0, len(lines) - 1) or len(lines) <= 6:
                ends.append((name, known[-1][1], ALARM if name in ill else MUTED))
        axes.set_yscale("log")
        axes.set_xscale("log")
        _ticks(axes)
        quiet(axes)
        _name(axes, ends)
        axes.set_title(title, loc="left", fontsize=SIZE + 1, color=INK, weight="bold", pad=8)
        axes.set_xlabel("step", fontsize=SIZE - 1, color=MUTED, labelpad=1)
        said = "; ".join(f"{clean(name)} ends at {value:.2g}" for name, value, _ in ends)
        return svg(drawn, label=f"{title} of each layer over the steps: {said}", name=f"layers-{title.split()[-1]}")


def _ticks(axes: Axes) -> None:
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    for axis, (low, high) in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim())):
        axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if high < 60 * low else (1.0,), numticks=6))
        axis.set_minor_locator(NullLocator())
        axis.set_major_formatter(FuncFormatter(lambda value, at: f"{value:g}"))


def _shade(at: int, count: int) -> tuple[float, float, float]:
    t = at / max(1, count - 1)
    red, green, blue = ((1 - t) * a + t * b for a, b in zip(PALE, DARK, strict=True))
    return red, green, blue


def _name(axes: Axes, ends: Sequence[tuple[str, float, str]]) -> None:
    axes.get_ylim()
    to_share = axes.transAxes.inverted().transform
    heights = [float(to_share(axes.transData.transform((1.0, value)))[1]) for _, value, _ in ends]
    least = (SIZE + 2) / (axes.get_position().height * HEIGHT)
    for (name, _, colour), place in zip(ends, apart(heights, least), strict=True):
        axes.annotate(
            clean(name, 18), (1.0, place), xycoords="axes fraction", xytext=(6, 0), textcoords="offset points",
            color=colour, va="center", fontsize=SIZE - 1.5, annotation_clip=False,
        )  # fmt: skip
