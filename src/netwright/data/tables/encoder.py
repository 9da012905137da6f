"""Rows of a table to tensors (notes 2.1.6).

Numbers are scaled, missing values filled and marked, categories numbered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from netwright.base.errors import DataError, NoColumnError
from netwright.base.seeds import seed_of
from netwright.contract import ColumnForm, Draws, Examples
from netwright.data.several_targets.names import nearest_column
from netwright.data.standardize import check_size
from netwright.data.tables.columns import as_form
from netwright.data.tables.exact import nameless
from netwright.data.tables.rows import Rows, is_rows
from netwright.data.tables.scaling.date_parts import LEAST_SPREAD, DateColumn, DatePart, parts_of
from netwright.data.tables.scaling.scales import NumberColumn, NumberScores, Spread

if TYPE_CHECKING:
    import torch

    from netwright.recipe import ImageOrRowRecipe

MOST_CATEGORIES = 1000
MOST_COUNTED = 20_000
DATE, NUMBER = ColumnForm("date"), ColumnForm("number")

MOST_RANKED = 100_000
"""Rows that the quantiles of a column are taken of; of more they are drawn."""


@dataclass(frozen=True)
class Category:
    """A categorical column: index 1.. of a known value, 0 for an unknown one.

    Args:
        marked: whether a missing value has an index of its own, the last; else it is unknown.
    """

    name: str
    values: tuple[str, ...]
    marked: bool = False

    @property
    def cardinality(self) -> int:
        """How many indices it has."""
        return 1 + len(self.values) + self.marked


@dataclass(frozen=True)
class RowEncoder:
    """What turns a row into what the net reads: (N, D) float32, (N, K) int64 categories."""

    numbers: tuple[NumberColumn, ...]
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
        return tuple(column.cardinality for column in self.categories)

    @property
    def whitening(self) -> tuple[tuple[float, ...], ...]:
        """No filters of patches."""
        return ()

    def encode(self, examples: Examples) -> tuple[torch.Tensor, ...]:
        """The tensors of these rows; computed in float64 and kept in float32.

        Raises:
            DataError: a column of the training data is not there, or a numeric one holds a word or
                a number far beyond those of training.
        """
        import torch

        raw = self.raw(examples)
        numbers = self.scaled(raw["numbers"], examples)
        tensors = [torch.from_numpy(numbers.astype(np.float32))]
        if self.categories:
            tensors.append(torch.from_numpy(raw["categories"]))
        return tuple(tensors)

    def raw(self, examples: Examples) -> dict[str, np.ndarray]:
        """``numbers``: (N, R) float64 as they are, NaN where one is missing: a column each, the
        parts of a date, and 1 where a date is missing, if that is marked; ``categories``: (N, K)
        int64 their indices, where there are any.

        Raises:
            DataError: a column of the training data is not there, or a numeric one holds a word.
        """
        if not is_rows(examples.inputs):
            raise DataError(
                "the inputs are images: the model was trained on rows of a table and expects rows."
            )
        frame = examples.inputs.frame
        for name in self.names:
            if name not in frame.columns:
                raise NoColumnError(
                    name,
                    f"column '{name}' is missing: the model was trained with"
                    f" it{nearest_column(name, frame.columns)}",
                )
        columns = [numeric(frame[column.name]) for column in self.numbers]
        for dated in self.dates:
            columns += dated.raw(as_form(nameless(frame[dated.name]), DATE))
        empty = np.zeros((len(examples), 0))
        found = {"numbers": np.stack(columns, axis=1) if columns else empty}
        if self.categories:
            indices = [_indices(frame[column.name], column) for column in self.categories]
            found["categories"] = np.stack(indices, axis=1)
        return found

    def scaled(self, numbers: np.ndarray, examples: Examples) -> np.ndarray:
        """(N, R) as ``raw`` gives them -> (N, D) float64.

        Raises:
            DataError: one lies far beyond those of training.
        """
        values, columns = iter(numbers.T), []
        for column in self.numbers:
            own = next(values)
            columns.append(column.scaled(own, _cell(column.name, examples)))
            if column.marked:
                columns.append((~np.isfinite(own)).astype(float))
        for dated in self.dates:
            columns += dated.scaled(values, _cell(dated.name, examples))
        return np.stack(columns, axis=1) if columns else numbers

    def prepare(
        self, inputs: tuple[torch.Tensor, ...], recipe: ImageOrRowRecipe, draws: Draws | None
    ) -> tuple[torch.Tensor, ...]:
        """The same tensors; in training some categories are read as unknown, so that what an
        unknown one means is learned, too.
        """
        dropped = recipe.model.category_dropout
        if draws is None or not self.categories or dropped == "auto" or not dropped:
            return inputs
        numbers, categories = inputs
        unknown = draws.uniform(len(self.categories)) < dropped
        return numbers, categories.masked_fill(unknown, 0)


def fit_encoder_of_rows(train: Examples, recipe: ImageOrRowRecipe) -> RowEncoder:
    """As the recipe says, see ``fit_rows``; what it leaves open is as it was before it could say.

    Raises:
        DataError: a number is larger than 1e100.
    """
    rare = 1 if recipe.data.rare == "auto" else recipe.data.rare
    return fit_rows(train, ranked=recipe.data.encoding == "quantile", rare=rare)


def fit_rows(train: Examples, *, ranked: bool = False, rare: int = 1) -> RowEncoder:
    """The scales of the numeric columns, and the values of the others.

    At most 1,000 values a column are kept.

    Args:
        ranked: numbers are scaled by their quantiles, not by mean and deviation, and missing
            categories have an index of their own.
        rare: rows that a value must have; the others are pooled with what is unknown.

    Raises:
        DataError: a number is larger than 1e100.
    """
    spreads: dict[str, Spread] = {}
    counts: dict[str, dict[str, int]] = {}
    missing: dict[str, int] = {}
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
                missing[column.name] = missing.get(column.name, 0) + column.null_count()
        start += len(frame)
    inputs = train.inputs
    if ranked:
        found = _scores(inputs, spreads)
    else:
        found = {name: spread.scale(name) for name, spread in spreads.items()}
    numbers = [found[name] for name in inputs.columns if name in found]
    categories = [
        Category(name, _most_frequent(counts[name], rare), ranked and missing[name] >= max(rare, 1))
        for name in inputs.columns
        if name in counts
    ]
    dates = [_date(name, dated[name]) for name in train.inputs.columns if name in dated]
    return RowEncoder(tuple(numbers), tuple(categories), tuple(dates))


def check_numbers(train: Examples) -> None:
    """See that the numbers of these rows can be learned from.

    Raises:
        DataError: one is larger than 1e100.
    """
    start = 0
    for frame in train.inputs.frames():
        for column in frame.get_columns():
            if column.dtype.is_numeric():
                check_size(numeric(column), _cell(column.name, train, start))
        start += len(frame)


def _scores(inputs: Rows, spreads: dict[str, Spread]) -> dict[str, NumberColumn]:
    """The scores of each numeric column, of at most 100,000 rows drawn from a seed of their own."""
    if len(inputs) > MOST_RANKED:
        rng = np.random.default_rng(seed_of(0, "ranked rows"))
        inputs = inputs.take(np.sort(rng.choice(len(inputs), MOST_RANKED, replace=False)).tolist())
    found: dict[str, NumberColumn] = {}
    for name, spread in spreads.items():
        values = np.concatenate([numeric(frame[name]) for frame in inputs.only([name]).frames()])
        found[name] = NumberScores.of(name, values[np.isfinite(values)], marked=spread.marked)
    return found


def _date(name: str, spreads: Mapping[str, Spread]) -> DateColumn:
    """The parts of a column of dates that differ in training."""
    scales = {part: spread.scale(part) for part, spread in spreads.items()}
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


def _most_frequent(counts: dict[str, int], rare: int) -> tuple[str, ...]:
    """The 1,000 that occur most often, and in so many rows, of equal ones the first in the
    alphabet; sorted.
    """
    common = [word for word in counts if counts[word] >= rare]
    often = sorted(common, key=lambda word: (-counts[word], word))
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
    values: np.ndarray = column.cast(pl.Float64, strict=False).to_numpy()  # NaN for null
    return values


def _indices(column: Any, category: Category) -> np.ndarray:
    """(N,) int64: 1 + the place among the known values, the last for a missing one that is marked,
    0 for anything else.
    """
    import polars as pl

    if column.dtype == pl.Boolean:  # true and false, as ``add_counts`` calls them
        column = nameless(column).cast(pl.String)
    known = {value: place for place, value in enumerate(category.values, start=1)}
    missing = category.cardinality - 1 if category.marked else 0
    words = [None if value is None else str(value) for value in column.to_list()]
    return np.array(
        [known.get(word, 0) if word is not None else missing for word in words], dtype=np.int64
    )
