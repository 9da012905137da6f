"""What the error of people may be, by the metric that it is held against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from netwright.base.errors import NetwrightError
from netwright.base.typed_numbers import LARGEST_FIGURE
from netwright.contract import Metric
from netwright.doctor.gaps.ladder import Rung
from netwright.runs.human_levels import HumanError, HumanLevel, levels_of


def first_known(metric: Metric, *given: tuple[str, HumanError | None]) -> tuple[HumanLevel, ...]:
    """The levels of people that were given first, checked; empty where none are known.

    Args:
        metric: the run's single number.
        given: (what its error message begins with, levels), those that win first.

    Raises:
        NetwrightError: a figure is no number, or outside the metric's range: 0 to 1 for a fraction,
            else finite, and at least 0 where less is better.
    """
    for place, one in given:
        levels = levels_of(one, place)
        for level in levels:
            _check(level, metric, f"{place}: {level.name}" if level.name else place)
        if levels:
            return levels
    return ()


def _check(level: HumanLevel, metric: Metric, place: str) -> None:
    if metric.unit == "fraction":
        low, high, expected = 0.0, 1.0, "a fraction from 0 to 1, such as 0.01"
    elif metric.better == "lower":
        low, high, expected = 0.0, LARGEST_FIGURE, "a finite number, 0 or more"
    else:
        low, high, expected = -LARGEST_FIGURE, LARGEST_FIGURE, "a finite number"
    if not low <= level.figure <= high:
        raise NetwrightError(
            f"{place} = {level.typed or repr(level.figure)}: expected the {metric.name} of people,"
            f" {expected}."
        )


def rungs_of(levels: Sequence[HumanLevel], *, flipped: bool) -> list[Rung]:
    """The levels as rungs.

    Args:
        flipped: True where the figures are a metric of which more is better, and no fraction.
    """
    found = [_flipped(level) if flipped else level for level in levels]
    return [
        Rung("human", level.figure, level.n, level.low, level.high, by=level.name)
        for level in found
    ]


def _flipped(level: HumanLevel) -> HumanLevel:
    low, high = (None if end is None else -end for end in (level.high, level.low))
    return replace(level, figure=-level.figure, low=low, high=high)
