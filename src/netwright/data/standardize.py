"""Numbers that a net reads or learns, standardized; those that no float can hold are refused."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from netwright.base.errors import DataError
from netwright.base.typed_numbers import LARGEST_FIGURE

Floats = np.ndarray[Any, np.dtype[np.float64]]

FARTHEST = 1e18
"""Deviations from the mean: the square of this many still fits into a float32."""


def check_deviation(mu: float, sigma: float) -> None:
    """See that numbers can be standardized by these, which may come from a file.

    Raises:
        ValueError: mu is not finite, or sigma is no finite number above 0.
    """
    if not math.isfinite(mu):
        raise ValueError(f"a finite mu, not {mu:g}")
    if not 0 < sigma < math.inf:
        raise ValueError(f"a finite sigma above 0, not {sigma:g}")


def check_size(values: Floats, name: Callable[[int], str]) -> None:
    """Refuse numbers whose mean and deviation cannot be worked out.

    Args:
        values: (N,) numbers; those that are not finite are passed over.
        name: place -> what the number is called in the message.

    Raises:
        DataError: one is larger than 1e100, or smaller than -1e100.
    """
    wrong = np.flatnonzero(np.isfinite(values) & (np.abs(values) > LARGEST_FIGURE))
    if len(wrong):
        at = int(wrong[0])
        raise DataError(
            f"{name(at)} is {values[at]:g}: expected numbers from {-LARGEST_FIGURE:g} to"
            f" {LARGEST_FIGURE:g}; mend it, or give all of them in a larger unit."
        )


def standardized(values: Floats, mu: float, sigma: float, name: Callable[[int], str]) -> Floats:
    """(N,) float64 (value - mu) / sigma, 0 for values that are not finite.

    Args:
        name: place -> what the number is called in the message.

    Raises:
        DataError: a value lies farther off than a float32 can hold when it is squared.
    """
    with np.errstate(over="ignore"):
        scaled = (np.where(np.isfinite(values), values, mu) - mu) / sigma
    wrong = np.flatnonzero(np.abs(scaled) > FARTHEST)
    if len(wrong):
        at = int(wrong[0])
        raise DataError(
            f"{name(at)} is {values[at]:g}: expected numbers like those of training, {mu:g} with a"
            f" deviation of {sigma:g}; mend it."
        )
    return scaled
