"""The learning rate over a training, before it runs: one line a schedule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from netwright.plots.style import (
    ALARM,
    COLOURS,
    INK,
    MUTED,
    apart,
    clean,
    figure,
    quiet,
    styled,
    svg,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH, HEIGHT, LINE = 560.0, 300.0, 13.0
LINE_COLOURS = (
    COLOURS["train"],
    COLOURS["dev"],
    COLOURS["test"],
    "#7b3f98",
    COLOURS["human"],
    ALARM,
    COLOURS["train_dev"],
    INK,
)
POINTS = 600
"""A line is drawn with about so many of its steps."""


def schedules(rates: Mapping[str, Sequence[float]], per_epoch: int) -> str:
    """The rate of every step over the epochs, each line with its name at its end, as SVG.

    Args:
        rates: name of the schedule -> (T,) learning rate of each step.
        per_epoch: steps of an epoch.
    """
    with styled():
        drawn = figure(WIDTH, HEIGHT)
        axes = drawn.add_axes((0.1, 0.15, 0.72, 0.72))
        ends = []
        for at, values in enumerate(rates.values()):
            every = max(1, len(values) // POINTS)
            places = list(range(0, len(values), every))
            places += [len(values) - 1] if places[-1] != len(values) - 1 else []
            axes.plot(
                [p / per_epoch for p in places],
                [values[p] for p in places],
                color=_colour(at),
                linewidth=1.8,
            )
            ends.append(values[-1])
        top = max(max(values) for values in rates.values())
        longest = max(len(values) for values in rates.values()) / per_epoch
        axes.set_xlim(0, longest)
        axes.set_ylim(0, 1.06 * top)
        _names(axes, list(rates), ends, longest, least=1.06 * top * LINE / (0.72 * HEIGHT))
        quiet(axes)
        axes.set_title("learning rate of every step", loc="left", color=INK)
        axes.set_xlabel("epoch", color=MUTED)
        return svg(drawn, label=_spoken(rates), name="schedule")


def _colour(at: int) -> str:
    return LINE_COLOURS[at % len(LINE_COLOURS)]


def _names(
    axes: Axes, names: Sequence[str], ends: Sequence[float], x: float, *, least: float
) -> None:
    """Each name beside the end of its line, lifted where lines end close to each other."""
    places = apart(ends, least)
    above = -least
    for at in sorted(range(len(names)), key=lambda at: places[at]):
        above = max(places[at], above + least)
        axes.text(
            1.015 * x,
            above,
            clean(names[at]),
            color=_colour(at),
            va="center",
            ha="left",
            clip_on=False,
        )


def _spoken(rates: Mapping[str, Sequence[float]]) -> str:
    parts = [
        f"{name} from {v[0]:.3g} over {max(v):.3g} to {v[-1]:.3g}" for name, v in rates.items()
    ]
    return "Learning rate over the training: " + "; ".join(parts)
