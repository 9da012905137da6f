"""What a learning-rate sweep saw: the loss under each rate, the basin, the rate proposed."""

from __future__ import annotations

import math
from collections.abc import Sequence

from netwright.plots.style import COLOURS, FAINT, INK, MUTED, figure, quiet, styled, svg

WIDTH, HEIGHT = 520.0, 300.0


def lr_sweep(
    rates: Sequence[float], losses: Sequence[float], *, basin: tuple[float, float], proposal: float
) -> str:
    """The loss of each step against its rate on a log scale, as SVG.

    Args:
        rates, losses: (T,) of each step; a loss that is not finite is left out.
        basin: the rates between which the loss is lowest, shaded.
        proposal: drawn as a line.
    """
    known = [(rate, loss) for rate, loss in zip(rates, losses, strict=True) if math.isfinite(loss)]
    with styled():
        drawn = figure(WIDTH, HEIGHT)
        axes = drawn.add_axes((0.1, 0.16, 0.86, 0.7))
        axes.set_xscale("log")
        axes.axvspan(*basin, color=FAINT, linewidth=0)
        axes.plot(*zip(*known, strict=True), color=COLOURS["train"], linewidth=1.8)
        axes.axvline(proposal, color=COLOURS["dev"], linewidth=1.5)
        lowest, before = (
            min(loss for _, loss in known),
            max(loss for _, loss in known[: max(3, len(known) // 4)]),
        )
        top = before + 0.5 * max(before - lowest, 1e-9)
        axes.set_ylim(max(0.0, lowest - 0.15 * (top - lowest)), top)
        axes.annotate(
            f"{proposal:g}",
            (proposal, 1.0),
            xycoords=("data", "axes fraction"),
            xytext=(4, -12),
            textcoords="offset points",
            color=COLOURS["dev"],
        )
        decades = [
            10.0**k
            for k in range(round(math.log10(known[0][0])), math.floor(math.log10(known[-1][0])) + 1)
        ]
        axes.set_xticks(decades, [f"{decade:g}" for decade in decades])
        axes.set_xticks([], minor=True)
        quiet(axes)
        axes.set_title("loss of each step as the rate rises", loc="left", color=INK)
        axes.set_xlabel("learning rate", color=MUTED)
        label = (
            f"Loss against learning rate: lowest between {basin[0]:.2g} and {basin[1]:.2g};"
            f" {proposal:g} is proposed"
        )
        return svg(drawn, label=label, name="lr")
