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
        return ", or ".join(
            value if isinstance(value, str) else f"{value:.2g}" for value in self.values
        )


@dataclass(frozen=True)
class Turn:
    """A change of a knob.

    Args:
        remedy: what it is changed for.
        move: the present value -> the new one; None: no further.
        blind: the new value, in words, of a knob that is left at ``auto`` and read all the same;
            empty: one that is ``auto`` once the recipe is complete is not read.
        beside: another knob that must be read too (a value other than ``auto``); empty: none.
        least, below: the numbers of that knob between which it is turned.
    """

    remedy: Remedy
    move: Callable[[Any], Any]
    blind: str = ""
    beside: str = ""
    least: float | None = None
    below: float | None = None

    def suits(self, beside: Any) -> bool:
        """Whether it is made where the other knob has this value."""
        return (
            beside != "auto"
            and (self.least is None or beside >= self.least)
            and (self.below is None or beside < self.below)
        )


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
