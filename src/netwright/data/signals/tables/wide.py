"""A row a series: which columns are its steps, by the numbers in their names."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from netwright.base.errors import DataError
from netwright.base.figures import counted
from netwright.data.signals.arrays import Signals
from netwright.data.signals.tables.held import HeldTable
from netwright.data.signals.tables.steps import EVEN, StepNumbers, even

NAME = re.compile(r"(?P<channel>.*?)(?P<step>(?<![\d.])\d+(?:\.\d+)?)")
"""What a step is called: ``t17``, ``17``, ``0.25``, ``left_17``."""


@dataclass(frozen=True)
class StepColumns:
    """The columns of the steps of each channel.

    Args:
        channels: what stands before the number in the name -> columns, in order.
        size: by how much the numbers go up; 0 where there is one step.
    """

    channels: dict[str, list[str]]
    size: float = 0.0

    def as_in(self, trained: StepColumns, path: str) -> StepColumns:
        """The same in the order of training; where there is one channel, whatever it is called.

        Raises:
            DataError: the steps are of another size than those of training, or several channels
                have other names.
        """
        if self.size and trained.size and abs(self.size / trained.size - 1) > EVEN:
            raise DataError(
                f"{path}: its columns go up by {self.size:g}, and in training by {trained.size:g}:"
                " bring the series to these steps first."
            )
        if len(self.channels) == 1:
            return self
        if self.channels.keys() != trained.channels.keys():
            here, there = (
                ", ".join(f"'{names[0]}'" for names in one.channels.values())
                for one in (self, trained)
            )
            raise DataError(
                f"{path}: its channels begin with the columns {here}, and in training with {there}:"
                " expected the same."
            )
        return StepColumns({name: self.channels[name] for name in trained.channels}, self.size)

    def filled(self, table: HeldTable) -> Signals:
        """(N, C, T); NaN behind the end of the shorter ones.

        Raises:
            DataError: a cell is no number, or is empty before the end of its series.
        """
        each = [list(table.numbers(own, may_end=True)) for own in self.channels.values()]
        found: Signals = np.stack([np.stack(own, axis=1) for own in each], axis=1)
        known = ~np.isnan(found)
        steps = np.arange(1, found.shape[2] + 1)
        ends = (known.any(axis=1) * steps).max(axis=1)
        missing = ~known & (steps <= np.maximum(ends, 1)[:, None])[:, None]
        if missing.any():
            row, channel, step = (int(place) for place in np.argwhere(missing)[0])
            name = list(self.channels.values())[channel][step]
            raise DataError(
                f"{table.places[row]}: '{name}' is empty: expected a number in each step; a series"
                " may end early, with nothing behind; fill in what is missing before."
            )
        return found

    def described(self, values: Signals) -> str:
        """What was read, in a line."""
        count, channels, longest = values.shape
        shortest = int((~np.isnan(values)).any(axis=1).sum(axis=1).min())
        steps = counted(longest, "step")
        if shortest < longest:
            steps = f"{shortest:,} to {steps}, where shorter ones end early"
        named = " and ".join(
            f"'{names[0]}' to '{names[-1]}'" for names in list(self.channels.values())[:3]
        )
        more = ", ..." if channels > 3 else ""
        return (
            f"{counted(count, 'series', 'series')}, one a row, of {counted(channels, 'channel')}"
            f" and {steps}: {named}{more}"
        )


def step_columns(path: str, names: Sequence[str], otherwise: Callable[[], str]) -> StepColumns:
    """The columns that are steps, of these that are inputs.

    Args:
        path: of the table, for messages.
        otherwise: how the table is read where each row is a step.

    Raises:
        DataError: one has no number at its end, or the numbers do not go up by equal steps, or not
            alike in all channels.
    """
    found: dict[str, list[tuple[float, str]]] = {}
    for name in names:
        parts = NAME.fullmatch(name)
        if parts is None:
            raise DataError(
                f"{path}: the column '{name}' names no step of a series (t0, t1, ... or 0, 1, ...):"
                " leave it out with --ignore, or, where each row is a step, say whose and when:"
                f" {otherwise()}."
            )
        found.setdefault(parts["channel"], []).append((float(parts["step"]), name))
    ordered = {channel: sorted(steps) for channel, steps in found.items()}
    first, size = next(iter(ordered), ""), 0.0
    for steps in ordered.values():
        size = _even_size(path, steps)
        if [at for at, _ in steps] != [at for at, _ in ordered[first]]:
            raise DataError(
                f"{path}: the columns '{steps[0][1]}' to '{steps[-1][1]}' are"
                f" {counted(len(steps), 'step')}, and those of '{ordered[first][0][1]}' to"
                f" '{ordered[first][-1][1]}' {len(ordered[first]):,}: expected the same steps in"
                " every channel."
            )
    columns = {channel: [name for _, name in steps] for channel, steps in ordered.items()}
    return StepColumns(columns, size)


def _even_size(path: str, steps: Sequence[tuple[float, str]]) -> float:
    begins = np.arange(len(steps)) == 0
    size, fault = even(StepNumbers(np.array([at for at, _ in steps])), begins)
    if fault is not None:
        at, wrong = fault
        raise DataError(f"{path}: the column '{steps[at][1]}' {wrong}.")
    return size
