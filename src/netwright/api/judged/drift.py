"""Do two splits of a run, or dev and data that came later, come from one distribution?"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from netwright.api import answering
from netwright.api.inputs import read_inputs
from netwright.api.judged import features
from netwright.api.kept.store import open_run
from netwright.api.run import Run
from netwright.base import figures
from netwright.base.errors import DataError
from netwright.base.figures import counted
from netwright.base.seeds import seed_of
from netwright.contract import SPLITS, Examples
from netwright.metrics.two_sample import Samples, TwoSampleTest, two_sample_test

MOST = 5_000
"""Examples of each that are looked at; of more they are drawn."""

FEWEST = 20
"""Of each: fewer tell nothing apart."""

MOST_NAMED = 8
"""Columns that are named, those that tell the most."""

LEVEL = 0.05
LEAST_NEEDED = 0.005
"""What of the AUC a column is needed for at least, to be named."""


@dataclasses.dataclass(frozen=True)
class ColumnDrift:
    """A column that tells two sets of examples apart.

    Args:
        name: of the column.
        needed: how much of the AUC is lost without it.
        first, second: what it holds in each: the median of numbers, how often the value is there
            that differs most.
    """

    name: str
    needed: float
    first: str
    second: str


@dataclasses.dataclass(frozen=True)
class Drift:
    """Whether two sets of examples come from one distribution.

    Args:
        run: by which inputs were read.
        between: what the two are called.
        counts: how many examples of each were looked at.
        auc: how well a classifier tells them apart: 0.5 as chance does, 1 always.
        seen_from: the AUC that would have been told from chance.
        p: that chance alone tells them apart so well.
        columns: those that tell the most, where they are told apart.
        same: how many examples lie in both.
    """

    run: str
    between: tuple[str, str]
    counts: tuple[int, int]
    auc: float
    seen_from: float
    p: float
    columns: tuple[ColumnDrift, ...]
    same: int = 0

    @property
    def differ(self) -> bool:
        """Whether they are told apart beyond chance."""
        return self.p < LEVEL

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return {**dataclasses.asdict(self), "differ": self.differ}


def drift(
    run: Run | str,
    source: Any = None,
    *,
    split: str = "dev",
    other: str | None = None,
    store: str | Path | None = None,
    system: str | Path | None = None,
) -> Drift:
    """A classifier two-sample test of inputs: dev against test, or against data that came later.

    No target is looked at. Where test is one of the two its inputs are read, which the run logs; it
    is no opening, since no answer is held against a truth.

    Args:
        run: or its name.
        source: other data, whatever the run's system reads; None: another split of its own.
        split: of the run's own data.
        other: the split that it is held against (default: ``test``), where there is no source.
        store: where runs are kept (default: ``runs``).
        system: the folder of its system, where that is one of your own.

    Raises:
        DataError: there is no such split, one is too small, or the data cannot be read.
        RunError: the run's data have changed.
    """
    opened = run if isinstance(run, Run) else open_run(run, store=store, system=system)
    if source is not None and other is not None:
        raise DataError(
            f"a source and the split '{other}' are two to hold {split} against: leave one out."
        )
    names = (split, str(source) if isinstance(source, str | Path) else "the data given")
    first, rest = _of_splits(opened, (split,) if source is not None else (split, other or "test"))
    if source is None:
        names, second = (split, other or "test"), rest[0]
    else:
        before = opened.record.earlier_reading(lenient=True)
        second = read_inputs(source, opened.system.name, opened.recipe, before=before)
        second = opened.system.arrange(second, opened.recipe)
        if own := opened.record.own(second.ids).get("test"):
            _note(opened, f"{counted(own, 'example')} of it in {names[1]}")
    for name, some in zip(names, (first, second), strict=True):
        if (count := len(set(units_of(some)))) < FEWEST:
            raise DataError(
                f"{name} has {counted(count, 'example')} that differ{_by_group(some)}: to tell two"
                f" sets apart takes {FEWEST} of each."
            )
    same = len(set(first.ids) & set(second.ids))
    return _compared(opened, names, _drawn(first), _drawn(second), same)


def _of_splits(run: Run, names: Sequence[str]) -> tuple[Examples, list[Examples]]:
    """The examples of these splits of the run's own data, without their targets.

    Raises:
        DataError: there is no such split, or the same one is named twice.
    """
    if len(set(names)) < len(names):
        raise DataError(f"the split '{names[0]}' is named twice: expected two of {_listed()}.")
    if unknown := [name for name in names if name not in SPLITS]:
        raise DataError(f"there is no split '{unknown[0]}': expected one of {_listed()}.")
    reading = answering.own_again(run.recipe, run.record, names[0])
    whole = answering.own_examples(run.system, run.recipe, run.record, reading)
    whole = dataclasses.replace(whole, targets=[None] * len(whole))
    assigned = run.record.splits_of(whole)
    found = []
    for name in names:
        rows = [at for at, own in enumerate(assigned) if own == name]
        if not rows:
            raise DataError(
                f"{run.id} has no split '{name}': name two of {', '.join(sorted(set(assigned)))}"
                " with --split and --other."
            )
        found.append(whole.take(rows))
    if "test" in names:
        _note(run, f"drift between {' and '.join(names)}")
    return found[0], found[1:]


def _note(run: Run, how: str) -> None:
    """Log that inputs of the test split are read, and how they came to be."""
    with run.record.alone():
        run.record.event("test_inputs_read", how=how)


def _listed() -> str:
    return ", ".join(SPLITS)


def _drawn(examples: Examples) -> Examples:
    if len(examples) <= MOST:
        return examples
    drawn = np.random.default_rng(seed_of(0, "drift")).choice(len(examples), MOST, replace=False)
    return examples.take(np.sort(drawn).tolist())


def _compared(
    run: Run, names: tuple[str, str], first: Examples, second: Examples, same: int
) -> Drift:
    is_second = np.arange(len(first) + len(second)) >= len(first)
    read = features.of_two(run, first, second)
    samples = Samples(read.matrix, is_second, units_of_two(first, second), read.is_word)
    found = two_sample_test(samples, by_column=bool(read.names))
    return Drift(
        run.id,
        names,
        (len(first), len(second)),
        found.auc,
        found.seen_from,
        found.p,
        tuple(columns_of(read, is_second, found)),
        same,
    )


def units_of(examples: Examples) -> list[str]:
    """What is independent: the group, where there are groups, else the content."""
    ids = examples.ids
    return [group or name for group, name in zip(examples.groups or ids, ids, strict=True)]


def units_of_two(first: Examples, second: Examples) -> list[str]:
    """The same of two sets, one after the other: what lies in both is a unit in each."""
    return [f"{at} {unit}" for at, some in enumerate((first, second)) for unit in units_of(some)]


def _by_group(examples: Examples) -> str:
    return ", a group counted as one" if examples.groups else ""


def columns_of(read: features.Features, is_second: Any, found: TwoSampleTest) -> list[ColumnDrift]:
    """The columns that are needed most, parts of a date together."""
    needed: dict[str, float] = {}
    for name, lost in zip(read.names, found.needs, strict=False):
        needed[name] = needed.get(name, 0.0) + max(0.0, lost)
    most = sorted(needed, key=lambda name: -needed[name])[:MOST_NAMED]
    return [
        ColumnDrift(name, needed[name], *_held(read, name, is_second))
        for name in most
        if needed[name] >= LEAST_NEEDED
    ]


def _held(read: features.Features, name: str, is_second: Any) -> tuple[str, str]:
    """What a column holds in each of the two, in words."""
    assert read.frame is not None
    column = read.frame[name]
    parts = [column.filter(~is_second), column.filter(is_second)]
    if column.dtype.is_numeric() or column.dtype.is_temporal():
        ends = [figures.value(part.median()) for part in parts]
        return f"median {ends[0]}", f"median {ends[1]}"
    rates = [dict(part.value_counts(normalize=True).iter_rows()) for part in parts]
    values = sorted({*rates[0], *rates[1]}, key=str)
    most = max(values, key=lambda value: abs(rates[0].get(value, 0.0) - rates[1].get(value, 0.0)))
    first, second = (f"{figures.value(most)} {100 * rate.get(most, 0.0):.0f}%" for rate in rates)
    return first, second
