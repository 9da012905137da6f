"""All that is looked for in the rows of a table before a figure on dev is believed."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

import numpy as np

from netwright.base.findings import Finding
from netwright.contract import Examples
from netwright.data.leaks import entities, near_rows, one_column, order
from netwright.data.leaks.seen_rows import SeenRows, column_of
from netwright.data.tables.rows import is_rows

MOST_ROWS = {"train": 15_000, "dev": 5_000}
"""Split -> rows of it that are looked at, the first ones."""

LEAST_DEV = 30
"""Rows of dev below which nothing is reported: there, any of it may come by accident."""


def check(
    examples: Examples, labels: Sequence[str | None], assigned: Sequence[str]
) -> tuple[Finding, ...]:
    """Findings on the rows of a table with one target; none of anything else. Targets of the test
    split are not looked at.

    Args:
        labels: of each example, None where it has none; assigned: the split of each.
    """
    seen = _seen(examples, labels, assigned)
    if seen is None:
        return ()
    grouped, timed = examples.groups is not None, examples.times is not None
    repeated = () if grouped else entities.check(seen)
    named = [str(found.figures["column"]) for found in repeated]
    return (
        *one_column.check(seen, but=named),
        *repeated,
        *(() if grouped or timed or repeated else order.check(seen)),
        *near_rows.check(seen),
    )


def _seen(
    examples: Examples, labels: Sequence[str | None], assigned: Sequence[str]
) -> SeenRows | None:
    """The rows of train and dev with a known target."""
    if not is_rows(examples.inputs) or not len(examples):
        return None
    is_label = any(label is not None for label in labels)
    targets: Sequence[object] = labels if is_label else examples.targets
    places = sorted(
        place
        for name, most in MOST_ROWS.items()
        for place in islice(
            (
                at
                for at, (split, target) in enumerate(zip(assigned, targets, strict=True))
                if split == name and target is not None
            ),
            most,
        )
    )
    is_dev = np.array([assigned[at] == "dev" for at in places], dtype=bool)
    if is_dev.sum() < LEAST_DEV or is_dev.all():
        return None
    held = [targets[at] for at in places]
    if is_label:
        values = np.unique(np.array(held, dtype=str), return_inverse=True)[1].astype(np.int64)
    elif all(isinstance(one, int | float) for one in held):
        values = np.array(held, dtype=np.float64)
    else:
        return None
    rows = examples.inputs.take(places).read()
    columns = {name: column_of(rows.column(name)) for name in rows.columns}
    return SeenRows(columns, values, is_label, is_dev)
