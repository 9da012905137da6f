"""What a system of rows offers beside its net: each method, fitted, with its answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from netwright.base.seeds import seed_of
from netwright.contract import Answer, Examples, Reference
from netwright.data.tables.reference_models import matrices
from netwright.data.tables.reference_models.methods import (
    LEAST_ROWS,
    Line,
    Method,
    Predict,
    Size,
    Trees,
    always,
    quietly,
)
from netwright.data.tables.rows import is_rows

if TYPE_CHECKING:
    from netwright.data.tables.reference_models.matrices import Columns
    from netwright.recipe import Training

MIB, PART_OF_MEMORY = 2**20, 0.25

METHODS: tuple[tuple[type[Method], float], ...] = ((Line, 0.2), (Trees, 0.8))
"""Each with its part of the time."""


@dataclass(frozen=True)
class Task:
    """What is learned of the training split.

    Args:
        targets: (N, T); NaN where unknown; of a class its place.
        classes: of each target; 0: it is a number.
        answers: T arrays, (N, K) probabilities or (N, 1) numbers each -> N answers.
    """

    targets: np.ndarray
    classes: int
    answers: Callable[[list[np.ndarray]], Sequence[Answer]]


def beside(
    train: Examples, examples: Examples, task: Task, training: Training, seconds: float
) -> Iterator[Reference]:
    """Each method with what it says of ``examples``; none where the inputs are no rows of a table,
    or hold nothing.

    Args:
        train: all that is learned from.
        training: its seed; the rows that one is fitted on take a quarter of its memory at most.
        seconds: for all of them, about.
    """
    if not is_rows(train.inputs) or not seconds:
        return
    for kind, part in METHODS:
        size = Size(
            len(train),
            len(train.inputs.columns),
            task.targets.shape[1],
            task.classes,
            part * seconds,
            PART_OF_MEMORY * MIB * training.memory,
        )
        method = kind(size, training.seed)
        if not method.rows or size.held < min(LEAST_ROWS, len(train)):
            continue
        rows = _rows(train, min(method.rows, size.held), training.seed)
        columns = matrices.fit(train.inputs.take(rows).frame)
        if not columns.count:
            return
        models = _models(method, columns, train.take(rows), task.targets[rows], task.classes)
        found = _answered(method, columns, models, examples)
        some = f" on {len(rows):,} of {len(train):,} examples" if len(rows) < len(train) else ""
        yield Reference(method.name, f"{method.how}{some}", task.answers(found))


def _rows(train: Examples, most: int, seed: int) -> list[int]:
    """Those that count, or as many of them as can be fitted on, drawn."""
    counting = np.arange(len(train))
    if train.weights is not None:
        counting = np.flatnonzero(np.asarray(train.weights, float) > 0)
    if len(counting) > most:
        draw = np.random.default_rng(seed_of(seed, "references"))
        counting = np.sort(draw.choice(counting, most, replace=False))
    found: list[int] = counting.tolist()
    return found


def _models(
    method: Method, columns: Columns, train: Examples, targets: np.ndarray, classes: int
) -> list[Predict]:
    """One a target, of the rows where it is known."""
    inputs = method.matrix(columns, train.inputs.frame)
    weights = None if train.weights is None else np.asarray(train.weights, float)
    if weights is not None:
        weights /= weights.mean()
    models = []
    for target in targets.T:
        known = np.flatnonzero(~np.isnan(target))
        here, heavy = target[known], None if weights is None else weights[known]
        if len(np.unique(here)) < 2:
            models.append(always(here, classes))
            continue
        some = inputs[known]

        def fit(some: object = some, here: np.ndarray = here, heavy: object = heavy) -> Predict:
            return method.fitted(columns, some, here, heavy)

        models.append(quietly(fit))
    return models


def _answered(
    method: Method, columns: Columns, models: Sequence[Predict], examples: Examples
) -> list[np.ndarray]:
    """What each model says of all examples, which are read in parts."""
    parts: list[list[np.ndarray]] = [[] for _ in models]
    for frame in examples.inputs.frames():
        inputs = method.matrix(columns, frame)
        for part, predict in zip(parts, models, strict=True):
            part.append(predict(inputs))
    return [np.concatenate(part) for part in parts]
