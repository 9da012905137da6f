"""A computation graph as SVG (计算图, notes 1.2.5): values above the edges, derivatives below.

Time runs to the right: a step stands right of all it needs. From top to bottom, the inputs stand in
the order in which the result asks for them, and each step between those that it is made of. A value
that is used further on runs past the columns between as a wire with a place of its own, so that no
line leads through a box. Constants have no box: J = 3*V shows its 3, and no derivative goes back to
it, nor to a step of constants alone, such as -2.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import numpy as np

from netwright.principles.expressions import Graph
from netwright.principles.graph import Walk

Array = np.ndarray[Any, Any]
# each step that is drawn, by its number, and the steps it is made of
Sources = Mapping[int, Sequence[int]]
Columns = Mapping[int, int]  # step -> column, counted from the left
# (step, column) -> row at which its box, or its wire, crosses the column
Rows = Mapping[tuple[int, int], float]

FORWARD, BACKWARD = "#1f5fa8", "#b3261e"
# pixels: between rows, of a box, around, between columns at least
_ROW, _HIGH, _MARGIN, _GAP = 84.0, 38.0, 24.0, 110.0
_LETTER = 8.2  # pixels a letter of a box takes, at most


def svg(walk: Walk) -> str:
    """The picture as the text of an SVG file.

    Args:
        walk: a graph with its values and derivatives, from ``graph.walk``.
    """
    steps, last = walk.graph.steps, len(walk.graph.steps) - 1
    sources = _sources(walk.graph)
    columns = _columns(sources)
    y = {key: _MARGIN + _HIGH / 2 + row * _ROW for key, row in _rows(sources, columns).items()}
    labels = {
        at: steps[at].name if steps[at].op == "input" else f"{steps[at].name} = {steps[at].text}"
        for at in sources
    }
    boxes = {at: max(44.0, _LETTER * len(label) + 20.0) for at, label in labels.items()}
    texts = [written(value) for value in (*walk.values, *walk.along.values())]
    gap = max(_GAP, 30.0 + 7.5 * max(map(len, texts)))
    ends = _ends(columns, boxes, gap)
    parts = _wires(columns, boxes, ends, y) + _edges(walk, sources, columns, boxes, ends, y)
    parts += [
        _box(sum(ends[columns[at]]) / 2, y[at, columns[at]], boxes[at], labels[at])
        for at in sources
    ]
    parts += _result(
        walk, (sum(ends[columns[last]]) + boxes[last]) / 2, y[last, columns[last]], gap
    )
    name, width, height = (
        steps[last].name,
        max(480.0, ends[-1][1] + gap),
        max(y.values()) + _HIGH / 2 + 58.0,
    )
    parts.append(_label(_MARGIN, height - 14.0, "value, forward", FORWARD, "start"))
    parts.append(
        _label(_MARGIN + 190.0, height - 14.0, f"derivative of {name}, backward", BACKWARD, "start")
    )
    return "\n".join(
        [
            (
                f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}"'
                f' viewBox="0 0 {width:.0f} {height:.0f}" font-family="sans-serif" font-size="14">'
            ),
            (
                f"<title>Computation graph of {escape(labels[last])}: {escape(name)} is"
                f" {escape(written(walk.values[last]))}</title>"
            ),
            '<rect width="100%" height="100%" fill="white"/>',
            *parts,
            "</svg>",
            "",
        ]
    )


def written(value: Array, digits: int = 4) -> str:
    """A value for the eye: a number, a small matrix as ``[1 2; 3 4]``, the shape of a large one."""
    value = value + 0.0  # -0 is 0
    if value.ndim == 0:
        return f"{float(value):.{digits}g}"
    if value.size > 6:
        return " x ".join(map(str, value.shape))
    return (
        "[" + "; ".join(" ".join(f"{number:.{digits}g}" for number in row) for row in value) + "]"
    )


def _sources(graph: Graph) -> dict[int, list[int]]:
    """The steps that are drawn and what each is made of, constants left out."""
    steps = graph.steps
    return {
        at: [source for source in step.inputs if steps[source].op != "constant"]
        for at, step in enumerate(steps)
        if step.op != "constant"
    }


def _columns(sources: Sources) -> dict[int, int]:
    """The column of each step: right of all that it needs, left of the first that needs it."""
    depth: dict[int, int] = {}
    for at in sources:
        depth[at] = 1 + max((depth[source] for source in sources[at]), default=-1)
    found = dict.fromkeys(sources, max(depth.values()))
    for at in reversed(found):
        for source in sources[at]:
            found[source] = min(found[source], found[at] - 1)
    return found


def _rows(sources: Sources, columns: Columns) -> dict[tuple[int, int], float]:
    """Column by column: what a column holds stands as near as it can to where its inputs are."""
    first = _inputs(sources)
    crossing: list[list[int]] = [[] for _ in range(max(columns.values()) + 1)]
    until = dict(columns)
    for at, parts in sources.items():
        for source in parts:
            until[source] = max(until[source], columns[at] - 1)
    for at in sources:
        for column in range(columns[at], until[at] + 1):
            crossing[column].append(at)
    rows: dict[tuple[int, int], float] = {}
    for column, held in enumerate(crossing):
        wish = {at: _wish(at, column, sources, columns, first, rows) for at in held}
        placed: dict[int, float] = {}
        before = None
        for at in sorted(held, key=wish.__getitem__):
            boxes = columns[at] == column and (before is None or columns[before] == column)
            room = -np.inf if before is None else placed[before] + (1.0 if boxes else 0.6)
            placed[at] = max(wish[at], room)
            before = at
        shift = float(np.mean([wish[at] - placed[at] for at in held]))
        rows.update({(at, column): row + shift for at, row in placed.items()})
    top = min(rows.values())
    return {key: row - top for key, row in rows.items()}


def _wish(
    at: int, column: int, sources: Sources, columns: Columns, first: Mapping[int, float], rows: Rows
) -> float:
    """A wire goes straight on, a step stands in the middle of its inputs, an input at its turn."""
    if columns[at] < column:
        return rows[at, column - 1]
    return (
        float(np.mean([rows[source, column - 1] for source in sources[at]]))
        if sources[at]
        else first[at]
    )


def _inputs(sources: Sources) -> dict[int, float]:
    """The inputs one below the other, in the order in which the result asks for them."""
    waiting, order = list(sources), dict[int, None]()  # from the last step back
    while waiting:
        at = waiting.pop()
        if at not in order:
            order[at] = None
            waiting.extend(reversed(sources[at]))
    return {at: float(row) for row, at in enumerate(at for at in order if not sources[at])}


def _ends(columns: Columns, boxes: Mapping[int, float], gap: float) -> list[tuple[float, float]]:
    """Where each column begins and ends, from left to right: as wide as its widest box."""
    widest = [0.0] * (max(columns.values()) + 1)
    for at, column in columns.items():
        widest[column] = max(widest[column], boxes[at])
    found, begin = [], _MARGIN
    for wide in widest:
        found.append((begin, begin + wide))
        begin += wide + gap
    return found


def _wires(
    columns: Columns, boxes: Mapping[int, float], ends: Sequence[tuple[float, float]], y: Rows
) -> list[str]:
    """Each value that is used beyond the next column, past the columns between."""
    parts = []
    for at, column in sorted(y):
        if column > columns[at]:
            x = _leaves(at, column - 1, columns, boxes, ends)
            parts.append(_curve(x, y[at, column - 1], ends[column][0], y[at, column]))
            parts.append(
                f'<path d="M{ends[column][0]:.1f},{y[at, column]:.1f} H{ends[column][1]:.1f}"'
                ' stroke="#777"/>'
            )
    return parts


def _edges(
    walk: Walk,
    sources: Sources,
    columns: Columns,
    boxes: Mapping[int, float],
    ends: Sequence[tuple[float, float]],
    y: Rows,
) -> list[str]:
    """Each value into the step that uses it, and the derivative that comes back."""
    parts = []
    for at, inputs in sources.items():
        numbers = [
            number for number, source in enumerate(walk.graph.steps[at].inputs) if source in sources
        ]
        column = columns[at]
        for place, (number, source) in enumerate(zip(numbers, inputs, strict=True)):
            x1, y1 = _leaves(source, column - 1, columns, boxes, ends), y[source, column - 1]
            x2, y2 = (
                (sum(ends[column]) - boxes[at]) / 2,
                y[at, column] + 16.0 * (place - (len(inputs) - 1) / 2),
            )
            # a*a: two edges, two places
            t = 0.5 if inputs.count(source) == 1 else (0.3, 0.7)[place]
            x, middle = x1 + (x2 - x1) * t, y1 + (y2 - y1) * t * t * (3 - 2 * t)
            parts.append(_curve(x1, y1, x2, y2))
            parts.append(_label(x, middle - 5.0, written(walk.values[source]), FORWARD))
            if (at, number) in walk.along:
                parts.append(_label(x, middle + 15.0, written(walk.along[at, number]), BACKWARD))
    return parts


def _leaves(
    at: int,
    column: int,
    columns: Columns,
    boxes: Mapping[int, float],
    ends: Sequence[tuple[float, float]],
) -> float:
    """Where a value leaves a column: at the right side of its box, or at the end of its wire."""
    return (sum(ends[column]) + boxes[at]) / 2 if columns[at] == column else ends[column][1]


def _curve(x1: float, y1: float, x2: float, y2: float) -> str:
    middle = (x1 + x2) / 2
    return (
        f'<path d="M{x1:.1f},{y1:.1f} C{middle:.1f},{y1:.1f} {middle:.1f},{y2:.1f}'
        f' {x2:.1f},{y2:.1f}" fill="none" stroke="#777"/>'
    )


def _result(walk: Walk, x: float, y: float, gap: float) -> list[str]:
    """The result leaves to the right, and dJ/dJ = 1 comes back."""
    ones = np.ones_like(walk.values[-1])
    return [
        f'<path d="M{x:.1f},{y:.1f} h{gap - 30.0:.1f}" stroke="#777"/>',
        _label(x + (gap - 30.0) / 2, y - 5.0, written(walk.values[-1]), FORWARD),
        _label(x + (gap - 30.0) / 2, y + 15.0, written(ones), BACKWARD),
    ]


def _box(x: float, y: float, box: float, label: str) -> str:
    return (
        f'<rect x="{x - box / 2:.1f}" y="{y - _HIGH / 2:.1f}" width="{box:.1f}"'
        f' height="{_HIGH:.0f}" rx="7" fill="#f4f4f1" stroke="#444"/>'
        + _label(x, y + 5.0, label, "#222")
    )


def _label(x: float, y: float, text: str, colour: str, anchor: str = "middle") -> str:
    halo = ' stroke="white" stroke-width="4" paint-order="stroke"' if colour != "#222" else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
        f' fill="{colour}"{halo}>{escape(text)}</text>'
    )
