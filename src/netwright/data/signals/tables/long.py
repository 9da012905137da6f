"""A row a step: which rows make a series, and in which order."""

from __future__ import annotations

import dataclasses
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from netwright.base.errors import DataError
from netwright.base.figures import counted
from netwright.data import targets
from netwright.data.signals.arrays import Signals
from netwright.data.signals.tables.held import HeldTable
from netwright.data.signals.tables.steps import even, step_times
from netwright.data.times import times_of

if TYPE_CHECKING:
    import polars as pl

Places = np.ndarray[Any, Any]

MOST_TRIED, LEAST_STEPS = 12, 2
"""Columns of which it is looked whether they say whose and when a step is, and how many steps a
series has that is plainly one, on average.
"""

BY_STEPS = "by steps of "
"""Before the size of a step, in what is kept of the column of times."""


@dataclass(frozen=True)
class RowsOfSeries:
    """The rows of a table, series after series, each in its order.

    Args:
        names: of the series, in the order in which they come first.
        rows: (M,) places in the table; starts: (N,) where in them each series begins.
        step: the size of a step in words; empty where it is not known.
    """

    names: list[str]
    rows: Places
    starts: Places
    step: str = ""

    @property
    def first(self) -> Places:
        """(N,) the row of the first step of each."""
        found: Places = self.rows[self.starts]
        return found

    def filled(self, columns: list[Signals]) -> Signals:
        """(N, C, T) of one column a channel; NaN behind the end of the shorter ones."""
        lengths = np.diff(self.starts, append=len(self.rows))
        owner = np.repeat(np.arange(len(lengths)), lengths)
        place = np.arange(len(self.rows)) - np.repeat(self.starts, lengths)
        found = np.full((len(lengths), len(columns), int(lengths.max())), np.nan, np.float32)
        for channel, values in enumerate(columns):
            found[owner, channel, place] = values[self.rows]
        return found


def in_order(table: HeldTable, series: str, time: str | None) -> RowsOfSeries:
    """The rows of each series by time; where there is no such column, as they stand.

    Args:
        series, time: columns.

    Raises:
        DataError: a row is of no series or has no time, or the steps are not of one size.
    """
    found = targets.coded(table.frame[series])
    if len(without := np.flatnonzero(found.codes < 0)):
        raise DataError(
            f"{table.places[int(without[0])]}: the column '{series}' is empty, which says whose"
            " step a row is (data.series): fill it in, or leave the row out."
        )
    names = [str(name) for name in found.names]
    if time is None:
        rows = np.argsort(found.codes, kind="stable")
        return RowsOfSeries(names, rows, _starts(found.codes[rows]))
    times = step_times(times_of(table.frame[time], time, table.places, dates=False))
    rows = np.lexsort((times.values, found.codes))
    starts = _starts(found.codes[rows])
    begins = np.zeros(len(rows), dtype=bool)
    begins[starts] = True
    step, fault = even(dataclasses.replace(times, values=times.values[rows]), begins)
    if fault is not None:
        at, wrong = fault
        row = int(rows[at])
        raise DataError(
            f"{table.places[row]}: '{time}' of the series '{names[found.codes[row]]}' {wrong}."
        )
    _expect_step(table, time, words := times.in_words(step) if step else "")
    return RowsOfSeries(names, rows, starts, words)


def _starts(codes: Places) -> Places:
    found: Places = np.flatnonzero(np.diff(codes, prepend=-1))
    return found


def _expect_step(table: HeldTable, time: str, step: str) -> None:
    """Raises DataError: the series that the model was trained on went by other steps."""
    why = table.forms[time].why
    if step and why.startswith(BY_STEPS) and why != BY_STEPS + step:
        raise DataError(
            f"{table.name}: '{time}' goes by steps of {step}, and in training it went {why}:"
            " bring the series to these first."
        )


def at_first_steps(table: HeldTable, name: str, found: RowsOfSeries, role: str) -> pl.Series:
    """The value of a column that is the same in all steps of a series, one a series.

    Raises:
        DataError: it changes within one.
    """
    codes = targets.coded(table.frame[name]).codes[found.rows]
    lengths = np.diff(found.starts, append=len(codes))
    changed = np.flatnonzero(codes != np.repeat(codes[found.starts], lengths))
    if len(changed):
        at = int(changed[0])
        series = found.names[int(np.searchsorted(found.starts, at, side="right")) - 1]
        here, before = (table.frame[name][int(found.rows[one])] for one in (at, at - 1))
        raise DataError(
            f"{table.places[int(found.rows[at])]}: the {role} '{name}' of the series '{series}' is"
            f" '{here}', and in the step before it '{before}': expected one a series."
        )
    values: pl.Series = table.frame[name]
    return values.gather(found.first.tolist())


def described(found: RowsOfSeries, series: str, time: str | None, shape: tuple[int, ...]) -> str:
    """What was read, in a line."""
    count, channels, longest = shape
    lengths = np.diff(found.starts, append=len(found.rows))
    steps = counted(longest, "step")
    if (shortest := int(lengths.min())) < longest:
        steps = f"{shortest:,} to {steps}, where shorter ones end early"
    order = f"in the order of '{time}'" if time else "in the order of the rows"
    size = f", {found.step} each" if found.step else ""
    return (
        f"{counted(count, 'series', 'series')} by '{series}' of {counted(channels, 'channel')} and"
        f" {steps}{size}; {order}"
    )


def options(table: HeldTable, labels: Sequence[str]) -> str:
    """How a table is read whose rows are steps, as it is typed: with the first columns that go by
    steps of one size, and have one label each; without names, where there are none.
    """
    whose = [name for name, form in table.forms.items() if form.kind in ("whole", "words")]
    when = [name for name, form in table.forms.items() if form.kind in ("whole", "number", "date")]
    for series, time in product(whose[:MOST_TRIED], when[:MOST_TRIED]):
        if series != time and series not in labels and _are_steps(table, series, time, labels):
            return (
                f"--set {shlex.quote(f'data.series={series}')}"
                f" --set {shlex.quote(f'data.time={time}')}"
            )
    return "--set data.series=COLUMN --set data.time=COLUMN"


def _are_steps(table: HeldTable, series: str, time: str, labels: Sequence[str]) -> bool:
    try:
        found = in_order(table, series, time)
        for name in labels:
            at_first_steps(table, name, found, "target")
    except DataError:
        return False
    return LEAST_STEPS * len(found.names) <= len(found.rows)
