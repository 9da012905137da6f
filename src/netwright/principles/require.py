"""What a formula requires of its letters: shapes, ranges. One sentence names the wrong one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


def shape(name: str, array: Array, expected: Sequence[int | None], formula: str) -> None:
    """The array has the expected shape; None stands for any length.

    Args:
        name: the letter, as in the notes: ``W[2]``.
        formula: where it stands: ``Z[2] = W[2] A[1] + b[2]``.

    Raises:
        ValueError: it has another shape.
    """
    found = np.shape(array)
    fits = len(found) == len(expected) and all(
        e in (None, f) for e, f in zip(expected, found, strict=True)
    )
    if not fits:
        wanted = (
            "("
            + ", ".join("any" if e is None else str(e) for e in expected)
            + ("," if len(expected) == 1 else "")
            + ")"
        )
        raise ValueError(f"{name} has the shape {found}, but {formula} expects {wanted}.")


def between(
    name: str,
    value: float | Array,
    low: float,
    high: float,
    *,
    open_low: bool = False,
    open_high: bool = False,
) -> None:
    """Every number lies between low and high (ends included unless they are open).

    Raises:
        ValueError: one does not, or is NaN.
    """
    array = np.asarray(value, dtype=float)
    below = array <= low if open_low else array < low
    above = array >= high if open_high else array > high
    wrong = below | above | np.isnan(array)
    if wrong.any():
        ends = f"{'(' if open_low else '['}{low:g}, {high:g}{')' if open_high else ']'}"
        raise ValueError(f"{name} holds {array[wrong].flat[0]:g}: expected numbers in {ends}.")


def count(name: str, value: float, least: int) -> None:
    """The number is whole, and at least so much.

    Raises:
        ValueError: it is not.
    """
    if not (least <= value < np.inf and value == int(value)):
        raise ValueError(f"{name} is {value}: expected a whole number of {least} or more.")


def binary(name: str, array: Array) -> None:
    """Every number is 0 or 1.

    Raises:
        ValueError: one is not.
    """
    wrong = (array != 0) & (array != 1)
    if wrong.any():
        raise ValueError(
            f"{name} holds {np.asarray(array)[wrong].flat[0]:g}: expected labels 0 and 1."
        )
