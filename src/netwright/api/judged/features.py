"""Any system's inputs as rows of plain numbers, for a classifier that looks at two sets of them."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from netwright.api.run import Run
from netwright.base.errors import DataError
from netwright.contract import Examples
from netwright.contract.ragged import Ragged
from netwright.data.tables.reference_models import matrices
from netwright.data.tables.rows import Rows, is_rows

if TYPE_CHECKING:
    import polars as pl
    from torch import Tensor

    from netwright.data.packed import Floats

CELLS = 8
"""Along each side of a picture that remain, as means."""

MOST_NUMBERS = 512
"""Of an example's flat numbers; of more they are means of neighbours."""

MOST_WORDS = 200
"""Of what stands in rows of unequal length: the most frequent are counted."""


@dataclass(frozen=True)
class Features:
    """What a classifier reads of examples.

    Args:
        matrix: (N, D).
        is_word: (D,) whether a column is of categories.
        names: (D,) the table's columns; empty where there is no table.
        frame: the columns of the table, where there is one.
    """

    matrix: Floats
    is_word: tuple[bool, ...]
    names: tuple[str, ...] = ()
    frame: pl.DataFrame | None = None


def of_two(run: Run, first: Examples, second: Examples) -> Features:
    """Both, one after the other: of a table the columns that both have; else what the run's codec
    makes of an input, pictures in few cells, words by their counts. No target is read.

    Raises:
        DataError: one is a table and the other is not, or they have no column in common.
    """
    expect_alike(first, second)
    if is_rows(first.inputs) and not first.inputs.prose:
        return _of_tables(first.inputs, second.inputs)
    batches = [run.codec.encode(_bare(some)) for some in (first, second)]
    joined = map(_joined, *(batch.inputs for batch in batches))
    matrix = np.concatenate([_numbers(column) for column in joined], axis=1)
    return Features(matrix, (False,) * matrix.shape[1])


def expect_alike(first: Examples, second: Examples) -> None:
    """See that both are tables, or neither is.

    Raises:
        DataError: one is and the other is not.
    """
    if is_rows(first.inputs) != is_rows(second.inputs):
        raise DataError("one of the two is a table and the other is not: give the same kind.")


def _of_tables(first: Rows, second: Rows) -> Features:
    import polars as pl

    names = [name for name in first.columns if name in second.columns]
    frames = [rows.only(names).frame.select(names) for rows in (first, second)]
    frame = pl.concat(frames, how="vertical_relaxed")
    columns = matrices.fit(frame)
    if not columns.count:
        raise DataError("the two tables have no column in common that holds anything.")
    words = [False] * len(columns.numbers) + [True] * len(columns.words)
    called = [one.name for one in columns.numbers] + [one.name for one in columns.words]
    return Features(columns.for_trees(frame), tuple(words), tuple(called), frame)


def _bare(examples: Examples) -> Examples:
    return dataclasses.replace(examples, targets=[None] * len(examples), weights=None)


def _joined(first: Tensor | Ragged, second: Tensor | Ragged) -> Tensor | Ragged:
    import torch

    if isinstance(first, Ragged) and isinstance(second, Ragged):
        return Ragged.cat([first, second])
    assert not isinstance(first, Ragged) and not isinstance(second, Ragged), "of one codec"
    return torch.cat([first, second])


def _numbers(column: Tensor | Ragged) -> Floats:
    if isinstance(column, Ragged):
        return _counts(column)
    found: Floats = column.float().numpy()
    if found.ndim == 1:
        return found[:, None]
    for axis in range(1, found.ndim):
        found = _means(found, axis, CELLS if found.ndim > 2 else MOST_NUMBERS)
    return found.reshape(len(found), -1)


def _means(values: Floats, axis: int, most: int) -> Floats:
    """At most so many along an axis: means of neighbours."""
    if values.shape[axis] <= most:
        return values
    parts = np.array_split(values, most, axis=axis)
    return np.concatenate([part.mean(axis=axis, keepdims=True) for part in parts], axis=axis)


def _counts(column: Ragged) -> Floats:
    """How long each row is, and how often each of the most frequent things stands in it."""
    lengths = column.lengths.numpy().astype(float)[:, None]
    if isinstance(column.values, Ragged) or column.values.ndim > 1:
        return lengths
    things = column.values.numpy()
    names, counts = np.unique(things, return_counts=True)
    often = names[np.argsort(-counts, kind="stable")[:MOST_WORDS]]
    owner = np.repeat(np.arange(len(column)), column.lengths.numpy())
    found = np.zeros((len(column), len(often)))
    place = {name: at for at, name in enumerate(often.tolist())}
    at = np.array([place.get(thing, -1) for thing in things.tolist()])
    np.add.at(found, (owner[at >= 0], at[at >= 0]), 1.0)
    return np.concatenate([lengths, found], axis=1)
