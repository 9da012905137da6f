"""The table of two sources (notes 3.2.8): what people, the net on what it learned from, and the net
on what it did not reach, of general examples and of those that the system is for. Down a column
stand bias and variance; from general to target, of the same row, how much harder the target is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from netwright.base.measure import Measure

ROWS = ("human", "trained on", "not trained on")
COLUMNS = ("general", "target")

PEOPLE = ""
"""In place of a split: what people answered."""


@dataclass(frozen=True)
class Cell:
    """One figure of the table.

    Args:
        row: of ``ROWS``.
        column: of ``COLUMNS``.
        figure: the single number as the metric counts it; None: it is not there.
        of: the split that it was measured on; empty: people.
        needs: what would fill it, where it is not there.
    """

    row: str
    column: str
    figure: Measure | None = None
    of: str = ""
    needs: str = ""

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        figure = None if self.figure is None else self.figure.as_json()
        return {**asdict(self), "figure": figure}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Cell:
        """What ``as_json`` gave."""
        figure = values["figure"]
        return cls(**{**values, "figure": None if figure is None else Measure.from_json(figure)})


@dataclass(frozen=True)
class TwoSources:
    """The table.

    Args:
        target: the domain that the system is for.
        general: the others.
        cells: row by row.
    """

    target: str
    general: tuple[str, ...]
    cells: tuple[Cell, ...]

    def cell(self, row: str, column: str) -> Cell:
        """One of them."""
        return next(cell for cell in self.cells if (cell.row, cell.column) == (row, column))

    def of_people(self, level: Callable[[Measure], str]) -> str:
        """What the gap from people to training compares, in a sentence, where people answered the
        target and training is of general examples, too; else empty.

        Args:
            level: a figure as the gap writes it.
        """
        people, general, target = (
            self.cell(*at).figure
            for at in (("human", "target"), ("trained on", "general"), ("trained on", "target"))
        )
        if people is None or general is None:
            return ""
        mixed = "" if target is None else f" and {target.n:,} of {self.target}"
        alike = (
            f"none of {self.target} is in training to hold against it"
            if target is None
            else f"on those of {self.target} alone training is {level(target)}, beside"
            f" {level(people)} of people"
        )
        return (
            f" Two sources are compared: the human level is of {self.target}, training of"
            f" {general.n:,} examples of {', '.join(self.general)}{mixed}; {alike}."
        )

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        cells = [cell.as_json() for cell in self.cells]
        return {"target": self.target, "general": list(self.general), "cells": cells}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> TwoSources:
        """What ``as_json`` gave."""
        cells = tuple(Cell.from_json(cell) for cell in values["cells"])
        return cls(values["target"], tuple(values["general"]), cells)


def two_sources(
    target: str,
    general: tuple[str, ...],
    measured: Mapping[tuple[str, str], Measure],
    run: str,
) -> TwoSources:
    """The table, every cell that can be filled.

    Args:
        measured: (split, or ``PEOPLE``; column) -> the single number.
        run: its id, for commands.
    """
    others = ", ".join(general)

    def cell(row: str, column: str, split: str, needs: str) -> Cell:
        found = measured.get((split, column))
        return Cell(row, column, found, split if found else "", "" if found else needs)

    return TwoSources(
        target,
        general,
        (
            cell("human", "general", PEOPLE, f"netwright human {run} --domain general"),
            cell("human", "target", PEOPLE, f"netwright human {run}"),
            cell("trained on", "general", "train", f"train on examples of {others}"),
            cell(
                "trained on",
                "target",
                "train",
                f"leave some of {target} to train: a smaller split.dev and split.test",
            ),
            cell("not trained on", "general", "train_dev", "--set split.train_dev=0.1"),
            cell("not trained on", "target", "dev", f"a dev split of {target}"),
        ),
    )
