"""That a run's probabilities are not what they say, and what one temperature would do about it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from netwright.base.findings import Finding
from netwright.metrics import temperature
from netwright.metrics.calibration import Calibration, calibration

CODE = "NW119"

LEVEL = 0.01
"""What p lies below where probabilities are said to be off."""

LEAST = 0.02
"""An expected calibration error of less is small enough for any use."""

FEWEST = 100
"""Answers: of fewer nothing is said."""

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class Stated:
    """What a run states of dev.

    Args:
        probability: (N,) of its answers.
        right: (N,) whether they are.
        weights: (N,) how much each counts; None: all alike.
        smoothing: the fraction of the truth that training spread over all classes: it makes a net
            that learned what it was taught less sure than it is right by so much.
        whole: () -> (N, K) the probabilities of all labels, (N,) the place of the right one, and
            the rows of two halves; read only where they are needed.
    """

    probability: Array
    right: Array
    weights: Array | None
    smoothing: float
    whole: Callable[[], tuple[Array, Array, tuple[list[int], list[int]]]]


@dataclass(frozen=True)
class Cooled:
    """What one temperature does, fitted on one half of dev and measured on the other, both ways.

    Args:
        temperature: the mean of the two.
        error: the expected calibration error with it.
        before, after: the log loss.
        gain, low, high: by how much the log loss falls, with its 95% interval.
    """

    temperature: float
    error: float
    before: float
    after: float
    gain: float
    low: float
    high: float


def find(
    stated: Stated | None, command: str | None, muted: Collection[str] = frozenset()
) -> tuple[Finding, ...]:
    """What is to say of the probabilities.

    Args:
        stated: None where the answers state none.
        command: that trains anew with a temperature; None where there is one already, or the
            system knows none.
        muted: codes to leave out.
    """
    if CODE in muted or stated is None or len(stated.right) < FEWEST:
        return ()
    found = calibration(stated.probability, stated.right, stated.weights)
    if found.error < LEAST or found.p >= LEVEL or _is_by_design(stated, found):
        return ()
    cooled = cooled_by_halves(stated)
    helps = cooled.low > 0
    do = ["the probabilities order the answers, and no more: set no threshold by them alone"]
    if command is not None and helps:
        do.insert(0, f"one temperature for all of them, set on dev after training: {command}")
    figures = {
        "error": found.error,
        "low": found.low,
        "high": found.high,
        "noise": found.noise,
        "n": found.n,
        "stated": found.stated,
        "right": found.right,
        "temperature": cooled.temperature,
        "error_with_temperature": cooled.error,
        "log_loss": cooled.before,
        "log_loss_with_temperature": cooled.after,
    }
    return (
        Finding(CODE, f"{_off(found)} {_with(cooled, helps=helps)}", figures, tuple(do), "note"),
    )


def _is_by_design(stated: Stated, found: Calibration) -> bool:
    """Whether the net is less sure than it is right, and by no more than label smoothing makes it,
    of K classes (1 - 1 / K) of what is spread, and what is small enough for any use.
    """
    if not stated.smoothing or found.stated > found.right:
        return False
    classes = stated.whole()[0].shape[1]
    return bool(found.error <= LEAST + stated.smoothing * (1 - 1 / classes))


def _off(found: Calibration) -> str:
    gap = found.stated - found.right
    which = "too sure" if gap > 0.005 else "not sure enough" if gap < -0.005 else "off"
    return (
        f"The probabilities are {which}: {100 * found.stated:.1f}% is stated and"
        f" {100 * found.right:.1f}% is right; the expected calibration error is"
        f" {100 * found.error:.1f}% ({100 * found.low:.1f}-{100 * found.high:.1f}), of which noise"
        f" would be {100 * found.noise:.1f}% at most."
    )


def _with(cooled: Cooled, *, helps: bool) -> str:
    figures = (
        f"a temperature of {cooled.temperature:.2g}, fitted on one half of dev and measured on the"
        f" other, brings it to {100 * cooled.error:.1f}% and the log loss from {cooled.before:.3f}"
        f" to {cooled.after:.3f}"
    )
    return f"{figures[0].upper()}{figures[1:]}." if helps else "No single temperature mends that."


def cooled_by_halves(stated: Stated) -> Cooled:
    """What one temperature does where it was not fitted."""
    probabilities, truth, halves = stated.whole()
    weights = np.ones(len(truth)) if stated.weights is None else stated.weights
    after, chosen = np.empty_like(probabilities, dtype=float), []
    for rows, other in (halves, halves[::-1]):
        chosen.append(temperature.fitted(probabilities[other], truth[other], weights[other]))
        after[rows] = temperature.scaled(probabilities[rows], chosen[-1])
    every = np.arange(len(truth))
    before = temperature.scaled(probabilities, 1.0)
    losses = [-np.log(np.maximum(one[every, truth], temperature.TINY)) for one in (before, after)]
    gains = losses[0] - losses[1]
    mean = float(np.average(gains, weights=weights))
    spread = np.sqrt((weights**2 * (gains - mean) ** 2).sum()) / weights.sum()
    right = after.argmax(axis=1) == truth
    return Cooled(
        float(np.mean(chosen)),
        calibration(after.max(axis=1), right, stated.weights, rounds=1).error,
        float(np.average(losses[0], weights=weights)),
        float(np.average(losses[1], weights=weights)),
        mean,
        mean - 1.96 * float(spread),
        mean + 1.96 * float(spread),
    )
