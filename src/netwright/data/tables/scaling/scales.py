"""How a number of a table becomes one that a net reads: standardized, or by its place among those
of training.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from statistics import NormalDist
from typing import TypeAlias

import numpy as np

from netwright.data.standardize import Floats, check_deviation, standardized

STEPS = 128
"""Parts of equal weight in which a column's values are cut for its scores."""

PLACES = np.linspace(0, 1, STEPS + 1)
"""Where the borders of these parts lie."""

FARTHEST_SCORE = 3.0
"""Of the smallest and the largest value of training."""


@dataclass(frozen=True)
class NumberScale:
    """A numeric column: (value - mu) / sigma, missing values filled with mu.

    ``marked``: a second column is 1 where a value is missing.
    """

    name: str
    mu: float
    sigma: float
    marked: bool

    def __post_init__(self) -> None:
        check_deviation(self.mu, self.sigma)

    def scaled(self, values: Floats, name: Callable[[int], str]) -> Floats:
        """(N,) float64, 0 for values that are not finite.

        Args:
            name: place -> what the number is called in the message.

        Raises:
            DataError: a value lies too far off.
        """
        return standardized(values, self.mu, self.sigma, name)


@dataclass(frozen=True)
class NumberScores:
    """A numeric column by where a value lies among those of training: its normal score, from -3 to
    3.

    Heavy tails and strays lose their pull, and no value lies far off (Gorishniy et al. 2021,
    "Revisiting deep learning models for tabular data", section 4.3, on quantile preprocessing).

    Args:
        name: of the column.
        values: at most 129 quantiles of the training values, rising.
        scores: of each; straight lines lie between them, and beyond the ends the score stays.
        marked: whether a second column is 1 where a value is missing; its score is 0.
    """

    name: str
    values: tuple[float, ...]
    scores: tuple[float, ...]
    marked: bool

    def __post_init__(self) -> None:
        if not self.values or len(self.values) != len(self.scores):
            raise ValueError(
                f"as many scores as values, one at least, not {len(self.scores)} and"
                f" {len(self.values)}"
            )
        if not all(map(math.isfinite, self.values + self.scores)):
            raise ValueError("finite values and scores")
        if any(b <= a for a, b in zip(self.values, self.values[1:], strict=False)):
            raise ValueError("rising values")

    def scaled(self, values: Floats, name: Callable[[int], str]) -> Floats:
        """(N,) float64, 0 for values that are not finite."""
        known = np.isfinite(values)
        return np.where(known, np.interp(np.where(known, values, 0), self.values, self.scores), 0)

    @classmethod
    def of(cls, name: str, known: Floats, *, marked: bool) -> NumberScores:
        """Of (N,) finite values of training, or of a sample of them; none may be there.

        The score of the quantile q is that of a normal distribution; equal values have the mean of
        theirs.
        """
        if not len(known):
            return cls(name, (0.0,), (0.0,), marked)
        values, at = np.unique(np.quantile(known, PLACES), return_inverse=True)
        scores = np.bincount(at, _scores_of_places()) / np.bincount(at)
        return cls(name, tuple(values.tolist()), tuple(scores.tolist()), marked)


def normal_scores(places: Sequence[float] | Floats) -> Floats:
    """The quantiles of a normal distribution at places from 0 to 1, cut at -3 and 3."""
    normal = NormalDist()
    end = normal.cdf(-FARTHEST_SCORE)
    return np.array([normal.inv_cdf(min(max(place, end), 1 - end)) for place in places])


@cache
def _scores_of_places() -> Floats:
    """The scores of all places, the same for each column."""
    return normal_scores(PLACES)


NumberColumn: TypeAlias = NumberScale | NumberScores


@dataclass(frozen=True)
class Spread:
    """What mean and deviation of a column follow from.

    The sum of two parts' is that of both (Chan, Golub, LeVeque 1983).

    Args:
        rows: all; known: those with a finite value.
        mean: of the known values; squares: the sum of (value - mean)^2.
    """

    rows: int = 0
    known: int = 0
    mean: float = 0.0
    squares: float = 0.0

    @classmethod
    def of(cls, values: Floats) -> Spread:
        """Of (N,) values; those that are not finite are not known."""
        known = values[np.isfinite(values)]
        mean = float(known.mean()) if len(known) else 0.0
        return cls(len(values), len(known), mean, float(np.square(known - mean).sum()))

    def __add__(self, other: Spread) -> Spread:
        known = self.known + other.known
        if not known:
            return Spread(self.rows + other.rows)
        apart = other.mean - self.mean
        return Spread(
            self.rows + other.rows,
            known,
            self.mean + apart * other.known / known,
            self.squares + other.squares + apart**2 * self.known * other.known / known,
        )

    @property
    def marked(self) -> bool:
        """Whether a value is missing."""
        return self.known < self.rows

    def scale(self, name: str) -> NumberScale:
        """Of the column called ``name``."""
        sigma = math.sqrt(self.squares / self.known) if self.known else 1.0
        return NumberScale(name, self.mean, sigma if sigma > 1e-12 else 1.0, self.marked)
