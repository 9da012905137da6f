"""How levels, sizes and intervals are written: percentages and points, or plain figures."""

from __future__ import annotations

import math
from dataclasses import dataclass

from netwright.base.figures import decimals, readable


@dataclass(frozen=True)
class FigureFormat:
    """Writes the figures of one metric.

    Args:
        unit: ``fraction`` for proportions, else the figure's own unit (may be empty).
        flipped: True when the figures came in with their sign changed.
    """

    unit: str = "fraction"
    flipped: bool = False

    def level(self, error: float) -> str:
        """A rung: ``8.8%``, ``0.31 m``."""
        if self.unit == "fraction":
            return f"{100 * error:.{decimals(100 * error, self.unit)}f}%"
        return f"{readable(-error if self.flipped else error)} {self.unit}".rstrip()

    def level_range(self, low: float, high: float) -> str:
        """A rung's interval: ``8.7% to 9.5%``."""
        ends = (high, low) if self.flipped and self.unit != "fraction" else (low, high)
        return f"{self.level(ends[0])} to {self.level(ends[1])}"

    def size(self, size: float) -> str:
        """A gap with its unit: ``8.3 points``, ``0.04 m``."""
        return f"{self.number(size)} {'points' if self.unit == 'fraction' else self.unit}".rstrip()

    def number(self, size: float, *, like: float | None = None) -> str:
        """A gap without its unit: ``8.3``; with as many decimals as ``like`` has."""
        model = size if like is None else like
        factor = 100 if self.unit == "fraction" else 1
        text = f"{factor * size:,.{decimals(factor * model, self.unit)}f}"
        return text if text.strip("-0.") else text.removeprefix("-")

    def signed(self, size: float, low: float | None, high: float | None) -> str:
        """A gap for a table: ``+8.3 ± 0.1``; ± is half the interval's width."""
        number = self.number(size)
        text = number if number.startswith("-") or size == 0 else f"+{number}"
        return (
            text
            if low is None or high is None
            else f"{text} ± {self.number((high - low) / 2, like=size)}"
        )

    def sized(self, size: float, low: float | None, high: float | None) -> str:
        """A gap with its interval: ``8.3 points (8.2 to 8.4)``."""
        if low is None or high is None:
            return self.size(size)
        return (
            f"{self.size(size)} ({self.number(low, like=size)} to {self.number(high, like=size)})"
        )


def count(number: int) -> str:
    """``20,000``."""
    return f"{number:,}"


def round_up(number: float) -> int:
    """To two significant digits, upwards: 6,915 -> 7,000; a plan is no measurement."""
    if number <= 10:
        return max(1, math.ceil(number))
    step = 10 ** (math.floor(math.log10(number)) - 1)
    return int(math.ceil(number / step - 1e-9) * step)
