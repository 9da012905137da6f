"""What is searched: each knob on the scale on which equal steps matter equally (notes 2.3.2)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from netwright.base.figures import setting

Scale = Literal["linear", "log", "one_minus_log", "choice"]
SCALES: tuple[Scale, ...] = ("linear", "log", "one_minus_log", "choice")
NAMES = {"linear": "linear", "log": "log", "one_minus_log": "log of 1 - value", "choice": "choice"}


@dataclass(frozen=True)
class Dimension:
    """One knob's range. Points are spread evenly over its *coordinate*.

    The coordinate of x is x (linear), log10 x (log), -log10(1 - x) (one_minus_log), or the place
    among the choices.

    Args:
        key: the knob, ``optimizer.lr``.
        low, high: the ends, both included; 0 for a choice.
        integer: whole numbers; each, the ends too, stands for the coordinates nearest to it.
        layers: above 0, the value stands for a list of so many equal numbers (units of hidden
            layers).
        choices: the values of a choice.
        when: (another knob, its values): searched only where that knob has one of these values.
    """

    key: str
    low: float = 0.0
    high: float = 0.0
    scale: Scale = "linear"
    integer: bool = False
    layers: int = 0
    choices: tuple[Any, ...] = ()
    when: tuple[str, tuple[Any, ...]] | None = None

    @property
    def ends(self) -> tuple[float, float]:
        """The coordinates of the two ends."""
        if self.scale == "choice":
            return 0.0, float(len(self.choices) - 1)
        half = 0.499 if self.integer else 0.0
        return _forward(self.low - half, self.scale), _forward(self.high + half, self.scale)

    def value(self, coordinate: float) -> Any:
        """The value at a coordinate, to four digits; coordinates beyond the ends give the ends."""
        if self.scale == "choice":
            return self.choices[min(len(self.choices) - 1, max(0, round(coordinate)))]
        raw = _backward(coordinate, self.scale)
        if self.integer:
            whole = int(min(self.high, max(self.low, round(raw))))
            return [whole] * self.layers if self.layers else whole
        short = (
            1 - float(f"{1 - raw:.4g}") if self.scale == "one_minus_log" else float(f"{raw:.4g}")
        )
        return min(self.high, max(self.low, round(short, 12)))

    def coordinate(self, value: Any) -> float:
        """The coordinate of a value."""
        if self.scale == "choice":
            return float(self.choices.index(value))
        return _forward(float(value[0] if isinstance(value, list | tuple) else value), self.scale)

    def unit(self, value: Any) -> float:
        """Where a value lies between the ends: 0 at the low one, 1 at the high one."""
        low, high = self.ends
        return (
            min(1.0, max(0.0, (self.coordinate(value) - low) / (high - low))) if high > low else 0.5
        )

    def between(self, low: float, high: float) -> Dimension:
        """The same knob between two coordinates."""
        if self.scale == "choice":
            return self
        if self.integer:
            ends = [
                max(1, round(_backward(end, self.scale))) if self.scale == "log" else round(end)
                for end in (low, high)
            ]
            return replace(self, low=float(ends[0]), high=float(max(ends[0] + 1, ends[1])))
        short = [_backward(end, self.scale) for end in (low, high)]
        if self.scale == "one_minus_log":
            short = [1 - float(f"{1 - end:.3g}") for end in short]
            return replace(self, low=round(short[0], 12), high=round(short[1], 12))
        return replace(self, low=float(f"{short[0]:.3g}"), high=float(f"{short[1]:.3g}"))

    def description(self) -> str:
        """``0.0001 to 0.1, log``; ``relu, tanh``."""
        if self.scale == "choice":
            return ", ".join(setting(value) for value in self.choices)
        whole = ", whole numbers" if self.integer else ""
        return f"{setting(self.low)} to {setting(self.high)}{whole}, {NAMES[self.scale]}"


Space = tuple[Dimension, ...]


def active(dimension: Dimension, values: Mapping[str, Any]) -> bool:
    """Whether a knob is searched, given the values of those before it."""
    if dimension.when is None:
        return True
    key, wanted = dimension.when
    return key in values and values[key] in wanted


def ordered(space: Sequence[Dimension]) -> Space:
    """The same knobs, each after the one that it depends on."""
    done: list[Dimension] = []
    left = list(space)
    while left:
        ready = [
            knob
            for knob in left
            if knob.when is None or knob.when[0] in {other.key for other in done}
        ]
        if not ready:
            raise ValueError(f"a ring of conditions among {', '.join(knob.key for knob in left)}")
        done += ready
        left = [knob for knob in left if knob not in ready]
    return tuple(done)


def grid(space: Space, most: int) -> list[dict[str, float]]:
    """At most ``most`` points (knob -> coordinate), evenly over every range; every choice is taken.

    Conditional knobs make points only where they are searched.
    """
    counts = {knob.key: len(knob.choices) if knob.scale == "choice" else 1 for knob in space}
    ranged = [knob for knob in space if knob.scale != "choice"]
    points = _grid(space, counts)
    growing = True
    while growing:
        growing = False
        for knob in ranged:
            if knob.integer and counts[knob.key] > knob.high - knob.low:
                continue
            more = _grid(space, {**counts, knob.key: counts[knob.key] + 1})
            if len(more) <= most:
                counts[knob.key] += 1
                points, growing = more, True
    return points


def _grid(space: Space, counts: Mapping[str, int]) -> list[dict[str, float]]:
    points: list[dict[str, float]] = [{}]
    for knob in space:
        low, high = knob.ends
        steps = counts[knob.key]
        coordinates = (
            [low + (high - low) * k / (steps - 1) for k in range(steps)]
            if steps > 1
            else [(low + high) / 2]
        )
        grown = []
        for point in points:
            values = {
                other.key: other.value(point[other.key]) for other in space if other.key in point
            }
            grown += (
                [{**point, knob.key: coordinate} for coordinate in coordinates]
                if active(knob, values)
                else [point]
            )
        points = grown
    return points


def dump(space: Space) -> list[dict[str, Any]]:
    """Plain values that JSON can hold."""
    return [asdict(knob) for knob in space]


def load(values: Sequence[Mapping[str, Any]]) -> Space:
    """The space that ``dump`` wrote, after JSON."""
    return tuple(
        Dimension(
            **{
                **entry,
                "choices": tuple(entry["choices"]),
                "when": None
                if entry["when"] is None
                else (entry["when"][0], tuple(entry["when"][1])),
            }
        )
        for entry in values
    )


def _forward(x: float, scale: Scale) -> float:
    if scale == "log":
        return math.log10(x)
    return -math.log10(1 - x) if scale == "one_minus_log" else x


def _backward(coordinate: float, scale: Scale) -> float:
    if scale == "log":
        return float(10.0**coordinate)
    return float(1 - 10.0**-coordinate) if scale == "one_minus_log" else coordinate
