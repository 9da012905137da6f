"""Numbers summed up, of any size; and what are none."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any


@dataclass(frozen=True)
class NumberSummary:
    """A summary of numbers."""

    count: int
    mean: float
    deviation: float
    low: float
    high: float


def summary(values: Sequence[Any]) -> NumberSummary | None:
    """The summary of values; None where there are none, or one is no number."""
    if not values or not all(isinstance(value, Real) for value in values):
        return None
    return numbers(values)


def numbers(values: Sequence[float]) -> NumberSummary:
    """Count, mean, deviation (of the population), low and high."""
    parts, unit = scaled(values)
    mean = math.fsum(parts) / len(parts)
    deviation = math.sqrt(math.fsum((part - mean) ** 2 for part in parts) / len(parts))
    return NumberSummary(len(values), mean * unit, deviation * unit, min(values), max(values))


def scaled(values: Sequence[float]) -> tuple[list[float], float]:
    """The values over a power of two, which is exact: none is above 2, so no square overflows."""
    _, exponent = math.frexp(max(map(abs, values)))
    unit = math.ldexp(1.0, exponent - 1)
    return [value / unit for value in values], unit


def from_counts(counts: Any) -> NumberSummary:
    """A summary of whole numbers from how often each of 0, 1, ... occurs."""
    total = int(counts.sum())
    pairs = [(value, int(count)) for value, count in enumerate(counts) if count]
    mean = sum(value * count for value, count in pairs) / total
    deviation = math.sqrt(sum((value - mean) ** 2 * count for value, count in pairs) / total)
    return NumberSummary(total, mean, deviation, pairs[0][0], pairs[-1][0])


def no_numbers(kind: Any) -> str:
    """What an array of this numpy type holds in place of numbers, and what to do; to follow what it
    is called.
    """
    if kind.kind == "c":
        return (
            "holds complex numbers: give the real and the imaginary part as two channels, or the"
            " absolute value"
        )
    held = "text" if kind.kind in "SU" else str(kind)
    return f"holds {held} where numbers are expected"
