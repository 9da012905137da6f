"""A computation graph as an SVG picture (计算图, notes 1.2.5): values above the edges, derivatives below them.

Time runs to the right: a step stands right of all it needs. From top to bottom, the inputs stand in the order in which
the result asks for them, and each step between those that it is made of.
"""

from __future__ import annotations

from html import escape
from typing import Any

import numpy as np

from netwright.principles.expressions import Graph
from netwright.principles.graph import Walk

Array = np.ndarray[Any, Any]

FORWARD, BACKWARD = "#1f5fa8", "#b3261e"
_ROW, _HIGH, _MARGIN, _GAP = 84.0, 38.0, 24.0, 110.0  # pixels: between rows, of a box, around, between columns
_LETTER = 8.2  # pixels a letter of a box takes, at most


def svg(walk: Walk) -> str:
    """The picture as the text of an SVG file.

    Args:
        walk: a graph with its values and derivatives, from ``graph.walk``.
    """
    graph = walk.graph
    labels = [step.name if step.name == step.text else f"{step.name} = {step.text}" for step in graph.steps]
    boxes = [max(44.0, _LETTER * len(label) + 20.0) for label in labels]
    columns = _columns(graph)
    rows = _rows(graph, columns)
    left = _lefts(columns, boxes)
    y = [_MARGIN + _HIGH / 2 + row * _ROW for row in rows]
    width = left[-1] + boxes[-1] + _GAP + _MARGIN
    height = max(y) + _HIGH / 2 + 58.0
    parts = _edges(walk, left, boxes, y)
    parts += [_box(x, middle, box, label) for x, middle, box, label in zip(left, y, boxes, labels, strict=True)]
    parts += _end(walk, left[-1] + boxes[-1], y[-1])
    name = graph.steps[-1].name
    parts.append(_label(_MARGIN, height - 14.0, "value, forward", FORWARD, "start"))
    parts.append(_label(_MARGIN + 190.0, height - 14.0, f"derivative of {name}, backward", BACKWARD, "start"))
    width = max(width, 480.0)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}" font-family="sans-serif" font-size="14">',
            f"<title>Computation graph of {escape(labels[-1])}: {escape(name)} is {escape(written(walk.values[-1]))}</title>",
            '<rect width="100%" height="100%" fill="white"/>',
            *parts,
            "</svg>",
            "",
        ]
    )


def written(value: Array, digits: int = 4) -> str:
    """A value for the eye: a number, ``[1 2; 3 4]`` for a small matrix, the shape of a larger one."""
    value = value + 0.0  # -0 is 0
    if value.ndim == 0:
        return f"{float(value):.{digits}g}"
    if value.size > 6:
        return " x ".join(map(str, value.shape))
    return "[" + "; ".join(" ".join(f"{number:.{digits}g}" for number in row) for row in value) + "]"


def _columns(graph: Graph) -> list[int]:
    """The column of each step: right of all that it needs, and directly left of the first that needs it."""
    depth: list[int] = []
    for step in graph.steps:
        depth.append(1 + max((depth[source] for source in step.inputs), default=-1))
    found = [max(depth)] * len(depth)
    for at in range(len(depth) - 1, -1, -1):
        for source in graph.steps[at].inputs:
            found[source] = min(found[source], found[at] - 1)
    return found


def _rows(graph: Graph, columns: list[int]) -> list[float]:
    """The row of each step: inputs one below the other, steps in the middle of their inputs, none on another."""
    rows: list[float | None] = [None] * len(graph.steps)
    free = 0.0
    waiting = list(range(len(graph.steps)))  # from the last step back, so that the result's inputs come first
    order: dict[int, None] = {}
    while waiting:
        at = waiting.pop()
        if at not in order:
            order[at] = None
            waiting.extend(reversed(graph.steps[at].inputs))
    for at in order:
        if not graph.steps[at].inputs:
            rows[at], free = free, free + 1.0
    for at, step in enumerate(graph.steps):
        if step.inputs:
            rows[at] = float(np.mean([rows[source] or 0.0 for source in step.inputs]))
    known = [row or 0.0 for row in rows]
    for column in set(columns):
        below = -1.0
        for at in sorted((at for at, c in enumerate(columns) if c == column), key=lambda at: known[at]):
            known[at] = max(known[at], below + 1.0)
            below = known[at]
    return known


def _lefts(columns: list[int], boxes: list[float]) -> list[float]:
    """The left end of each box: boxes of a column begin together."""
    widest = [max(box for box, c in zip(boxes, columns, strict=True) if c == column) for column in range(max(columns) + 1)]  # fmt: skip
    starts = [_MARGIN + sum(widest[:column]) + _GAP * column for column in range(len(widest))]
    return [starts[column] + (widest[column] - box) / 2 for column, box in zip(columns, boxes, strict=True)]


def _edges(walk: Walk, left: list[float], boxes: list[float], y: list[float]) -> list[str]:
    parts = []
    for at, step in enumerate(walk.graph.steps):
        for number, source in enumerate(step.inputs):
            x1, y1 = left[source] + boxes[source], y[source]
            x2, y2 = left[at], y[at] + 16.0 * (number - (len(step.inputs) - 1) / 2)
            bend = (x2 - x1) / 2
            parts.append(f'<path d="M{x1:.1f},{y1:.1f} C{x1 + bend:.1f},{y1:.1f} {x2 - bend:.1f},{y2:.1f} {x2:.1f},{y2:.1f}" fill="none" stroke="#777"/>')  # fmt: skip
            share = 0.5 if step.inputs.count(source) == 1 else (0.3, 0.7)[number]  # a*a: two edges, two places
            x = x1 + (x2 - x1) * share
            middle = y1 + (y2 - y1) * share * share * (3 - 2 * share)
            parts.append(_label(x, middle - 5.0, written(walk.values[source]), FORWARD))
            if (at, number) in walk.along:
                parts.append(_label(x, middle + 15.0, written(walk.along[at, number]), BACKWARD))
    return parts


def _end(walk: Walk, x: float, y: float) -> list[str]:
    """The result leaves to the right, and dJ/dJ = 1 comes back."""
    return [
        f'<path d="M{x:.1f},{y:.1f} h{_GAP - 30.0:.1f}" stroke="#777"/>',
        _label(x + (_GAP - 30.0) / 2, y - 5.0, written(walk.values[-1]), FORWARD),
        _label(x + (_GAP - 30.0) / 2, y + 15.0, written(walk.derivatives[-1]), BACKWARD),
    ]


def _box(x: float, y: float, box: float, label: str) -> str:
    return (
        f'<rect x="{x:.1f}" y="{y - _HIGH / 2:.1f}" width="{box:.1f}" height="{_HIGH:.0f}" rx="7" fill="#f4f4f1" stroke="#444"/>'
        + _label(x + box / 2, y + 5.0, label, "#222")
    )


def _label(x: float, y: float, text: str, colour: str, anchor: str = "middle") -> str:
    halo = ' stroke="white" stroke-width="4" paint-order="stroke"' if colour != "#222" else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}"{halo}>{escape(text)}</text>'
