"""People, machines, places that come in several rows, and tell the target by whose the rows are."""

from __future__ import annotations

import shlex

import numpy as np

from netwright.base.findings import Finding
from netwright.data.leaks.seen_rows import SeenColumn, SeenRows, binned, explained

LEAST_ENTITIES, LEAST_ROWS = 10, 2.0
"""Different values, and rows of each on average, from which a column may name entities; of labels
there are fewer than entities, else it is the label by another name (NW234).
"""

MOST_OF_IT = 0.75
"""Of the error on dev that whose a row is must remove."""

BEYOND_NEIGHBOURS = 0.3
"""Of the error that a number must remove beyond what the numbers near it remove: 41 years are much
like 42, patient 41 is not like 42.
"""

FEW_BINS = 8


def check(seen: SeenRows) -> tuple[Finding, ...]:
    """The column that tells most by whose a row is."""
    labels = len(np.unique(seen.targets)) if seen.is_label else 0
    rows, least = len(seen.targets), max(LEAST_ENTITIES, labels + 1)
    found = {
        name: removed
        for name, column in seen.columns.items()
        if _may_name(column, rows, least)
        and (removed := explained(seen, column.keys)) >= MOST_OF_IT
    }
    found = {
        name: removed
        for name, removed in found.items()
        if seen.columns[name].numbers is None
        or removed - explained(seen, binned(seen.columns[name], seen.is_dev, FEW_BINS))
        >= BEYOND_NEIGHBOURS
    }
    if not found:
        return ()
    name = max(found, key=lambda one: found[one])
    column = seen.columns[name]
    return (
        Finding(
            "NW235",
            f"the values of '{name}' repeat ({column.distinct:,} of them,"
            f" {rows / column.distinct:.1f} rows each) and tell the target: whose a row is removes"
            f" {found[name]:.0%} of dev's error. Rows of one value lie in train and in dev, so dev"
            " says little of new ones.",
            {"column": name, "distinct": column.distinct, "removes": found[name]},
            (
                f"if new data bring new values of '{name}': --group {shlex.quote(name)}",
                *_as_series(seen, name),
            ),
        ),
    )


def _as_series(seen: SeenRows, name: str) -> tuple[str, ...]:
    """What to do where the rows of one value look like the steps of a series: a column goes up in
    them, row by row, and the label stays.
    """
    keys = seen.columns[name].keys
    rows = np.argsort(keys, kind="stable")
    within = np.diff(keys[rows]) == 0
    if not seen.is_label or (np.diff(seen.targets[rows])[within] != 0).any():
        return ()
    for time, column in seen.columns.items():
        if time == name or column.numbers is None or not (column.is_whole or column.is_date):
            continue
        if (np.diff(column.numbers[rows])[within] > 0).all():
            way = (
                f"--set {shlex.quote(f'data.series={name}')}"
                f" --set {shlex.quote(f'data.time={time}')}"
            )
            return (f"if the rows of one value are steps of a series: {way}",)
    return ()


def _may_name(column: SeenColumn, rows: int, least: int) -> bool:
    is_name = column.numbers is None or column.is_whole
    return is_name and column.distinct >= least and rows >= LEAST_ROWS * column.distinct
