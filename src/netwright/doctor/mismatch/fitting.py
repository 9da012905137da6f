"""Which steps, and how strong, bring the statistics of one source to those of another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np

from netwright.contract import SynthesisStep
from netwright.metrics.distances import Columns, Floats, distance, quantiles, scales

Settings: TypeAlias = dict[str, float]
"""Key of a knob -> its value."""

STARTS, MOST_STARTS = 4, 10
"""Places in the ranges from which all steps are searched for at once; of a distance above ``NEAR``
at most so many.
"""

BEST = 3
"""Of the places found, that are searched around once more."""

NEAR = 0.15
"""Deviations that the two may lie apart, on average, where a search has found its way."""

MARGIN = 0.05
"""Of a range: how far off its ends a search begins, which would hold it."""

FINEST = 0.02
"""Of a range: how far a knob is moved to see what it does."""

EVALUATIONS = 10
"""Rounds of a search, at most; each sees what every knob does."""

SET_ANEW = 2
"""Of the steps that are needed least: so many are tried with the others set anew."""

LEAST_GAIN = 0.03
"""Of the distance at the beginning: what a step is to lessen it by, to be kept."""


class Fitting:
    """A search for settings by which changed inputs look like a target's.

    Args:
        statistics: settings -> the statistics of the inputs, changed so.
        target: what they are to become.
        start: the settings that are there.
    """

    def __init__(
        self, statistics: Callable[[Settings], Columns], target: Columns, start: Settings
    ) -> None:
        self._statistics, self._target, self._start = statistics, target, start
        self._by = scales(statistics(start), target, apart=True)

    def best(self, steps: Sequence[SynthesisStep]) -> Settings:
        """All steps at once, then those that are needed: ``near`` and ``needed``."""
        return self.needed(steps, self.near(steps))

    def near(self, steps: Sequence[SynthesisStep]) -> Settings:
        """All steps at once by least squares of the quantiles, from several places.

        Source: Branch, Coleman and Li 1999 (least squares within bounds).
        """
        free, start = list(steps), self._start
        rng = np.random.default_rng(0)
        tried = [start]
        for at in range(MOST_STARTS if free else 0):
            if at >= STARTS and self.distance(tried[0]) <= NEAR:
                break
            place = rng.random(len(free)) * bool(at)  # the first: nothing changed
            tried = sorted([*tried, self._search(free, start, place)], key=self.distance)
        self._scale(tried[0])
        return min([self._set_anew(free, one) for one in tried[:BEST]], key=self.distance)

    def needed(self, steps: Sequence[SynthesisStep], near: Settings) -> Settings:
        """Those of the steps without which the distance is not about as small: the least needed are
        given up first.

        Args:
            near: settings of them all.
        """
        free, found = list(steps), near
        self._scale(near)
        least = LEAST_GAIN * min(1.0, self.distance(self._start))
        while free:
            most = self.distance(found) + least
            fewer, rest = self._fewer(free, found, most)
            if self.distance(fewer) > most:
                break
            free, found = rest, fewer
        return self._set_anew(free, found)

    def distance(self, settings: Settings) -> float:
        """The mean distance of the statistics to the target's."""
        return distance(self._statistics(settings), self._target, self._by)

    def _scale(self, near: Settings) -> None:
        """Count what is left, which is small, in deviations of its own; what varies no longer, as
        it is there as in the target (every mark removed), counts on as before.
        """
        self._by = {**self._by, **scales(self._statistics(near), self._target)}

    def _set_anew(self, free: Sequence[SynthesisStep], found: Settings) -> Settings:
        if not free:
            return found
        there = [(found[one.key] - one.low) / (one.high - one.low) for one in free]
        return min(found, self._search(free, found, np.array(there)), key=self.distance)

    def _search(self, free: Sequence[SynthesisStep], start: Settings, place: Floats) -> Settings:
        """Settings near a place, (K,) from 0 to 1 across the range of each step that is free."""
        from scipy.optimize import least_squares

        low = np.array([step.low for step in free])
        wide = np.array([step.high for step in free]) - low
        keys = [step.key for step in free]
        wanted = quantiles(self._target, self._by)

        def settings(at: Floats) -> Settings:
            values = low + (at - 1) * wide
            return start | {key: _short(value) for key, value in zip(keys, values, strict=True)}

        def missed(at: Floats) -> Floats:
            return quantiles(self._statistics(settings(at)), self._by) - wanted

        # from 1 to 2 across a range: a part of the value is nearly that part of the range
        ends: Any = (1 - 1e-9, 2 + 1e-9)
        found = least_squares(
            missed, 1 + np.clip(place, MARGIN, 1 - MARGIN), bounds=ends, diff_step=FINEST,
            loss="soft_l1", xtol=2e-3, ftol=2e-3, max_nfev=EVALUATIONS,
        )  # fmt: skip
        return settings(np.clip(found.x, 1, 2))

    def _fewer(
        self, free: Sequence[SynthesisStep], found: Settings, most: float
    ) -> tuple[Settings, list[SynthesisStep]]:
        """The settings without the step that is needed least, and the steps that are left; these
        are set anew where the distance would be above ``most``.
        """
        options = [
            ({**found, one.key: self._start[one.key]}, [other for other in free if other != one])
            for one in free
        ]
        options.sort(key=lambda option: self.distance(option[0]))
        if self.distance(options[0][0]) <= most or len(free) == 1:
            return options[0]
        again = [(self._set_anew(rest, less), rest) for less, rest in options[:SET_ANEW]]
        return min(again, key=lambda option: self.distance(option[0]))


def _short(value: float) -> float:
    """As a person types it."""
    return float(f"{value:.3g}") if abs(value) >= 1e-3 else 0.0
