"""The size of activations and of gradients in every layer over a training."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from netwright.plots.style import (
    ALARM,
    INK,
    MUTED,
    SIZE,
    apart,
    clean,
    figure,
    name_ends,
    quiet,
    styled,
    svg,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH, HEIGHT = 450.0, 260.0
MOST_LINES = 12
"""Layers that are drawn as lines, at most; more would be a tangle and are drawn as a map."""

PALE, DARK = (0.72, 0.83, 0.92), (0.0, 0.27, 0.44)
"""Colours of the first and the last layer; in a map, of small and large figures."""

FAINTEST, DARKEST = (0.95, 0.97, 0.98), (0.02, 0.07, 0.11)

Lines = Mapping[str, tuple[Sequence[float], Sequence[float]]]
"""layer -> (steps, figures), in the order in which the layers run."""


def layer_sizes(lines: Lines, *, title: str, ill: Sequence[str] = ()) -> str:
    """One line a layer over the steps, on log scales, as SVG; a map of more than twelve layers.

    Args:
        title: what the figure is.
        ill: layers to point out.
    """
    lines = {
        name: own for name, own in lines.items() if any(math.isfinite(y) and y > 0 for y in own[1])
    }
    with styled():
        drawn = figure(WIDTH, HEIGHT)
        ends = (_draw_lines if len(lines) <= MOST_LINES else _draw_map)(drawn, lines, ill)
        drawn.axes[0].set_title(
            title, loc="left", fontsize=SIZE + 1, color=INK, weight="bold", pad=8
        )
        drawn.axes[0].set_xlabel("step", fontsize=SIZE - 1, color=MUTED, labelpad=1)
        last = "; ".join(f"{clean(name)} ends at {value:.2g}" for name, value in ends)
        return svg(
            drawn,
            label=f"{title} of each layer over the steps: {last}",
            name=f"layers-{title.split()[-1]}",
        )


def _draw_lines(drawn: Figure, lines: Lines, ill: Sequence[str]) -> list[tuple[str, float]]:
    """The lines; returns the names that are written beside them, with their last figures."""
    axes = drawn.add_axes((0.14, 0.16, 0.60, 0.7))
    ends = []
    for at, (name, (steps, values)) in enumerate(lines.items()):
        known = [(x, y) for x, y in zip(steps, values, strict=True) if math.isfinite(y) and y > 0]
        colour = ALARM if name in ill else _shade(at, len(lines))
        axes.plot(*zip(*known, strict=True), color=colour, linewidth=1.9 if name in ill else 1.3)
        if name in list(ill)[:1] or at in (0, len(lines) - 1) or len(lines) <= 6:
            ends.append((name, known[-1][1], ALARM if name in ill else MUTED))
    axes.set_yscale("log")
    # the state before the first step is step 0
    axes.set_xscale("symlog", linthresh=1.0, linscale=0.5)
    axes.set_xlim(left=0)
    _ticks(axes)
    quiet(axes)
    named = [(clean(name, 18), value, colour) for name, value, colour in ends]
    name_ends(axes, named, size=SIZE - 1.5)
    return [(name, value) for name, value, _ in ends]


def _draw_map(drawn: Figure, lines: Lines, ill: Sequence[str]) -> list[tuple[str, float]]:
    """Rows of colour, the first layer on top; the first, the last and the worst one are named."""
    from matplotlib.colors import LinearSegmentedColormap, LogNorm
    from matplotlib.ticker import LogLocator, NullLocator

    steps = sorted({step for own, _ in lines.values() for step in own})
    rows = [dict(zip(*own, strict=True)) for own in lines.values()]
    known = [y for row in rows for y in row.values() if math.isfinite(y) and y > 0]
    axes, scale = drawn.add_axes((0.03, 0.16, 0.66, 0.7)), drawn.add_axes((0.86, 0.16, 0.02, 0.7))
    colours: list[tuple[float, tuple[float, float, float]]] = [
        (0.0, FAINTEST),
        (0.3, PALE),
        (0.8, DARK),
        (1.0, DARKEST),
    ]
    shades = LinearSegmentedColormap.from_list("layers", colours)
    limits = min(known), max(max(known), 1.001 * min(known))
    cells = [
        [value if (value := row.get(step, math.nan)) > 0 else math.nan for step in steps]
        for row in rows
    ]
    painted = axes.pcolormesh(
        range(len(steps) + 1),
        range(len(rows) + 1),
        cells,
        cmap=shades,
        norm=LogNorm(*limits),
        rasterized=True,
    )
    axes.invert_yaxis()
    axes.set_yticks([])
    some = sorted({0, len(steps) // 3, 2 * len(steps) // 3, len(steps) - 1})
    axes.set_xticks([at + 0.5 for at in some], [f"{steps[at]:g}" for at in some])
    bar = drawn.colorbar(
        painted,
        cax=scale,
        ticks=LogLocator(subs=_subs(*limits), numticks=5),
        format=lambda value, at: f"{value:g}",
    )
    bar.ax.yaxis.set_minor_locator(NullLocator())
    bar.outline.set_visible(False)
    names = list(lines)
    written = dict.fromkeys([names[0], names[-1], *list(ill)[:1]])
    places = [1 - (names.index(name) + 0.5) / len(names) for name in written]
    for name, place in zip(written, apart(places, (SIZE + 2) / (0.7 * HEIGHT)), strict=True):
        axes.annotate(
            clean(name, 16),
            (1.0, place),
            xycoords="axes fraction",
            xytext=(6, 0),
            textcoords="offset points",
            color=ALARM if name in ill else MUTED,
            va="center",
            fontsize=SIZE - 1.5,
            annotation_clip=False,
        )
    return [
        (name, row[steps[-1]])
        for name, row in zip(names, rows, strict=True)
        if name in written and steps[-1] in row
    ]


def _ticks(axes: Axes) -> None:
    from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullLocator

    axes.yaxis.set_major_locator(LogLocator(subs=_subs(*axes.get_ylim()), numticks=6))
    powers = [
        0.0,
        *(10.0**k for k in range(math.floor(math.log10(max(1.0, axes.get_xlim()[1]))) + 1)),
    ]
    axes.xaxis.set_major_locator(FixedLocator(powers if len(powers) <= 6 else [0.0, *powers[1::2]]))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_minor_locator(NullLocator())
        axis.set_major_formatter(FuncFormatter(lambda value, at: f"{value:g}"))


def _subs(low: float, high: float) -> tuple[float, ...]:
    return (1.0, 2.0, 5.0) if high < 60 * low else (1.0,)


def _shade(at: int, count: int) -> tuple[float, float, float]:
    t = at / max(1, count - 1)
    red, green, blue = ((1 - t) * a + t * b for a, b in zip(PALE, DARK, strict=True))
    return red, green, blue
