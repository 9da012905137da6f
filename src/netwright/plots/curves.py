"""Training curves: the loss, the single number on dev, and the learning rate below them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from netwright.base.figures import counted, readable
from netwright.plots.style import (
    COLOURS,
    FAINT,
    INK,
    MUTED,
    SIZE,
    clean,
    figure,
    name_ends,
    quiet,
    styled,
    svg,
    tick,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Line = tuple[Sequence[float], Sequence[float]]
"""The x and the y of its points."""

WIDTH, HEIGHT = 450.0, 290.0
POINTS = 400
"""A line is drawn with at most this many points, each the mean of its neighbours."""


@dataclass(frozen=True)
class Course:
    """What every curve of a training is drawn over.

    Args:
        epochs: (E,) 1, 2, ...
        rate: places on the epoch axis and the learning rate there; empty: no strip below.
        best: the epoch whose weights are kept.
        changes: places on the epoch axis where something was changed, and their numbers.
    """

    epochs: Sequence[float]
    rate: Line = ((), ())
    best: float | None = None
    changes: Sequence[tuple[float, str]] = ()


def loss_curve(
    course: Course,
    train: Sequence[float],
    dev: Sequence[float],
    *,
    steps: Line = ((), ()),
    watched: Sequence[float] = (),
    abandoned: Sequence[Line] = (),
) -> str:
    """The loss on train and dev over the epochs, the learning rate as a strip below, as SVG.

    Args:
        train: (E,) mean training loss of each epoch, drawn at its middle.
        dev: (E,) dev loss after each epoch.
        steps: places on the epoch axis and the loss of single steps, drawn faintly behind.
        watched: (E,) the training loss after each epoch with dropout and augmentation off;
            ``train`` is then drawn as ``training``.
        abandoned: (epochs, dev figures) of branches that a rewind left, drawn faintly.
    """
    epochs = course.epochs
    with styled():
        drawn = figure(WIDTH, HEIGHT)
        main, strip = _panels(drawn, epochs, strip=bool(course.rate[0]))
        _steps(main, steps)
        _abandoned(main, abandoned)
        middles = [epoch - 0.5 for epoch in epochs]
        lines: list[tuple[str, Sequence[float], Sequence[float]]] = [
            ("train", middles, train),
            ("dev", epochs, dev),
        ]
        if watched:
            lines = [("training", middles, train), ("train", epochs, watched), ("dev", epochs, dev)]
        _lines(main, lines, log=_wide([*train, *watched, *dev]))
        _finish(main, strip, rate=course.rate, best=course.best, title="loss")
        _changes(main, course.changes)
        return svg(
            drawn, label=_spoken("Loss", epochs, [(name, ys) for name, _, ys in lines]), name="loss"
        )


def metric_curve(
    course: Course,
    dev: Sequence[float],
    *,
    name: str,
    percent: bool,
    band: tuple[Sequence[float], Sequence[float]] = ((), ()),
    levels: Sequence[tuple[str, float]] = (),
    watched: Sequence[float] = (),
    abandoned: Sequence[Line] = (),
) -> str:
    """The single number on dev over the epochs with its 95% interval as a band, as SVG.

    Args:
        dev: (E,) the figure after each epoch.
        name: what the figure is called.
        percent: True writes percentages.
        band: (E,) the lower and upper ends of the interval; NaN where unknown; a lone known one is
            drawn as a bar.
        levels: (split, figure) drawn as a dot at the kept epoch: train, test.
        watched: (E,) the figure on training examples after each epoch.
        abandoned: as for ``loss_curve``.
    """
    epochs, best = course.epochs, course.best
    with styled():
        drawn = figure(WIDTH, HEIGHT)
        main, strip = _panels(drawn, epochs, strip=bool(course.rate[0]))
        _band(main, epochs, dev, *band)
        _abandoned(main, abandoned)
        measured = [(split, [best], [value]) for split, value in levels if best is not None]
        lines = (
            [("train", epochs, watched), ("dev", epochs, dev)]
            if watched
            else [("dev", epochs, dev)]
        )
        _lines(main, [*lines, *measured], log=_wide([*watched, *dev]), percent=percent)
        _finish(main, strip, rate=course.rate, best=course.best, title=clean(name), percent=percent)
        _changes(main, course.changes)
        return svg(
            drawn, label=_spoken(f"{clean(name)} on dev", epochs, [("dev", dev)]), name="metric"
        )


def watched_curve(course: Course, values: Sequence[float], *, name: str) -> str:
    """A figure of the training batches over the epochs, as SVG.

    Args:
        values: (E,) its mean over each epoch, drawn at the epoch's middle; NaN where there is none.
        name: what it is called.
    """
    epochs = course.epochs
    with styled():
        drawn = figure(WIDTH, HEIGHT)
        main, _ = _panels(drawn, epochs, strip=False)
        middles = [epoch - 0.5 for epoch in epochs]
        _lines(main, [("training", middles, values)], log=_wide(values))
        _finish(main, None, rate=((), ()), best=course.best, title=clean(name))
        _changes(main, course.changes)
        label = _spoken(clean(name), epochs, [("training", values)])
        return svg(drawn, label=label, name=f"watched-{name}")


def _panels(drawn: Figure, epochs: Sequence[float], *, strip: bool) -> tuple[Axes, Axes | None]:
    """The main panel and, below it, the strip, over the same epochs."""
    from matplotlib.ticker import MaxNLocator

    left, right, bottom = 0.115, 0.865, 0.135
    add = drawn.add_axes
    main = add((left, 0.335, right - left, 0.575) if strip else (left, bottom, right - left, 0.775))
    below = add((left, bottom, right - left, 0.11)) if strip else None
    last = max(epochs, default=0) or 1
    for axes in (main, below):
        if axes is not None:
            axes.set_xlim(0, 1.02 * last)
            axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    return main, below


def _steps(axes: Axes, steps: Line) -> None:
    xs, ys = thin(*steps)
    if xs:
        axes.plot(xs, ys, color=COLOURS["train"], linewidth=0.7, alpha=0.28)


def _abandoned(axes: Axes, branches: Sequence[Line]) -> None:
    """The dev figures of branches that were left: faint and dashed."""
    for xs, ys in branches:
        known = [(x, y) for x, y in zip(*thin(xs, ys), strict=True) if math.isfinite(y)]
        if known:
            axes.plot(
                *zip(*known, strict=True),
                color=COLOURS["dev"],
                linewidth=1.2,
                alpha=0.45,
                linestyle=(0, (3, 2)),
            )


def _changes(axes: Axes, changes: Sequence[tuple[float, str]]) -> None:
    """A thin line with a number at the foot for each change from outside."""
    for place, number in changes:
        axes.axvline(place, color=INK, linewidth=0.8, alpha=0.55)
        axes.annotate(
            number,
            (place, 0.0),
            xycoords=("data", "axes fraction"),
            xytext=(3, 3),
            textcoords="offset points",
            color=INK,
            fontsize=SIZE - 2,
            va="bottom",
        )


def _lines(
    axes: Axes,
    lines: Sequence[tuple[str, Sequence[float], Sequence[float]]],
    *,
    log: bool,
    percent: bool = False,
) -> None:
    """Each line, named at its right end; a single point is a dot."""
    if log:
        axes.set_yscale("log")
    ends = []
    for name, xs, ys in lines:
        known = [(x, y) for x, y in zip(*thin(xs, ys), strict=True) if math.isfinite(y)]
        if not known:
            continue
        colour = COLOURS[name]
        marker = ("o" if name == "train" else "D") if len(known) == 1 else ""
        axes.plot(
            *zip(*known, strict=True),
            color=colour,
            linewidth=2.2 if name == "dev" else 1.7,
            marker=marker,
            markersize=5,
        )
        if len(known) == 1 and len(lines) > 1:
            x, y = known[0]
            axes.plot([x, axes.get_xlim()[1]], [y, y], color=colour, linewidth=1, alpha=0.5)
        ends.append((name, known[-1][1], colour))
    if percent:
        axes.yaxis.set_major_formatter(lambda value, at: f"{100 * value:.3g}%")
    else:
        axes.yaxis.set_major_formatter(lambda value, at: tick(value))
    if log:
        _log_ticks(axes)
    named = [(name.replace("_", "-"), value, colour) for name, value, colour in ends]
    name_ends(axes, named, weight="bold")


def _log_ticks(axes: Axes) -> None:
    from matplotlib.ticker import LogLocator, NullFormatter, NullLocator

    low, high = axes.get_ylim()
    decades = math.log10(high / low)
    axes.yaxis.set_major_locator(
        LogLocator(subs=(1.0, 2.0, 5.0) if decades < 2.5 else (1.0,), numticks=12)
    )
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_minor_formatter(NullFormatter())


def _band(
    axes: Axes,
    epochs: Sequence[float],
    dev: Sequence[float],
    low: Sequence[float],
    high: Sequence[float],
) -> None:
    known = [
        (x, y, a, b)
        for x, y, a, b in zip(epochs, dev, low, high, strict=False)
        if all(map(math.isfinite, (y, a, b)))
    ]
    if len(known) == 1:
        x, y, a, b = known[0]
        axes.errorbar([x], [y], [[y - a], [b - y]], color=COLOURS["dev"], linewidth=1.4, capsize=4)
    elif known:
        xs, _, lows, highs = zip(*known, strict=True)
        axes.fill_between(xs, lows, highs, color=COLOURS["dev"], alpha=0.14, linewidth=0)


def _finish(
    main: Axes,
    strip: Axes | None,
    *,
    rate: Line,
    best: float | None,
    title: str,
    percent: bool = False,
) -> None:
    """Title, epoch axis, the kept epoch, and the strip of learning rates."""
    quiet(main)
    main.set_title(title, loc="left", fontsize=SIZE + 1, color=INK, weight="bold", pad=8)
    if best is not None:
        for axes in (main, strip):
            if axes is not None:
                axes.axvline(best, color=MUTED, linewidth=1, linestyle=(0, (1, 2.5)))
        right = best > sum(main.get_xlim()) / 2
        main.annotate(
            f"epoch {best:g} kept",
            (best, 1.0),
            xycoords=("data", "axes fraction"),
            xytext=(-5 if right else 5, -3),
            textcoords="offset points",
            ha="right" if right else "left",
            va="top",
            color=MUTED,
            fontsize=SIZE - 1,
        )
    bottom = strip if strip is not None else main
    bottom.set_xlabel("epoch", fontsize=SIZE - 1, labelpad=1)
    if strip is not None:
        main.tick_params(labelbottom=False)
        _strip(strip, rate)


def _strip(axes: Axes, rate: Line) -> None:
    known = [(x, y) for x, y in zip(*thin(*rate), strict=True) if math.isfinite(y)]
    quiet(axes, grid="")
    axes.set_yticks([])
    if not known:
        return
    xs, ys = zip(*known, strict=True)
    axes.fill_between(xs, ys, color=FAINT, linewidth=0)
    axes.plot(xs, ys, color=MUTED, linewidth=1.2)
    axes.set_ylim(0, max(ys) * 1.15 or 1)
    axes.annotate(
        f"learning rate, up to {max(ys):.2g}",
        (0, 1),
        xycoords="axes fraction",
        xytext=(1, 1),
        textcoords="offset points",
        fontsize=SIZE - 2,
        color=MUTED,
        va="bottom",
    )


def thin(
    xs: Sequence[float], ys: Sequence[float], most: int = POINTS
) -> tuple[list[float], list[float]]:
    """At most ``most`` points, the means of equal runs of neighbours.

    A figure that is not finite makes its run's mean not finite.
    """
    size = math.ceil(len(xs) / most) if len(xs) else 1
    if size == 1:
        return list(xs), list(ys)
    runs = [slice(at, at + size) for at in range(0, len(xs), size)]
    return [sum(xs[run]) / len(xs[run]) for run in runs], [
        sum(ys[run]) / len(ys[run]) for run in runs
    ]


def _wide(values: Sequence[float]) -> bool:
    """Whether figures span so much that only a logarithmic axis shows them."""
    known = [value for value in values if math.isfinite(value)]
    return bool(known) and min(known) > 0 and max(known) / min(known) > 15


def _spoken(
    what: str, epochs: Sequence[float], lines: Sequence[tuple[str, Sequence[float]]]
) -> str:
    parts = [
        f"{name} from {readable(ys[0], 3)} to {readable(ys[-1], 3)}"
        for name, ys in lines
        if len(ys)
    ]
    return f"{what} over {counted(len(epochs), 'epoch')}: {', '.join(parts)}."
