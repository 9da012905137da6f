"""The rows of a run's curves, typed: an epoch, a step, a layer at a moment, a step of the
learning-rate finder.

A figure that was not measured is NaN.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Protocol, Self

from netwright.runs import reading

NAN = math.nan


class Row(Protocol):
    """What a CSV file of a run is written from."""

    def as_dict(self) -> dict[str, Any]:
        """Column -> what is written, in the order of the file."""


@dataclass(frozen=True)
class EpochRow:
    """A row of ``curves.csv``: the end of an epoch.

    Args:
        epoch: from 1.
        step: of the whole training, from 1.
        seconds, cpu_seconds: since training began.
        examples_per_second: in this epoch.
        rate: the learning rate of its last step.
        loss: the mean over the epoch, as trained.
        grad_norm: of its last step.
        figures: what the system's metrics gave, by column: ``dev_loss``, ``dev_error``, ...; and
            what the system watched of the training batches.
        branch: in ``abandoned.csv``, which rewind left it; None in ``curves.csv``.
    """

    epoch: int
    step: int
    seconds: float = NAN
    cpu_seconds: float = NAN
    examples_per_second: float = NAN
    rate: float = NAN
    loss: float = NAN
    grad_norm: float = NAN
    figures: Mapping[str, float] = field(default_factory=dict)
    branch: int | None = None

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Self:
        """From column -> number."""
        rest = {name: value for name, value in values.items() if name not in EPOCH_COLUMNS}
        return cls(**_own(values, EPOCH_COLUMNS), figures=rest)

    def as_dict(self) -> dict[str, float]:
        own = {name: getattr(self, name) for name in EPOCH_COLUMNS if name != "branch"}
        return {**own, **self.figures} | ({} if self.branch is None else {"branch": self.branch})

    @property
    def watched(self) -> tuple[str, ...]:
        """The columns of what the system watched."""
        return tuple(name for name in self.figures if not name.startswith(("dev_", "train_")))

    def figure(self, column: str) -> float:
        """What stands in a column of the file; NaN where there is nothing."""
        own = getattr(self, column) if column in EPOCH_COLUMNS else self.figures.get(column)
        return NAN if own is None else float(own)


@dataclass(frozen=True)
class StepRow:
    """A row of ``steps.csv``: the loss of a step, its learning rate and the gradient's norm."""

    step: int
    loss: float = NAN
    rate: float = NAN
    grad_norm: float = NAN

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Self:
        """From column -> number; other columns are left out."""
        return cls(**_own(values, STEP_COLUMNS))

    def as_dict(self) -> dict[str, float]:
        return {name: getattr(self, name) for name in STEP_COLUMNS}


@dataclass(frozen=True)
class SweepRow:
    """A row of ``lr_finder.csv``: a step of the sweep, its learning rate and its loss."""

    rate: float
    loss: float = NAN

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Self:
        """From column -> number; other columns are left out."""
        return cls(**_own(values, SWEEP_COLUMNS))

    def as_dict(self) -> dict[str, float]:
        return {name: getattr(self, name) for name in SWEEP_COLUMNS}


@dataclass(frozen=True)
class LayerRow:
    """A row of ``layers.csv``: one layer at one moment.

    Args:
        step: after which it was looked at; 0 before the first.
        layer: the name of its module.
        rms, mean, std: of what goes into the next layer: its units after norm and activation; NaN
            for the last layer.
        zeros: fraction of those that are exactly 0.
        dead: fraction of its units that are 0 for every example of the batch.
        flat: fraction in the flat ends of tanh or sigmoid; NaN where they are neither.
        gradient: root mean square of the loss's derivatives by its weights.
        weight: root mean square of its weights.
        update: the size of the next step beside that of the weights; NaN before that step.
    """

    step: int
    layer: str = ""
    rms: float = NAN
    mean: float = NAN
    std: float = NAN
    zeros: float = NAN
    dead: float = NAN
    flat: float = NAN
    gradient: float = NAN
    weight: float = NAN
    update: float = NAN

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Self:
        """From column -> what stands there; other columns are left out."""
        return cls(**_own(values, LAYER_COLUMNS))

    def as_dict(self) -> dict[str, Any]:
        """An empty cell where there is no figure."""
        own = ((name, getattr(self, name)) for name in LAYER_COLUMNS)
        return {name: "" if value != value else value for name, value in own}


EPOCH_COLUMNS = tuple(one.name for one in fields(EpochRow) if one.name != "figures")
STEP_COLUMNS = tuple(one.name for one in fields(StepRow))
SWEEP_COLUMNS = tuple(one.name for one in fields(SweepRow))
LAYER_COLUMNS = tuple(one.name for one in fields(LayerRow))
WHOLE = ("epoch", "step", "branch")


def epochs(folder: Path, name: str = "curves.csv") -> list[EpochRow]:
    """``curves.csv`` or ``abandoned.csv``.

    Raises:
        RunError: it is missing or damaged.
    """
    return [EpochRow.of(row) for row in reading.rows(folder, name)]


def steps(folder: Path) -> list[StepRow]:
    """``steps.csv``.

    Raises:
        RunError: it is missing or damaged.
    """
    return [StepRow.of(row) for row in reading.rows(folder, "steps.csv")]


def layers(folder: Path) -> list[LayerRow]:
    """``layers.csv``.

    Raises:
        RunError: it is missing or damaged.
    """
    return [LayerRow.of(row) for row in reading.rows(folder, "layers.csv")]


def sweep(folder: Path) -> list[SweepRow]:
    """``lr_finder.csv``.

    Raises:
        RunError: it is missing or damaged.
    """
    return [SweepRow.of(row) for row in reading.rows(folder, "lr_finder.csv")]


def next_branch(abandoned: Iterable[EpochRow]) -> int:
    """The number of the next branch that a rewind leaves."""
    return 1 + max([row.branch for row in abandoned if row.branch is not None], default=-1)


def _own(values: Mapping[str, Any], columns: Iterable[str]) -> dict[str, Any]:
    """The columns that are there and hold something; what counts is whole."""
    there = {name: values[name] for name in columns if values.get(name, "") != ""}
    return {name: int(value) if name in WHOLE else value for name, value in there.items()}
