"""How many examples show a difference, and how small a one they can show (notes 2.1.1, 3.1.6)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from netwright.base.errors import NetwrightError
from netwright.base.figures import shorten
from netwright.base.typed_numbers import LARGEST_COUNT
from netwright.metrics.intervals import wilson, z_of

POWER80 = 0.8416212335729143
"""The standard normal quantile at 0.8."""

FINEST = 1e-6
"""The smallest difference to plan for: it takes some 10^12 examples."""


@dataclass(frozen=True)
class SizePlan:
    """What it takes to see a difference of ``resolve`` near ``error``.

    Args:
        error, resolve, confidence: as given, each a fraction.
        disagree: the fraction of examples on which two models differ, assumed for paired sets.
        independent: examples in each of two sets of different examples.
        paired: examples in one set on which both models are judged.
        independent_80, paired_80: the same, to see a true difference of that size four times in
            five.
        half_width: half of the interval of one set of ``independent`` examples.
    """

    error: float
    resolve: float
    confidence: float
    disagree: float
    independent: int
    paired: int
    independent_80: int
    paired_80: int
    half_width: float

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


@dataclass(frozen=True)
class Reach:
    """What ``have`` examples can show near ``error``.

    Args:
        low, high: the interval of the error itself.
        independent: the smallest visible difference between two such sets of different examples.
        paired: the same for two models judged on these very examples; None: none that there can be,
            as the two are no further apart than the fraction on which they differ.
    """

    error: float
    have: int
    confidence: float
    disagree: float
    low: float
    high: float
    independent: float
    paired: float | None

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def plan(
    *,
    error: float,
    resolve: float,
    confidence: float = 0.95,
    disagree: float | None = None,
    typed: Mapping[str, str] | None = None,
) -> SizePlan:
    """How many examples show a difference of ``resolve``.

    Independent sets: n = z^2 2 p (1 - p) / d^2 each. Paired: n = z^2 (q - d^2) / d^2, q the
    fraction of examples on which the two models differ. At these sizes a true difference of d is
    seen every second time; for four times in five z becomes z + 0.84.

    Args:
        error: p, about the error rate expected, above 0 and below 1.
        resolve: d, the difference to see, at least 1e-6 and below 1.
        confidence: of the interval that must leave 0.
        disagree: q; by default p: two models then have half of their mistakes in common.
        typed: name -> how a person typed it, for the sentence of an error.

    Raises:
        NetwrightError: a fraction outside its range, or fewer disagreements than the difference
            itself needs.
    """
    q, z = _checked(error, confidence, disagree, typed or {}), z_of(confidence)
    if not FINEST <= resolve < 1:
        raise NetwrightError(
            f"{_as_typed('resolve', resolve, typed or {})}: expected a difference of at least"
            f" {FINEST:g} and below 1, such as 0.01."
        )
    if q < resolve:
        by, rate = (
            (typed or {}).get(name) or f"{value:g}"
            for name, value in (("resolve", resolve), ("error", error))
        )
        differ = f"two models whose errors differ by {by} disagree on at least that fraction"
        if disagree is None:
            raise NetwrightError(
                f"--resolve {by}: {differ} of the examples, and without --disagree they are taken"
                f" to disagree on the error, {rate}: resolve less, or add --disagree {by} or more."
            )
        raise NetwrightError(
            f"{_as_typed('disagree', q, typed or {})}: {differ} of the examples; give at least"
            " that."
        )
    independent = independent_count(error, resolve, z)
    return SizePlan(
        error=error,
        resolve=resolve,
        confidence=confidence,
        disagree=q,
        independent=independent,
        paired=paired_count(q, resolve, z),
        independent_80=independent_count(error, resolve, z + POWER80),
        paired_80=paired_count(q, resolve, z + POWER80),
        half_width=_half(error, independent, z),
    )


def reach(
    *,
    error: float,
    have: int,
    confidence: float = 0.95,
    disagree: float | None = None,
    typed: Mapping[str, str] | None = None,
) -> Reach:
    """How small a difference ``have`` examples can show: the formulas of ``plan``, solved for d.

    Raises:
        NetwrightError: a fraction outside its range, or fewer than one example or more than 10^15.
    """
    q, z = _checked(error, confidence, disagree, typed or {}), z_of(confidence)
    if not 1 <= have <= LARGEST_COUNT:
        raise NetwrightError(
            f"--have {shorten(str(have), 40)}: expected a whole number of examples, from 1 to"
            " 10^15."
        )
    low, high = wilson(error * have, have, z=z)
    return Reach(
        error=error,
        have=have,
        confidence=confidence,
        disagree=q,
        low=low,
        high=high,
        independent=min(1.0, z * math.sqrt(2 * error * (1 - error) / have)),
        paired=seen if (seen := z * math.sqrt(q / (have + z * z))) <= q * (1 + 1e-9) else None,
    )


def independent_count(error: float, resolve: float, z: float) -> int:
    """z^2 2 p (1 - p) / d^2, rounded up."""
    return max(1, math.ceil(z * z * 2 * error * (1 - error) / resolve**2 - 1e-9))


def paired_count(disagree: float, resolve: float, z: float) -> int:
    """z^2 (q - d^2) / d^2, rounded up."""
    return max(1, math.ceil(z * z * (disagree - resolve**2) / resolve**2 - 1e-9))


def _checked(
    error: float, confidence: float, disagree: float | None, typed: Mapping[str, str]
) -> float:
    """The fraction of disagreements to assume."""
    if not 0 < error < 1:
        raise NetwrightError(
            f"{_as_typed('error', error, typed)}: expected an error rate above 0 and below 1,"
            " such as 0.1."
        )
    if not 0 < confidence < 1:
        raise NetwrightError(
            f"{_as_typed('confidence', confidence, typed)}: expected a fraction between 0 and 1,"
            " such as 0.95."
        )
    if disagree is None:
        return error
    if not 0 < disagree <= 1:
        raise NetwrightError(
            f"{_as_typed('disagree', disagree, typed)}: expected a fraction above 0, at most 1."
        )
    return disagree


def _as_typed(name: str, value: float, typed: Mapping[str, str]) -> str:
    return f"--{name} {typed.get(name) or f'{value:g}'}"


def _half(error: float, n: int, z: float) -> float:
    low, high = wilson(error * n, n, z=z)
    return (high - low) / 2
