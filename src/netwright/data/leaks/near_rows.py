"""Rows of dev that are nearly equal to one of train."""

from __future__ import annotations

import numpy as np

from netwright.base.findings import Finding
from netwright.data.leaks.seen_rows import SeenColumn, SeenRows

NEAR = 0.02
"""In each column of numbers, in its deviations: farther apart, rows are not nearly equal."""

NORMAL_QUARTILES = 1.349
"""Deviations between the quartiles of normal numbers."""

LEAST_COLUMNS = 3
"""Columns of many different numbers that must be near: two may be by chance."""

MANY_VALUES = 0.2
"""Of the rows that must hold different values in such a column."""

FRACTION = 0.05
"""Of dev that must have a near row in train."""


def check(seen: SeenRows) -> tuple[Finding, ...]:
    """How many rows of dev have one in train that differs by next to nothing, but does differ."""
    fine = [one for one in seen.columns.values() if _is_fine(one)]
    if len(fine) < LEAST_COLUMNS:
        return ()
    others = [one.keys for one in seen.columns.values() if not _is_fine(one)]
    exact = _rows([one.keys for one in seen.columns.values()])
    near = np.zeros(int(seen.is_dev.sum()), dtype=bool)
    for shift in (0.0, 0.5):  # neighbours that a border parts in one grid lie together in the other
        rows = _rows([*others, *(_cells(one, shift) for one in fine)])
        near |= np.isin(rows[seen.is_dev], rows[~seen.is_dev])
    near &= ~np.isin(exact[seen.is_dev], exact[~seen.is_dev])
    count, of = int(near.sum()), len(near)
    if count < FRACTION * of:
        return ()
    return (
        Finding(
            "NW237",
            f"{count:,} of {of:,} rows of dev have a row in train that is nearly the same: what is"
            " learned by heart passes for what is understood.",
            {"near": count, "dev": of},
            (
                "if they are of one thing measured twice, name the column that says which:"
                " --group COLUMN",
                "if they were made from one another (noise, oversampling), make them after the"
                " split",
            ),
        ),
    )


def _is_fine(column: SeenColumn) -> bool:
    return column.numbers is not None and column.distinct >= MANY_VALUES * len(column.keys)


def _cells(column: SeenColumn, shift: float) -> np.ndarray:
    """Which cell of a grid each number lies in."""
    assert column.numbers is not None
    known = np.isfinite(column.numbers)
    numbers = column.numbers[known]
    cells = np.full(len(column.numbers), np.iinfo(np.int64).min)
    # half of the numbers lie between these: a few far ones do not make all others near
    low, high = np.quantile(numbers, [0.25, 0.75]) if len(numbers) else (0.0, 0.0)
    spread = (high - low) / NORMAL_QUARTILES
    if spread:
        cells[known] = np.floor((numbers - low) / (NEAR * spread) + shift)
    return cells


def _rows(columns: list[np.ndarray]) -> np.ndarray:
    """(N,) one number a row, the same for equal rows."""
    table = np.stack(columns, axis=1).astype(np.int64)
    return np.unique(table, axis=0, return_inverse=True)[1].reshape(-1)
