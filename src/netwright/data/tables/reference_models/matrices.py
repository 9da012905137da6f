"""Rows of a table as scikit-learn's models read them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from netwright.data.tables.exact import nameless
from netwright.data.times import DAY

if TYPE_CHECKING:
    import polars as pl

MOST_CATEGORIES = 1000
"""Of a column: each is a column of its own to a line."""

MOST_IN_TREES = 255
"""Of a column: what scikit-learn's trees take as categories."""

PLAIN_PARTS: Mapping[str, Callable[[pl.Series], pl.Series]] = {
    "days": lambda dates: dates.dt.timestamp("ms") / DAY,
    "month": lambda dates: dates.dt.month(),
    "weekday": lambda dates: dates.dt.weekday(),
    "hour": lambda dates: (dates.dt.timestamp("ms") % DAY) * 24 / DAY,
}
"""What a date is taken apart into: plain numbers, which trees cut where they want; a net gets its
rounds as sine and cosine (``date_parts``)."""


@dataclass(frozen=True)
class NumberInput:
    """A column of numbers, with what is known of it in training.

    Args:
        part: of a column of dates, of ``PLAIN_PARTS``; empty: the numbers themselves.
    """

    name: str
    part: str
    mu: float
    sigma: float
    marked: bool


@dataclass(frozen=True)
class WordInput:
    """A column of categories, the most frequent in training first."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Columns:
    """The columns that hold anything in the rows that are learned from."""

    numbers: tuple[NumberInput, ...]
    words: tuple[WordInput, ...]

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.numbers) + len(self.words)

    def for_trees(self, frame: pl.DataFrame) -> np.ndarray:
        """(N, C): numbers as they are, then categories by their places; missing and rare is NaN."""
        numbers = [_values(frame[column.name], column.part) for column in self.numbers]
        words = [_places(frame[one.name], one.values[:MOST_IN_TREES]) for one in self.words]
        return np.stack([*numbers, *words], axis=1)

    def for_lines(self, frame: pl.DataFrame) -> Any:
        """(N, D): numbers standardized, with a mark where one is missing, and a column of zeros and
        ones for each category; sparse where there are categories.
        """
        found = np.stack([*self._standardized(frame)] or [np.zeros(len(frame))], axis=1)
        if not self.words:
            return found
        from scipy import sparse

        parts = [_one_hot(frame[one.name], one.values) for one in self.words]
        return sparse.hstack([sparse.csr_matrix(found), *parts], format="csr")

    def _standardized(self, frame: pl.DataFrame) -> Iterator[np.ndarray]:
        for column in self.numbers:
            values = _values(frame[column.name], column.part)
            missing = np.isnan(values)
            yield np.where(missing, 0.0, (values - column.mu) / column.sigma)
            if column.marked:
                yield missing.astype(float)


def fit(frame: pl.DataFrame) -> Columns:
    """What is known of the columns of these rows."""
    import polars as pl

    numbers, words = list[NumberInput](), list[WordInput]()
    for column in frame.get_columns():
        if column.dtype.is_numeric():
            numbers += _known(column, [""])
        elif column.dtype in (pl.Date, pl.Datetime):
            numbers += _known(column, PLAIN_PARTS)
        elif often := _most_frequent(column):
            words.append(WordInput(column.name, often))
    return Columns(tuple(numbers), tuple(words))


def _known(column: pl.Series, parts: Iterable[str]) -> Iterator[NumberInput]:
    """Its parts of which some row holds a number."""
    for part in parts:
        values = _values(column, part)
        known = values[~np.isnan(values)]
        if len(known):
            gaps, sigma = len(known) < len(values), float(known.std())
            yield NumberInput(column.name, part, float(known.mean()), sigma or 1.0, gaps)


def _values(column: pl.Series, part: str) -> np.ndarray:
    """(N,) float64; what is missing or infinite is NaN."""
    import polars as pl

    column = nameless(column)
    if part:
        column = PLAIN_PARTS[part](column.cast(pl.Datetime("ms")))
    values = column.cast(pl.Float64, strict=False).fill_null(float("nan")).to_numpy()
    return np.where(np.isfinite(values), values, np.nan)


def _most_frequent(column: pl.Series) -> tuple[str, ...]:
    import polars as pl

    counts = nameless(column).cast(pl.String).drop_nulls().value_counts().iter_rows()
    often = sorted(counts, key=lambda pair: (-pair[1], pair[0]))
    return tuple(word for word, _ in often[:MOST_CATEGORIES])


def _places(column: pl.Series, values: tuple[str, ...]) -> np.ndarray:
    """(N,) float64: the place among ``values``, NaN for anything else."""
    import polars as pl

    found = (
        nameless(column)
        .cast(pl.String)
        .replace_strict(
            list(values), list(range(len(values))), default=None, return_dtype=pl.Float64
        )
    )
    return found.fill_null(float("nan")).to_numpy()


def _one_hot(column: pl.Series, values: tuple[str, ...]) -> Any:
    from scipy import sparse

    places = _places(column, values)
    rows = np.flatnonzero(~np.isnan(places))
    held = (np.ones(len(rows)), (rows, places[rows].astype(int)))
    return sparse.csr_matrix(held, shape=(len(places), len(values)))
