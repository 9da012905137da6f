"""Rows of a table to tensors: numbers standardized, missing values filled and marked, categories numbered (notes 2.1.6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from netwright.base.errors import DataError, nearest
from netwright.contract import Examples

if TYPE_CHECKING:
    import torch

    from netwright.recipe import Recipe

MOST_CATEGORIES = 1000


@dataclass(frozen=True)
class Number:
    """A numeric column: (value - mu) / sigma, a missing value filled with mu; ``marked``: a second column says where."""

    name: str
    mu: float
    sigma: float
    marked: bool


@dataclass(frozen=True)
class Category:
    """A categorical column: index 1.. of a known value, 0 for a missing or unknown one."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class RowEncoder:
    """What turns a row into the tensors that the net reads: (N, D) float32 and, with categories, (N, K) int64."""

    numbers: tuple[Number, ...]
    categories: tuple[Category, ...]
    kind: Literal["rows"] = "rows"

    @property
    def shape(self) -> tuple[int]:
        """(D,): the numeric columns and the marks of missing values."""
        return (len(self.numbers) + sum(column.marked for column in self.numbers),)

    @property
    def cardinalities(self) -> tuple[int, ...]:
        """How many indices each categorical column has, the unknown one included."""
        return tuple(len(column.values) + 1 for column in self.categories)

    def encode(self, examples: Examples) -> tuple[torch.Tensor, ...]:
        """The tensors of these rows; computed in float64 and kept in float32.

        Raises:
            DataError: a column of the training data is not there, or a numeric one holds a word.
        """
        import torch

        if not is_rows(examples.inputs):
            raise DataError("the inputs are images: the model was trained on rows of a table and expects rows.")
        frame = examples.inputs.frame
        for name in [number.name for number in self.numbers] + [category.name for category in self.categories]:
            if name not in frame.columns:
                raise DataError(
                    f"column '{name}' is missing: the model was trained with it{nearest(name, frame.columns)}"
                )
        columns = []
        for column in self.numbers:
            values = numeric(frame[column.name])
            gone = ~np.isfinite(values)
            columns.append(np.where(gone, 0.0, (values - column.mu) / column.sigma))
            if column.marked:
                columns.append(gone.astype(float))
        numbers = np.stack(columns, axis=1) if columns else np.zeros((len(examples), 0))
        tensors = [torch.from_numpy(numbers.astype(np.float32))]
        if self.categories:
            indices = [_indices(frame[column.name], column.values) for column in self.categories]
            tensors.append(torch.from_numpy(np.stack(indices, axis=1)))
        return tuple(tensors)

    def prepare(self, inputs: tuple[torch.Tensor, ...], recipe: Recipe, draws: Any) -> tuple[torch.Tensor, ...]:
        """The same tensors: rows are encoded ready to read."""
        return inputs


def fit_rows(train: Examples, recipe: Recipe) -> RowEncoder:
    """Mu and sigma of the numeric columns, the values of the others that occur in training (at most 1,000 a column)."""
    frame = train.inputs.frame
    numbers, categories = [], []
    for name in frame.columns:
        column = frame[name]
        if column.dtype.is_numeric():
            values = numeric(column)
            known = values[np.isfinite(values)]
            mu, sigma = (float(known.mean()), float(known.std())) if len(known) else (0.0, 1.0)
            numbers.append(Number(name, mu, sigma if sigma > 1e-12 else 1.0, len(known) < len(values)))
        else:
            counts = column.drop_nulls().cast(str).value_counts(sort=True)[name].to_list()
            categories.append(Category(name, tuple(sorted(counts[:MOST_CATEGORIES]))))
    return RowEncoder(tuple(numbers), tuple(categories))


def is_rows(inputs: Any) -> bool:
    """Whether a column holds rows of a table."""
    return hasattr(inputs, "frame")


def numeric(column: Any) -> np.ndarray:
    """A polars column as float64; missing is NaN.

    Raises:
        DataError: a value is no number.
    """
    import polars as pl

    if not column.dtype.is_numeric() and column.dtype != pl.Boolean and column.dtype != pl.Null:
        wrong = column.filter(column.cast(pl.Float64, strict=False).is_null() & column.is_not_null())
        if len(wrong):
            raise DataError(f"column '{column.name}' holds '{wrong[0]}': expected a number, as in training.")
    values: np.ndarray = column.cast(pl.Float64, strict=False).fill_null(float("nan")).to_numpy()
    return values


def _indices(column: Any, values: tuple[str, ...]) -> np.ndarray:
    """(N,) int64: 1 + the place among ``values``, 0 for anything else."""
    known = {value: place for place, value in enumerate(values, start=1)}
    words = [None if value is None else str(value) for value in column.to_list()]
    return np.array([known.get(word, 0) if word is not None else 0 for word in words], dtype=np.int64)
