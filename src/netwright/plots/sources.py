"""Statistics of two sources beside each other, a small picture each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from netwright.plots.style import COLOURS, INK, MUTED, SIZE, clean, figure, styled, svg

ACROSS, WIDE, HIGH = 3, 250, 118
BINS = 24


@dataclass(frozen=True)
class TwoColumns:
    """One statistic.

    Args:
        title: its name.
        first, second: its values in the training source and in the target.
    """

    title: str
    first: Sequence[float]
    second: Sequence[float]


def distributions(columns: Sequence[TwoColumns], names: tuple[str, str]) -> str:
    """How the values of each statistic lie in the two sources, as SVG."""
    rows = -(-len(columns) // ACROSS)
    with styled():
        drawn = figure(ACROSS * WIDE, rows * HIGH + 26)
        total = rows * HIGH + 26
        for at, colour in enumerate((COLOURS["train"], COLOURS["dev"])):
            drawn.text(
                0.012 + 0.3 * at, 1 - 14 / total, clean(names[at], 34), color=colour,
                fontsize=SIZE, weight="bold", va="center",
            )  # fmt: skip
        for at, column in enumerate(columns):
            left = at % ACROSS / ACROSS + 0.012
            bottom = 1 - (26 + (at // ACROSS + 1) * HIGH - 22) / total
            axes = drawn.add_axes((left, bottom, 1 / ACROSS - 0.03, (HIGH - 48) / total))
            parts = [np.asarray(part, float) for part in (column.first, column.second)]
            parts = [part[np.isfinite(part)] for part in parts]
            both = np.concatenate(parts)
            low, high = np.quantile(both, [0.005, 0.995]) if len(both) else (0.0, 1.0)
            edges = np.linspace(low, high if high > low else low + 1, BINS + 1)
            for part, colour in zip(parts, (COLOURS["train"], COLOURS["dev"]), strict=True):
                counts, _ = np.histogram(np.clip(part, edges[0], edges[-1]), edges)
                heights = counts / max(1, len(part))
                axes.stairs(heights, edges, fill=True, color=colour, alpha=0.22)
                axes.stairs(heights, edges, color=colour, linewidth=1.4)
            axes.set_yticks([])
            axes.spines["left"].set_visible(False)
            axes.locator_params(axis="x", nbins=4)
            axes.tick_params(length=2, labelsize=SIZE - 3, labelcolor=MUTED)
            axes.set_title(clean(column.title, 34), loc="left", fontsize=SIZE - 1, color=INK)
        named = ", ".join(clean(column.title) for column in columns)
        return svg(drawn, label=f"Values in {names[0]} and {names[1]}: {named}.", name="sources")
