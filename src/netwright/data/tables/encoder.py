"""Rows of a table to tensors (notes 2.1.6).

Numbers are standardized, missing values filled and marked, categories numbered.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from netwright.base.errors import DataError, nearest
from netwright.contract import ColumnForm, Examples
from netwright.data.standardize import check_deviation, check_size, standardized
from netwright.data.tables.columns import as_form
from netwright.data.tables.date_parts import LEAST_SPREAD, DateColumn, DatePart, parts_of
from netwright.data.tables.exact import nameless
from netwright.data.tables.rows import is_rows

if TYPE_CHECKING:
    import torch

    from netwright.recipe import ImageOrRowRecipe

MOST_CATEGORIES = 1000
MOST_COUNTED = 20_000
DATE, NUMBER = ColumnForm("date"), ColumnForm("number")


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


@dataclass(frozen=True)
class Category:
    """A categorical column: index 1.. of a known value, 0 for a missing or unknown one."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class RowEncoder:
    """What turns a row into what the net reads: (N, D) float32, (N, K) int64 categories."""

    numbers: tuple[NumberScale, ...]
    categories: tuple[Category, ...]
    dates: tuple[DateColumn, ...] = ()
    kind: Literal["rows"] = "rows"

    @property
    def names(self) -> list[str]:
        """Of the columns that it reads."""
        names = [column.name for column in self.numbers]
        names += [column.name for column in self.categories]
        return names + [column.name for column in self.dates]

    @property
    def shape(self) -> tuple[int]:
        """(D,): the numeric columns, the parts of dates, and what marks missing values."""
        numbers = len(self.numbers) + sum(column.marked for column in self.numbers)
        return (numbers + sum(column.width for column in self.dates),)

    @property
    def cardinalities(self) -> tuple[int, ...]:
        """How many indices each categorical column has, the unknown one included."""
        return tuple(len(column.values) + 1 for column in self.categories)

    def encode(self, examples: Examples) -> tuple[torch.Tensor, ...]:
        """The tensors of these rows; computed in float64 and kept in float32.

        Raises:
            DataError: a column of the training data is not there, or a numeric one holds a word or
                a number far beyond those of training.
        """
        import torch

        if not is_rows(examples.inputs):
            raise DataError(
                "the inputs are images: the model was trained on rows of a table and expects rows."
            )
        frame = examples.inputs.frame
        for name in self.names:
            if name not in frame.columns:
                raise DataError(
                    f"column '{name}' is missing: the model was trained with"
                    f" it{nearest(name, frame.columns)}"
                )
        columns = []
        for column in self.numbers:
            values = numeric(frame[column.name])
            columns.append(
                standardized(values, column.mu, column.sigma, _cell(column.name, examples))
            )
            if column.marked:
                columns.append((~np.isfinite(values)).astype(float))
        for dated in self.dates:
            moments = as_form(nameless(frame[dated.name]), DATE)
            columns += dated.encode(moments, _cell(dated.name, examples))
        numbers = np.stack(columns, axis=1) if columns else np.zeros((len(examples), 0))
        tensors = [torch.from_numpy(numbers.astype(np.float32))]
        if self.categories:
            indices = [_indices(frame[column.name], column.values) for column in self.categories]
            tensors.append(torch.from_numpy(np.stack(indices, axis=1)))
        return tuple(tensors)

    def prepare(
        self, inputs: tuple[torch.Tensor, ...], recipe: ImageOrRowRecipe, draws: Any
    ) -> tuple[torch.Tensor, ...]:
        """The same tensors: rows are encoded ready to read."""
        return inputs


def fit_rows(train: Examples) -> RowEncoder:
    """Mu and sigma of the numeric columns, and the values of the others.

    At most 1,000 values a column are kept.

    Raises:
        DataError: a number is larger than 1e100.
    """
    spreads: dict[str, Spread] = {}
    counts: dict[str, dict[str, int]] = {}
    dated: dict[str, dict[str, Spread]] = {}
    start = 0
    for frame in train.inputs.frames():
        for column in frame.get_columns():
            if column.dtype.is_temporal():
                so_far = dated.setdefault(column.name, {})
                for part, values in parts_of(nameless(column)).items():
                    so_far[part] = so_far.get(part, Spread()) + Spread.of(values)
            elif column.dtype.is_numeric():
                values = numeric(column)
                check_size(values, _cell(column.name, train, start))
                spreads[column.name] = spreads.get(column.name, Spread()) + Spread.of(values)
            else:
                add_counts(counts.setdefault(column.name, {}), column)
        start += len(frame)
    found = {name: _number(name, spread) for name, spread in spreads.items()}
    numbers = [found[name] for name in train.inputs.columns if name in found]
    categories = [
        Category(name, _most_frequent(counts[name]))
        for name in train.inputs.columns
        if name in counts
    ]
    dates = [_date(name, dated[name]) for name in train.inputs.columns if name in dated]
    return RowEncoder(tuple(numbers), tuple(categories), tuple(dates))


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
    def of(cls, values: np.ndarray) -> Spread:
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


def _number(name: str, spread: Spread) -> NumberScale:
    sigma = math.sqrt(spread.squares / spread.known) if spread.known else 1.0
    return NumberScale(
        name, spread.mean, sigma if sigma > 1e-12 else 1.0, spread.known < spread.rows
    )


def _date(name: str, spreads: Mapping[str, Spread]) -> DateColumn:
    """The parts of a column of dates that differ in training."""
    scales = {part: _number(part, spread) for part, spread in spreads.items()}
    parts = [
        DatePart(part, scale.mu, scale.sigma)
        for part, scale in scales.items()
        if spreads[part].squares > LEAST_SPREAD * spreads[part].known
    ]
    return DateColumn(name, tuple(parts), any(scale.marked for scale in scales.values()))


def _cell(name: str, examples: Examples, start: int = 0) -> Callable[[int], str]:
    """What a number of a column is called in a message, by its place after ``start``."""
    return lambda at: f"column '{name}' of {examples.sources[start + at]}"


def add_counts(counts: dict[str, int], column: Any) -> None:
    """Add how often each word occurs; of more than 20,000 words the rare ones are forgotten.

    What is forgotten can have been at most one row in 20,000 (Misra and Gries 1982).
    """
    for word, count in nameless(column).drop_nulls().cast(str).value_counts().iter_rows():
        counts[word] = counts.get(word, 0) + count
    if len(counts) > MOST_COUNTED:
        least = sorted(counts.values(), reverse=True)[MOST_COUNTED]
        left = {word: count - least for word, count in counts.items() if count > least}
        counts.clear()
        counts.update(left)


def _most_frequent(counts: dict[str, int]) -> tuple[str, ...]:
    """The 1,000 that occur most often, of equal ones the first in the alphabet; sorted."""
    often = sorted(counts, key=lambda word: (-counts[word], word))
    return tuple(sorted(often[:MOST_CATEGORIES]))


def numeric(column: Any) -> np.ndarray:
    """A polars column as float64; missing is NaN.

    Raises:
        DataError: a value is no number.
    """
    import polars as pl

    name, column = column.name, nameless(column)
    if column.dtype.is_temporal():
        column = as_form(column, NUMBER)
    if not column.dtype.is_numeric() and column.dtype != pl.Boolean and column.dtype != pl.Null:
        wrong = column.filter(
            column.cast(pl.Float64, strict=False).is_null() & column.is_not_null()
        )
        if len(wrong):
            raise DataError(
                f"column '{name}' holds '{wrong[0]}': expected a number, as in training."
            )
    values: np.ndarray = column.cast(pl.Float64, strict=False).fill_null(float("nan")).to_numpy()
    return values


def _indices(column: Any, values: tuple[str, ...]) -> np.ndarray:
    """(N,) int64: 1 + the place among ``values``, 0 for anything else."""
    import polars as pl

    if column.dtype == pl.Boolean:  # true and false, as ``add_counts`` calls them
        column = nameless(column).cast(pl.String)
    known = {value: place for place, value in enumerate(values, start=1)}
    words = [None if value is None else str(value) for value in column.to_list()]
    return np.array(
        [known.get(word, 0) if word is not None else 0 for word in words], dtype=np.int64
    )
