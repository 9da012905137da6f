"""Dates as a net reads them: time gone by, and where in the year, the week and the day they lie."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from netwright.data.standardize import check_deviation, standardized
from netwright.data.times import DAY

if TYPE_CHECKING:
    import polars as pl

LEAST_SPREAD = 1e-9
"""Below, a part of the training dates is the same in all of them, and left out."""


def _turn(place: Callable[[pl.Series], pl.Series], length: float) -> Mapping[str, Any]:
    """Sine and cosine of a place in a round of this length, so that its end lies by its start."""

    def angle(dates: pl.Series) -> np.ndarray:
        found: np.ndarray = place(dates).cast(float).to_numpy() * (2 * math.pi / length)
        return found

    return {"sin": lambda dates: np.sin(angle(dates)), "cos": lambda dates: np.cos(angle(dates))}


def _parts() -> dict[str, Callable[[pl.Series], np.ndarray]]:
    rounds = {
        "month": _turn(lambda dates: dates.dt.month().cast(float) - 1, 12),
        "weekday": _turn(lambda dates: dates.dt.weekday().cast(float) - 1, 7),
        "hour": _turn(lambda dates: (dates.dt.timestamp("ms") % DAY).cast(float) / (DAY / 24), 24),
    }
    plain: dict[str, Callable[[pl.Series], np.ndarray]] = {
        "elapsed": lambda dates: dates.dt.timestamp("ms").cast(float).to_numpy() / DAY,
        "year": lambda dates: dates.dt.year().cast(float).to_numpy(),
    }
    return plain | {
        f"{name} {way}": part for name, ways in rounds.items() for way, part in ways.items()
    }


PARTS = _parts()
"""What a date is taken apart into: days since 1970, year, and month, weekday and hour (with its
minutes) as sine and cosine.
"""


@dataclass(frozen=True)
class DatePart:
    """One part of a column of dates, (value - mu) / sigma; a missing date has the mean."""

    part: str
    mu: float
    sigma: float

    def __post_init__(self) -> None:
        check_deviation(self.mu, self.sigma)


@dataclass(frozen=True)
class DateColumn:
    """A column of dates.

    ``marked``: a last number is 1 where a date is missing.
    """

    name: str
    parts: tuple[DatePart, ...]
    marked: bool

    @property
    def width(self) -> int:
        """How many numbers a date is."""
        return len(self.parts) + self.marked

    def raw(self, dates: pl.Series) -> list[np.ndarray]:
        """(N,) float64 of each part as it is, and 1 where a date is missing, if that is marked."""
        found = [PARTS[part.part](dates) for part in self.parts]
        return [*found, dates.is_null().to_numpy().astype(float)] if self.marked else found

    def scaled(self, values: Iterator[np.ndarray], cell: Callable[[int], str]) -> list[np.ndarray]:
        """The next of ``values``, which ``raw`` gave, as the net reads them.

        Args:
            cell: row -> what its date is called in a message.

        Raises:
            DataError: a date lies far beyond those of training.
        """
        found = [standardized(next(values), part.mu, part.sigma, cell) for part in self.parts]
        return [*found, next(values)] if self.marked else found


def parts_of(dates: pl.Series) -> dict[str, np.ndarray]:
    """Part -> (N,) values; NaN where a date is missing."""
    return {name: part(dates) for name, part in PARTS.items()}
