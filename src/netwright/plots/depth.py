"""The size of gradients by depth: whether they reach the first layers (notes 2.1.7, 4.2.6)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from netwright.plots.style import COLOURS, INK, MUTED, SIZE, figure, name_ends, quiet, styled, svg

WIDTH, HEIGHT = 620.0, 260.0


def gradients(lines: Mapping[str, Sequence[float]]) -> str:
    """A line for each moment, over the depth, on a log scale, as SVG.

    Args:
        lines: what is said of the moment -> the root mean square of the gradient of each layer's
            weights, from the input on.
    """
    colours = [MUTED, COLOURS["train"], COLOURS["dev"]]
    with styled():
        drawn = figure(WIDTH, HEIGHT)
        axes = drawn.add_axes((0.1, 0.17, 0.62, 0.74))
        ends = []
        for (name, values), colour in zip(lines.items(), colours, strict=False):
            known = [(at + 1, y) for at, y in enumerate(values) if math.isfinite(y) and y > 0]
            if known:
                axes.plot(*zip(*known, strict=True), color=colour, linewidth=1.6, marker=".")
                ends.append((name, known[-1][1], colour))
        axes.set_yscale("log")
        name_ends(axes, ends)
        axes.set_xlabel("layer, from the input on", fontsize=SIZE - 1, color=MUTED, labelpad=1)
        axes.set_title(
            "Gradient of the weights, root mean square",
            loc="left",
            fontsize=SIZE + 1,
            color=INK,
            weight="bold",
            pad=8,
        )
        quiet(axes)
        words = "; ".join(
            f"{name} from {own[0]:.2g} to {own[-1]:.2g}" for name, own in lines.items()
        )
        return svg(drawn, label=f"Gradient by depth: {words}", name="gradient-by-depth")
