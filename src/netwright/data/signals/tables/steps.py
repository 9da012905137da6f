"""When the steps of series are, and whether they are all of one size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from netwright.base.figures import counted, duration
from netwright.data.packed import Floats

EVEN = 0.01
"""Parts of a step by which one may be longer or shorter than the others."""


@dataclass(frozen=True)
class StepNumbers:
    """When each step of some series is.

    Args:
        values: (M,) numbers, whatever they stand for; of dates seconds, or months where each is at
            the same moment of its month.
        unit: ``seconds``, ``months`` or empty.
    """

    values: Floats
    unit: str = ""

    def in_words(self, size: float) -> str:
        """How long so much of it is."""
        if self.unit == "months":
            return counted(round(size), "month")
        if self.unit == "seconds":
            return duration(size) if size >= 60 else f"{size:.6g} s"
        return f"{size:.6g}"


def step_times(times: np.ndarray[Any, Any]) -> StepNumbers:
    """Numbers or datetime64, as numbers."""
    if times.dtype.kind != "M":
        return StepNumbers(times.astype(np.float64))
    months = times.astype("datetime64[M]")
    if len(np.unique(times - months)) == 1 and len(np.unique(months)) > 1:
        return StepNumbers(months.astype(np.int64).astype(np.float64), "months")
    return StepNumbers((times - times.min()) / np.timedelta64(1, "s"), "seconds")


def even(times: StepNumbers, first: np.ndarray[Any, Any]) -> tuple[float, tuple[int, str] | None]:
    """The size of a step, 0 where no series has two; and of the first one that is of another size
    its place and what is wrong with it.

    Args:
        times: of series after series, each in its order.
        first: (M,) whether a series begins.
    """
    later = np.flatnonzero(~first)
    gaps = times.values[later] - times.values[later - 1]
    if not len(gaps):
        return 0.0, None
    if len(twice := later[gaps == 0]):
        return 0.0, (int(twice[0]), "comes twice: expected each step once")
    step = float(np.sort(gaps)[(len(gaps) - 1) // 2])
    parts = gaps / step
    odd = np.flatnonzero(np.abs(parts - 1) > EVEN)
    if not len(odd):
        return step, None
    gap, whole = float(gaps[odd[0]]), round(float(parts[odd[0]]))
    wrong = f"comes {times.in_words(gap)} after the step before it, and most steps are"
    wrong += f" {times.in_words(step)}: "
    if whole > 1 and abs(parts[odd[0]] - whole) <= EVEN * whole:
        wrong += f"{counted(whole - 1, 'step')} missing; fill in what is, or leave the series out"
    else:
        wrong += "expected all of one size; bring the series to one first"
    return step, (int(later[odd[0]]), wrong)
