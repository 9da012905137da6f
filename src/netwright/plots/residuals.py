"""Residuals: the answer against the truth, and how the errors answer - truth spread."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from netwright.base.figures import counted, readable
from netwright.plots.style import (
    COLOURS,
    INK,
    MUTED,
    SIZE,
    clean,
    figure,
    number_ticks,
    quiet,
    styled,
    svg,
    tick,
)

if TYPE_CHECKING:
    from matplotlib.colors import Colormap

POINTS = 700
"""With more examples than this, cells shaded by how many they hold are drawn instead of points."""


def answers_against_truths(
    truths: Sequence[float], answers: Sequence[float], *, unit: str = ""
) -> str:
    """Every example at (truth, answer), with the line on which an exact answer lies; SVG.

    Args:
        truths, answers: (N,) in the target's unit; pairs that are not finite are left out.
    """
    t, a = _finite(truths, answers)
    with styled():
        drawn = figure(440, 400)
        axes = drawn.add_axes((0.15, 0.13, 0.82, 0.80))
        low, high = (
            (float(min(t.min(), a.min())), float(max(t.max(), a.max()))) if len(t) else (0.0, 1.0)
        )
        margin = 0.04 * (high - low) or 1.0
        axes.set_xlim(low - margin, high + margin)
        axes.set_ylim(low - margin, high + margin)
        axes.axline((low, low), slope=1, color=MUTED, linewidth=1, linestyle=(0, (3, 3)))
        if len(t) <= POINTS:
            axes.plot(t, a, "o", markersize=4.2, color=COLOURS["dev"], alpha=0.5, markeredgewidth=0)
        else:
            axes.hexbin(t, a, gridsize=32, mincnt=1, bins="log", cmap=_shades(), linewidths=0)
        quiet(axes)
        axes.grid(axis="x", color="#eef0f2", linewidth=1)
        number_ticks(axes)
        axes.set_yticks(axes.get_xticks(), [tick(place) for place in axes.get_xticks()])
        axes.set_xlabel(f"truth{_in(unit)}", fontsize=SIZE - 1)
        axes.set_title(
            f"answer{_in(unit)}", loc="left", fontsize=SIZE + 1, color=INK, weight="bold"
        )
        return svg(
            drawn,
            label=(
                f"Answers against truths of {counted(len(t), 'example')}; correlation"
                f" {_correlation(t, a):.3f}."
            ),
            name="answers",
        )


def residuals(truths: Sequence[float], answers: Sequence[float], *, unit: str = "") -> str:
    """How the errors answer - truth spread, with their median and the middle 90%; SVG."""
    t, a = _finite(truths, answers)
    errors = a - t
    with styled():
        drawn = figure(440, 220)
        axes = drawn.add_axes((0.05, 0.22, 0.90, 0.64))
        label = "No finite errors."
        if len(errors):
            low, middle, high = np.quantile(errors, [0.05, 0.5, 0.95])
            axes.hist(
                errors,
                bins=min(40, max(8, len(errors) // 12)),
                color=COLOURS["dev"],
                alpha=0.75,
                rwidth=0.92,
            )
            axes.axvspan(low, high, color=COLOURS["dev"], alpha=0.08, linewidth=0)
            axes.axvline(0, color=MUTED, linewidth=1, linestyle=(0, (3, 3)))
            label = (
                f"Errors: median {readable(middle, 3)}, the middle 90% from {readable(low, 3)} to"
                f" {readable(high, 3)}{_in(unit)}."
            )
            axes.set_title(
                f"answer - truth: median {readable(middle, 3)}, 90% in {readable(low, 3)} to"
                f" {readable(high, 3)}",
                loc="left",
                fontsize=SIZE,
                color=INK,
                weight="bold",
            )
        quiet(axes, grid="")
        axes.set_yticks([])
        number_ticks(axes)
        axes.set_xlabel(f"error{_in(unit)}", fontsize=SIZE - 1)
        return svg(drawn, label=label, name="residuals")


def _finite(truths: Sequence[float], answers: Sequence[float]) -> tuple[np.ndarray, np.ndarray]:
    t, a = np.asarray(truths, dtype=float), np.asarray(answers, dtype=float)
    kept = np.isfinite(t) & np.isfinite(a)
    return t[kept], a[kept]


def _correlation(t: np.ndarray, a: np.ndarray) -> float:
    spread = float(t.std() * a.std()) if len(t) else 0.0
    return float(((t - t.mean()) * (a - a.mean())).mean()) / spread if spread else 0.0


def _in(unit: str) -> str:
    return f" ({clean(unit, 16)})" if unit else ""


def _shades() -> Colormap:
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("netwright", ["#f6dccb", COLOURS["dev"], "#5c2400"])
