"""What a learning curve says of more data, and how far its law was off where that is known."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from netwright.metrics.paired import Floats
from netwright.studies.points import DrawnErrors
from netwright.studies.power_law import FEWEST, PowerLaw, fit

BENT = 0.1
"""How far a law may be off, of the error and for each doubling that a size lies below the largest:
laws hold nearby, and small parts may not even be trained alike.
"""

TAILS = (2.5, 97.5)
"""Percentiles of the draws that a 95% interval lies between."""


@dataclass(frozen=True)
class HeldOut:
    """The law of the smaller sizes, tested on the largest.

    Args:
        size: the largest.
        measured, foretold: its error, and what the law says.
        miss: the one less the other: above 0 where the law said too much.
        low, high: the 95% interval of the miss, by the noise of both alone.
    """

    size: float
    measured: float
    foretold: float
    miss: float
    low: float
    high: float

    @property
    def beyond_noise(self) -> bool:
        """Whether the law is off by more than noise."""
        return not self.low <= 0 <= self.high


@dataclass(frozen=True)
class Forecast:
    """What twice the data would give.

    Args:
        size: twice the largest.
        error, low, high: expected there, with the 95% interval.
        gain, gain_low, gain_high: how much less than at the largest size.
        since, fell, fell_low, fell_high: an earlier size, two doublings below where sizes double,
            and how much the measured error fell from there to the largest.
        a, b, c: of the law, ``a + b (n / largest)^-c``.
        held_out: None where there are too few sizes to hold one out.
    """

    size: float
    error: float
    low: float
    high: float
    gain: float
    gain_low: float
    gain_high: float
    since: float
    fell: float
    fell_low: float
    fell_high: float
    a: float
    b: float
    c: float
    held_out: HeldOut | None

    def at(self, size: float) -> float:
        """The law's error at a size."""
        return self.a + float(self.b * (2 * size / self.size) ** -self.c)

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)

    @property
    def falls(self) -> bool:
        """Whether the error fell at the end beyond noise: the law alone never rises."""
        return self.fell_low > 0

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Forecast:
        """A forecast from what ``as_json`` gave."""
        held = values["held_out"]
        return cls(**{**values, "held_out": None if held is None else HeldOut(**held)})


def forecast(draws: DrawnErrors, *, floor: bool) -> Forecast | None:
    """What twice the data would give; None where there are too few sizes.

    Where the law of the smaller sizes missed the largest by more than noise, the interval is wider
    by that miss on either side.

    Args:
        floor: whether an error is at least 0.
    """
    if len(draws.sizes) < FEWEST:
        return None
    here = _fit(draws, slice(None), draws.errors[None], floor=floor)
    drawn = _fit(draws, slice(None), draws.drawn, floor=floor)
    largest, held = float(draws.sizes[-1]), held_out(draws, floor=floor)
    size = 2 * largest
    error, gain = float(here.at(size)[0]), float((here.at(largest) - here.at(size))[0])
    slack = abs(held.miss) if held is not None and held.beyond_noise else 0.0
    low, high = _interval(drawn.at(size), error, slack)
    less, more = _interval(drawn.at(largest) - drawn.at(size), gain, slack)
    a, b, c = (float(part[0]) for part in (here.a, here.b, here.c))
    least = 0.0 if floor else -np.inf
    low = max(low, least)
    fell = _fall(draws)
    return Forecast(size, error, low, high, gain, less, more, *fell, a, b, c, held)


def _fall(draws: DrawnErrors) -> tuple[float, float, float, float]:
    """A size before the largest, and how much the error fell since, with its interval."""
    at = max(0, len(draws.sizes) - 3)
    fell = float(draws.errors[at] - draws.errors[-1])
    low, high = _interval(draws.drawn[:, at] - draws.drawn[:, -1], fell, 0.0)
    return float(draws.sizes[at]), fell, low, high


def held_out(draws: DrawnErrors, *, floor: bool) -> HeldOut | None:
    """How far the law of the smaller sizes misses the largest; None where they are too few."""
    if len(draws.sizes) <= FEWEST:
        return None
    largest, smaller = float(draws.sizes[-1]), slice(None, -1)
    here = _fit(draws, smaller, draws.errors[None], floor=floor)
    drawn = _fit(draws, smaller, draws.drawn, floor=floor)
    measured, foretold = float(draws.errors[-1]), float(here.at(largest)[0])
    low, high = _interval(drawn.at(largest) - draws.drawn[:, -1], foretold - measured, 0.0)
    return HeldOut(largest, measured, foretold, foretold - measured, low, high)


def _fit(draws: DrawnErrors, some: slice, errors: Floats, *, floor: bool) -> PowerLaw:
    # of many draws, what the points leave open of c, too
    generator = np.random.default_rng(0) if len(errors) > 1 else None
    sizes, noise = draws.sizes[some], draws.noise[some]
    bent = BENT * np.log2(sizes[-1] / sizes) * np.abs(draws.errors[some])
    noise = np.hypot(noise, bent)
    return fit(sizes, errors[:, some], noise, floor=floor, generator=generator)


def _interval(drawn: Floats, here: float, slack: float) -> tuple[float, float]:
    low, high = (float(end) for end in np.percentile(drawn, TAILS))
    return min(low, here) - slack, max(high, here) + slack
