"""How a diagnosis would change a knob: written beside the knob, read by the doctor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

Remedy = Literal[
    "bigger net",
    "longer training",
    "better optimizer",
    "another net",
    "less regularization",
    "more regularization",
    "more augmentation",
    "kept weights",
    "larger dev set",
    "vanishing gradient",
    "exploding layer",
    "dead units",
    "saturated units",
]
"""What a knob can be changed for; the doctor says which gap or finding each is good against."""


@dataclass(frozen=True)
class Either:
    """Several new values, of which each is worth a try."""

    values: tuple[Any, ...]

    def __str__(self) -> str:
        return ", or ".join(f"{value:.2g}" for value in self.values)


@dataclass(frozen=True)
class Turn:
    """A change of a knob.

    Args:
        remedy: what it is changed for.
        move: the present value -> the new one; None: no further.
        blind: the new value, in words, of a knob that is left at ``auto`` and read all the same;
            empty: one that is ``auto`` once the recipe is complete is not read.
        beside: another knob that must be read too (a value other than ``auto``); empty: none.
    """

    remedy: Remedy
    move: Callable[[Any], Any]
    blind: str = ""
    beside: str = ""


def times(factor: float, *, most: float, start: float | None = None) -> Callable[[Any], Any]:
    """Multiply up to ``most``; from 0 or nothing, go to ``start``; a list is left to its author."""

    def move(value: Any) -> Any:
        if isinstance(value, list | tuple):
            return None
        if not value:
            return start
        changed = min(most, value * factor)
        return None if changed <= value else type(value)(float(f"{changed:.3g}"))

    return move


def less(factor: float) -> Callable[[Any], Any]:
    """Divide what is above 0, each of a list."""

    def move(value: Any) -> Any:
        if isinstance(value, list | tuple):
            return [float(f"{one / factor:.3g}") for one in value] if any(value) else None
        return float(f"{value / factor:.3g}") if value else None

    return move


def for_width() -> tuple[Turn]:
    """Of how wide a layer is."""
    return (Turn("bigger net", times(2, most=1024)),)


def for_dropout(most: float = 0.5) -> tuple[Turn, Turn]:
    """Of a fraction that is dropped, to at most ``most``."""
    return (
        Turn("less regularization", less(2)),
        Turn("more regularization", times(1.5, most=most, start=0.2)),
    )


def only(old: tuple[Any, ...], new: Any) -> Callable[[Any], Any]:
    """``new`` where one of ``old`` stands."""
    return lambda value: new if value in old else None


def always(new: Any) -> Callable[[Any], Any]:
    """``new`` wherever another value stands."""
    return lambda value: None if value == new else new


def twice_each(value: Any) -> Any:
    """Every entry of a list doubled."""
    return [2 * entry for entry in value] or None


def both_ways(value: Any) -> Either:
    """Three times as much, or a third."""
    return Either((float(f"{3 * value:.2g}"), float(f"{value / 3:.2g}")))


SMALLER = 20
"""A smaller step is the range of a knob, on its scale, over this."""


def nudged(value: Any, low: float, high: float, scale: str, way: Literal[1, -1]) -> Any:
    """A knob's value a smaller step up or down its range; None: no further, or it lies outside.

    >>> nudged(0.01, 1e-5, 0.3, "log", 1), nudged(8, 1, 200, "log", -1)
    (0.0167, 6)
    """
    if isinstance(value, list | tuple):
        each = [nudged(one, low, high, scale, way) for one in value]
        return None if None in each or not each else each
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        return None
    if scale == "log":
        moved = _short(value * (high / low) ** (way / SMALLER))
    elif scale == "one_minus_log":
        moved = 1 - _short((1 - value) * ((1 - high) / (1 - low)) ** (way / SMALLER))
    else:
        moved = _short(value + way * (high - low) / SMALLER)
    inside = min(high, max(low, round(moved, 12)))
    new = round(inside) if isinstance(value, int) else inside
    return None if new == value else new


def _short(value: float) -> float:
    return float(f"{value:.3g}")
