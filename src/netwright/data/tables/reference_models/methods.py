"""Logistic or ridge regression and gradient boosting, as scikit-learn has them, within a time.

How many rows and rounds fit into the time follows from the table's size alone, by what they took on
one core, so that the same table gives the same figures; the clock stops what takes longer still.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from netwright.data.tables.reference_models.matrices import Columns

if TYPE_CHECKING:
    import polars as pl

PLANNED = 0.6
"""Of the time; the rest is for machines that are slower than the one these were measured on."""

HELD = 40
"""Bytes that a number of a row takes: in the table, in the matrix, in what is made of it to fit."""

LEAST_ROWS = 2_000
"""Where so few do not fit, a method is not offered."""

Predict = Callable[[Any], np.ndarray]
"""Matrix -> (N, K) probabilities, or (N, 1) numbers."""


@dataclass(frozen=True)
class Size:
    """How much there is to fit.

    Args:
        rows: of training.
        columns: of the table.
        targets: for each of which a model is fitted.
        classes: of each target; 0 where it is a number.
        seconds: for all of it.
        memory: bytes for the rows that are fitted on.
    """

    rows: int
    columns: int
    targets: int
    classes: int
    seconds: float
    memory: float

    @property
    def held(self) -> int:
        """How many rows fit into the memory."""
        return int(self.memory / (HELD * max(1, self.columns)))

    @property
    def outputs(self) -> int:
        """What is fitted for each row: one number, or one a class where there are more than two."""
        return self.classes if self.classes > 2 else 1

    @property
    def planned(self) -> float:
        """Seconds for an output of a target."""
        return PLANNED * self.seconds / (self.targets * self.outputs)


class Method(Protocol):
    """One that is fitted beside the net, of a size."""

    def __init__(self, size: Size, seed: int) -> None: ...

    @property
    def name(self) -> str:
        """As people know it."""
        ...

    @property
    def rows(self) -> int:
        """How many rows it can be fitted on; 0: the time is too short for any worth."""
        ...

    def matrix(self, columns: Columns, frame: pl.DataFrame) -> Any:
        """What it reads."""
        ...

    def fitted(self, columns: Columns, inputs: Any, target: np.ndarray, weights: Any) -> Predict:
        """Of one target."""
        ...

    @property
    def how(self) -> str:
        """What it is, and what the time left out."""
        ...


class Line:
    """Logistic regression of classes, ridge regression of numbers."""

    ITERATIONS, AT_ONCE = 200, 40
    SECONDS = 1e-8
    """An iteration's, for a number of a row and an output."""

    def __init__(self, size: Size, seed: int) -> None:
        self.size, self.cut = size, False
        self.name = "logistic regression" if size.classes else "ridge regression"

    @property
    def rows(self) -> int:
        iteration = self.SECONDS * max(1, self.size.columns)
        if self.size.planned < self.AT_ONCE * iteration * min(LEAST_ROWS, self.size.rows):
            return 0
        return max(LEAST_ROWS, int(self.size.planned / (self.ITERATIONS * iteration)))

    def matrix(self, columns: Columns, frame: pl.DataFrame) -> Any:
        return columns.for_lines(frame)

    def fitted(self, columns: Columns, inputs: Any, target: np.ndarray, weights: Any) -> Predict:
        from sklearn.linear_model import LogisticRegression, Ridge

        if not self.size.classes:
            middle, scale = target.mean(), target.std() or 1.0
            ridge = Ridge(solver="sparse_cg", max_iter=self.ITERATIONS)
            ridge.fit(inputs, (target - middle) / scale, weights)
            return lambda rows: (ridge.predict(rows) * scale + middle)[:, None]
        model = LogisticRegression(max_iter=self.AT_ONCE, warm_start=True)
        until = time.monotonic() + self.size.seconds / self.size.targets
        for _ in range(self.ITERATIONS // self.AT_ONCE):
            model.fit(inputs, target, weights)
            if max(model.n_iter_) < self.AT_ONCE:
                return probabilities(model, self.size.classes)
            if time.monotonic() > until:
                self.cut = True
                break
        return probabilities(model, self.size.classes)

    @property
    def how(self) -> str:
        what = "scikit-learn's LogisticRegression" if self.size.classes else "scikit-learn's Ridge"
        return f"{what}, numbers standardized{', cut by the time' if self.cut else ''}"


class Trees:
    """Gradient boosting of decision trees on histograms."""

    ROUNDS, RATE, AT_ONCE = 100, 0.1, 10
    FEW, LEAST, LARGEST_RATE = 25, 5, 0.4
    """Rounds for which rows are left out no more, up to ``ENOUGH``; rounds without which it is not
    offered; and the rate that few rounds take at most, which learn as much with more at once.
    """
    ENOUGH = 10_000
    A_TREE, A_COLUMN, A_CELL = 0.003, 8e-4, 4e-8
    """Seconds of a tree, of a column of it, of a cell."""

    def __init__(self, size: Size, seed: int) -> None:
        self.size, self.seed = size, seed
        self.name = "gradient boosting"
        self.columns = max(1, size.columns)
        few = min(self.ENOUGH, self._rows(self.FEW))
        self.most = max(LEAST_ROWS, few, self._rows(self.ROUNDS))
        tree = self.A_TREE + self.columns * (
            self.A_COLUMN + self.A_CELL * min(size.rows, self.most)
        )
        self.rounds = min(self.ROUNDS, int(size.planned / tree))
        self.rate = min(self.LARGEST_RATE, self.RATE * self.ROUNDS / max(1, self.rounds))
        self.done = self.rounds

    def _rows(self, rounds: int) -> int:
        """How many leave time for so many rounds."""
        left = self.size.planned / rounds - self.A_TREE - self.A_COLUMN * self.columns
        return max(0, int(left / (self.A_CELL * self.columns)))

    @property
    def rows(self) -> int:
        return self.most if self.rounds >= self.LEAST else 0

    def matrix(self, columns: Columns, frame: pl.DataFrame) -> Any:
        return columns.for_trees(frame)

    def fitted(self, columns: Columns, inputs: Any, target: np.ndarray, weights: Any) -> Predict:
        from sklearn.ensemble import (
            HistGradientBoostingClassifier,
            HistGradientBoostingRegressor,
        )

        is_words = [False] * len(columns.numbers) + [True] * len(columns.words)
        kinds = HistGradientBoostingClassifier, HistGradientBoostingRegressor
        model = kinds[not self.size.classes](
            learning_rate=self.rate,
            categorical_features=is_words,
            early_stopping=False,
            warm_start=True,
            random_state=self.seed,
        )
        until = time.monotonic() + self.size.seconds / self.size.targets
        for rounds in self._stages():
            model.set_params(max_iter=rounds).fit(inputs, target, weights)
            if time.monotonic() > until:
                break
        self.done = min(self.done, rounds)
        if self.size.classes:
            return probabilities(model, self.size.classes)
        return lambda rows: model.predict(rows)[:, None]

    def _stages(self) -> Iterator[int]:
        """Rounds after which the clock is looked at."""
        yield from range(self.AT_ONCE, self.rounds, self.AT_ONCE)
        yield self.rounds

    @property
    def how(self) -> str:
        kind = "Classifier" if self.size.classes else "Regressor"
        what = f"scikit-learn's HistGradientBoosting{kind}"
        if self.done == self.ROUNDS:
            return f"{what} at its defaults"
        return f"{what}, {self.done} rounds of rate {self.rate:.2g} for lack of time"


def probabilities(model: Any, classes: int) -> Predict:
    """Those of all classes, of a model that has seen some of them."""
    seen = model.classes_.astype(int)

    def predict(rows: Any) -> np.ndarray:
        found = np.zeros((rows.shape[0], classes))
        found[:, seen] = model.predict_proba(rows)
        return found

    return predict


def always(target: np.ndarray, classes: int) -> Predict:
    """What is the same in every row that is learned from: no model is fitted to that."""
    value = float(target[0]) if len(target) else 0.0
    row = np.eye(classes)[[int(value)]] if classes else np.array([[value]])
    return lambda rows: np.repeat(row, rows.shape[0], axis=0)


def quietly(fit: Callable[[], Predict]) -> Predict:
    """Without scikit-learn's word on fits that have not converged."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return fit()
