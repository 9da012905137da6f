"""Rows in the order of time, of which neighbours are alike."""

from __future__ import annotations

import shlex

import numpy as np

from netwright.base.findings import Finding
from netwright.data.leaks.seen_rows import SeenColumn, SeenRows

ALIKE, DEVIATIONS = 0.5, 6.0
"""How alike targets of neighbours must be, 0 to 1, and by how many deviations of chance."""

BY_TARGET = 0.995
"""How well the order of the rows may go with that of their targets: beyond, they were sorted by it,
perhaps before they were rounded.
"""

SORTED = 0.02
"""A column whose steps go one way but for so many was sorted by its value, not by time."""


def check(seen: SeenRows) -> tuple[Finding, ...]:
    """Whether the target of a row is much like that of the row before it, in time where a column of
    dates is there, else in the order of the file.
    """
    if not np.diff(seen.is_dev.astype(int)).clip(max=0).any():
        return ()  # dev comes after train already
    dated = [name for name, one in seen.columns.items() if one.is_date and one.distinct > 2]
    for name in dated:
        numbers = seen.columns[name].numbers
        assert numbers is not None
        alike = _alike(seen.targets[np.argsort(numbers, kind="stable")], is_label=seen.is_label)
        if alike:
            way = f"--set split.by=time --set {shlex.quote(f'data.time={name}')}"
            return (_finding(f"rows that follow each other by '{name}'", alike, way, name),)
    if any(map(_lies_in_blocks, seen.columns.values())):
        return ()
    if alike := _alike(seen.targets, is_label=seen.is_label):
        return (_finding("rows that follow each other", alike, "--set split.by=time", None),)
    return ()


def _lies_in_blocks(column: SeenColumn) -> bool:
    """Whether equal values lie together, as where a file is sorted by whose its rows are."""
    runs = 1 + int((column.keys[1:] != column.keys[:-1]).sum())
    is_name = column.numbers is None or column.is_whole
    return is_name and 1 < column.distinct <= len(column.keys) / 3 and runs <= 1.5 * column.distinct


def _alike(targets: np.ndarray, *, is_label: bool) -> float:
    """How alike neighbours are, from 0 as by chance to 1; 0 where it may be chance, or where the
    rows were sorted by the target.
    """
    before, after = targets[:-1], targets[1:]
    if is_label:
        same = float((before == after).mean())
        probability = float(np.square(np.bincount(targets) / len(targets)).sum())
        if 1 - same <= SORTED or probability == 1:
            return 0.0
        alike = (same - probability) / (1 - probability)
        noise = np.sqrt(probability / (1 - probability) / len(before))
    else:
        steps = np.greater(after, before).astype(int) - np.less(after, before)
        places = np.argsort(np.argsort(targets, kind="stable"), kind="stable")
        if abs(np.corrcoef(places, np.arange(len(places)))[0, 1]) >= BY_TARGET:
            return 0.0
        ways = float(min((steps > 0).mean(), (steps < 0).mean()))
        with np.errstate(over="ignore", invalid="ignore"):  # numbers too large to learn from
            if ways <= SORTED or not before.std() or not after.std():
                return 0.0
            alike = float(np.corrcoef(before, after)[0, 1])
        noise = 1 / np.sqrt(len(before))
    return alike if alike >= max(ALIKE, DEVIATIONS * noise) else 0.0


def _finding(which: str, alike: float, way: str, column: str | None) -> Finding:
    return Finding(
        "NW236",
        f"{which} have targets much alike ({alike:.2f}, where 0 is chance): drawn at random, a row"
        " of dev lies between two of train, and the figures on dev are better than those of the"
        " days to come.",
        {"alike": alike, "column": column},
        (f"if what comes is to be predicted from what was: {way}",),
    )
