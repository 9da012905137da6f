"""Calibration: of the answers given with a probability of 80%, are 80% right? (notes 3.1.9)"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from netwright.plots.style import COLOURS, INK, MUTED, SIZE, figure, quiet, styled, svg


class Bin(Protocol):
    """Answers of about the same probability, as ``metrics.calibration`` counts them."""

    @property
    def stated(self) -> float: ...
    @property
    def right(self) -> float: ...
    @property
    def low(self) -> float: ...
    @property
    def high(self) -> float: ...


def reliability(bins: Sequence[Bin]) -> str:
    """The fraction that is right against the probability stated, with 95% intervals, as SVG.

    A well-calibrated model lies on the dashed line.
    """
    with styled():
        drawn = figure(440, 300)
        axes = drawn.add_axes((0.12, 0.16, 0.85, 0.72))
        axes.plot([0, 1], [0, 1], color=MUTED, linewidth=1, linestyle=(0, (3, 3)))
        for part in bins:
            axes.plot(
                [part.stated] * 2,
                [part.low, part.high],
                color=COLOURS["dev"],
                linewidth=4,
                alpha=0.28,
                solid_capstyle="butt",
            )
        axes.plot(
            [part.stated for part in bins],
            [part.right for part in bins],
            "o",
            color=COLOURS["dev"],
            markersize=6.5,
            markeredgecolor="white",
        )
        axes.set_xlim(-0.02, 1.03)
        axes.set_ylim(-0.03, 1.05)
        quiet(axes)
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(lambda value, at: f"{100 * value:.0f}%")
        axes.set_xlabel("probability stated", fontsize=SIZE - 1)
        axes.set_title(
            "fraction that is right", loc="left", fontsize=SIZE + 1, color=INK, weight="bold"
        )
        parts = ", ".join(f"stated {part.stated:.0%}: right {part.right:.0%}" for part in bins)
        return svg(drawn, label=f"Calibration: {parts}.", name="calibration")
