"""The confusion matrix of few classes, the most confused pairs of many."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from netwright.plots.style import (
    ALARM,
    COLOURS,
    FAINT,
    INK,
    MUTED,
    SIZE,
    clean,
    figure,
    quiet,
    styled,
    svg,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_CLASSES = 20


def confusion_chart(counts: Sequence[Sequence[int]], classes: Sequence[str]) -> str:
    """The matrix for up to 20 classes, the most confused pairs for more; SVG.

    Args:
        counts: (K, K) examples of class i answered as class j.
        classes: (K,) names.
    """
    return (
        matrix_chart(counts, classes)
        if len(classes) <= MOST_CLASSES
        else pairs_chart(counts, classes)
    )


def matrix_chart(counts: Sequence[Sequence[int]], classes: Sequence[str]) -> str:
    """Rows are truths, columns answers; the number is the count, the colour its part of the row."""
    size = len(classes)
    names = [clean(name, 12 if size > 10 else 16) for name in classes]
    longest = max(map(len, names), default=1)
    slanted = longest > (4 if size > 8 else 8)
    left, top = 28 + 7.2 * longest, (30 + 5.4 * longest) if slanted else 50
    cell = min(44.0, max(24.0, (460 - left) / max(size, 1)))
    width, height = left + cell * size + (4 * longest if slanted else 4), top + cell * size + 4
    with styled():
        drawn = figure(width, height)
        axes = drawn.add_axes((left / width, 4 / height, cell * size / width, cell * size / height))
        _draw_cells(axes, counts, small=cell < 30)
        axes.set_xlim(0, size)
        axes.set_ylim(size, 0)
        quiet(axes, grid="")
        axes.spines["bottom"].set_visible(False)
        axes.xaxis.tick_top()
        axes.tick_params(length=0, pad=2)
        axes.set_xticks(
            [j + 0.5 for j in range(size)],
            names,
            rotation=40 if slanted else 0,
            ha="left" if slanted else "center",
            color=INK,
        )
        axes.set_yticks([i + 0.5 for i in range(size)], names, color=INK)
        drawn.text(
            left / width, 1 - 4 / height, "answered as", color=MUTED, va="top", fontsize=SIZE - 1
        )
        drawn.text(
            4 / width,
            1 - (top + cell * size / 2) / height,
            "truth",
            color=MUTED,
            rotation=90,
            va="center",
            fontsize=SIZE - 1,
        )
        return svg(drawn, label=_spoken(counts, classes), name="confusion")


def pairs_chart(counts: Sequence[Sequence[int]], classes: Sequence[str], *, most: int = 20) -> str:
    """The pairs truth -> answer with the most mistakes, as bars with their counts; SVG."""
    pairs = worst_pairs(counts, most)
    with styled():
        height = 22.0 * max(len(pairs), 1) + 12
        drawn = figure(480, height)
        axes = drawn.add_axes((0.46, 4 / height, 0.30, 1 - 8 / height))
        for row, (i, _, count) in enumerate(pairs):
            axes.barh([row], [count], height=0.62, color=COLOURS["dev"], alpha=0.85)
            fraction = f"  {100 * count / sum(counts[i]):.0f}% of its {sum(counts[i]):,}"
            axes.annotate(
                f"{count:,}{fraction}",
                (count, row),
                xytext=(5, 0),
                textcoords="offset points",
                va="center",
                color=MUTED,
                fontsize=SIZE - 1,
                annotation_clip=False,
            )
        quiet(axes, grid="")
        axes.spines["bottom"].set_visible(False)
        axes.set_xticks([])
        axes.set_yticks(
            range(len(pairs)),
            [f"{clean(classes[i], 15)} → {clean(classes[j], 15)}" for i, j, _ in pairs],
            color=INK,
        )
        axes.set_ylim(max(len(pairs), 1) - 0.5, -0.5)
        return svg(drawn, label=_spoken(counts, classes), name="confusion")


def worst_pairs(counts: Sequence[Sequence[int]], most: int) -> list[tuple[int, int, int]]:
    """(truth, answer, count) of the most frequent mistakes; ties in the order of the classes."""
    found = [
        (i, j, count)
        for i, row in enumerate(counts)
        for j, count in enumerate(row)
        if i != j and count
    ]
    return sorted(found, key=lambda pair: (-pair[2], pair[0], pair[1]))[:most]


def _draw_cells(axes: Axes, counts: Sequence[Sequence[int]], *, small: bool) -> None:
    from matplotlib.collections import PatchCollection
    from matplotlib.colors import to_rgba
    from matplotlib.patches import Rectangle

    squares, colours = [], []
    for i, row in enumerate(counts):
        for j, count in enumerate(row):
            colour, alpha = _shade(count, sum(row), right=i == j)
            squares.append(Rectangle((j + 0.03, i + 0.03), 0.94, 0.94))
            colours.append(to_rgba(colour, alpha))
            if count:
                axes.text(
                    j + 0.5,
                    i + 0.52,
                    f"{count}",
                    ha="center",
                    va="center",
                    color="white" if alpha > 0.55 else INK,
                    fontsize=SIZE - (3 if small or count > 9999 else 1),
                )
    # all at once: each square by itself took longer than the rest of the picture
    axes.add_collection(PatchCollection(squares, facecolors=colours, linewidths=0), autolim=False)


def _shade(count: int, total: int, *, right: bool) -> tuple[str, float]:
    """The colour of a cell, and how opaque it is."""
    if not count:
        return FAINT, 0.5
    if right:
        return COLOURS["train"], 0.10 + 0.80 * count / total
    return ALARM, min(0.85, 0.12 + 2.2 * count / total)


def _spoken(counts: Sequence[Sequence[int]], classes: Sequence[str]) -> str:
    total, right = sum(map(sum, counts)), sum(row[i] for i, row in enumerate(counts))
    pairs = ", ".join(
        f"{clean(classes[i], 20)} as {clean(classes[j], 20)} {count} times"
        for i, j, count in worst_pairs(counts, 3)
    )
    return f"{right:,} of {total:,} answers are right" + (
        f"; most confused: {pairs}." if pairs else "."
    )
