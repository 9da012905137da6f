"""The rows of train and dev that are looked at, and how well a rule tells their targets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

MOST_BINS = 200
"""Parts that a column of more different numbers is cut into, by its quantiles."""


@dataclass(frozen=True)
class SeenColumn:
    """A column of inputs.

    Args:
        keys: (N,) which of its different values a row has; -1 where it is missing.
        distinct: how many there are.
        numbers: (N,) where it holds numbers or dates, NaN where missing; None: words, yes and no.
        is_whole: whether they are whole numbers; is_date: whether they are dates.
    """

    keys: np.ndarray
    distinct: int
    numbers: np.ndarray | None = None
    is_whole: bool = False
    is_date: bool = False


@dataclass(frozen=True)
class SeenRows:
    """Rows of train and dev, in the order of the source.

    Args:
        columns: name -> column.
        targets: (N,) numbers, or the places of labels.
        is_label: whether they are labels; is_dev: (N,) whether a row lies in dev.
    """

    columns: dict[str, SeenColumn]
    targets: np.ndarray
    is_label: bool
    is_dev: np.ndarray


def column_of(values: Sequence[Any]) -> SeenColumn:
    """A column of plain values; None and NaN are missing."""
    known = [value is not None and value == value for value in values]
    held = [value for value, is_known in zip(values, known, strict=True) if is_known]
    keys = np.full(len(values), -1)
    first = held[0] if held else ""
    is_date = isinstance(first, datetime)
    if is_date:
        held = [one.timestamp() for one in held]
    if isinstance(first, str | bool):
        names, keys[known] = np.unique(np.array(held, dtype=str), return_inverse=True)
        return SeenColumn(keys, len(names))
    numbers = np.full(len(values), np.nan)
    numbers[known] = np.array(held, dtype=np.float64)
    names, keys[known] = np.unique(numbers[known], return_inverse=True)
    is_whole = not is_date and all(isinstance(one, int) for one in held)
    return SeenColumn(keys, len(names), numbers, is_whole, is_date)


def explained(seen: SeenRows, keys: np.ndarray) -> float:
    """How much of the error on dev goes away when each row is answered by the rows of train with
    the same key: the most frequent label or the mean; 1: all of it. Rows with a new key are
    answered by all of train.

    Args:
        keys: (N,) whole numbers from -1 on.
    """
    train, dev = ~seen.is_dev, seen.is_dev
    targets, keys = seen.targets, keys + 1
    count = int(keys.max()) + 1
    if seen.is_label:
        table = np.zeros((count, int(targets.max()) + 1))
        np.add.at(table, (keys[train], targets[train]), 1)
        most = int(table.sum(0).argmax())
        answers = np.where(table.sum(1) > 0, table.argmax(1), most)
        wrong = float((answers[keys[dev]] != targets[dev]).mean())
        plain = float((targets[dev] != most).mean())
        return 1 - wrong / plain if plain else 0.0
    sums, counts = np.zeros(count), np.zeros(count)
    np.add.at(sums, keys[train], targets[train])
    np.add.at(counts, keys[train], 1)
    mean = float(targets[train].mean())
    answers = np.where(counts > 0, sums / np.maximum(counts, 1), mean)
    plain = float(np.square(targets[dev] - mean).sum())
    return 1 - float(np.square(answers[keys[dev]] - targets[dev]).sum()) / plain if plain else 0.0


def binned(column: SeenColumn, is_dev: np.ndarray, most: int = MOST_BINS) -> np.ndarray:
    """(N,) keys of a column: its values, or the parts between quantiles of train, and between its
    widest gaps, where it holds more different numbers than ``most``: a code of the classes with a
    little noise lies in lumps, through which no border is to go.
    """
    if column.numbers is None or column.distinct <= most:
        return column.keys
    known = np.sort(column.numbers[~is_dev])
    known = known[np.isfinite(known)]
    gaps = known[1:] / 2 - known[:-1] / 2  # half of each: the whole of one may be too large
    # each border lies between two rows of train, so that no part is without one
    even = np.linspace(0, len(gaps), most + 1)[1:-1].astype(np.int64)
    ends = np.union1d(even, np.argsort(gaps)[-most:])
    ends = ends[gaps[ends] > 0] if len(gaps) else ends[:0]
    edges = known[ends] + gaps[ends]
    found = np.searchsorted(edges, column.numbers, side="right")
    return np.where(np.isfinite(column.numbers), found, -1)
