"""What is learned from and answered: examples, or the units that they are cut into."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from netwright.contract import AnySystem, Codec, Examples
from netwright.recipe import Recipe

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class SplitUnits:
    """The units of a split, and whose they are.

    Args:
        whole: its N examples, which metrics and answers are of.
        units: what a step reads; the examples themselves where the system cuts nothing.
        owner, place: (U,) the example of each unit, and which of its units it is; None: nothing is
            cut.
    """

    whole: Examples
    units: Examples
    owner: Ints | None = None
    place: Ints | None = None

    def __len__(self) -> int:
        return len(self.units)

    def take(self, rows: Sequence[int]) -> tuple[SplitUnits, Ints]:
        """The units of the examples at ``rows``, and their places among all units."""
        whole = self.whole.take(rows)
        if self.owner is None or self.place is None:
            return SplitUnits(whole, whole), np.asarray(rows, np.int64)
        number = np.full(len(self.whole), -1)
        number[list(rows)] = np.arange(len(rows))
        kept = np.flatnonzero(number[self.owner] >= 0)
        units = self.units.take(kept.tolist())
        return SplitUnits(whole, units, number[self.owner[kept]], self.place[kept]), kept


def units_of(system: AnySystem, examples: Examples, recipe: Recipe, codec: Codec) -> SplitUnits:
    """As the system cuts the examples of one split.

    Raises:
        ValueError: an example has no unit, or a unit no example.
    """
    if system.cut is None:
        return SplitUnits(examples, examples)
    units, owner, place = system.cut(examples, recipe, codec)
    counts = np.bincount(owner, minlength=len(examples))
    if len(counts) > len(examples) or not counts.all():
        raise ValueError(
            f"{system.name} cut {len(examples)} examples into units of"
            f" {np.count_nonzero(counts)}: each example has one at least"
        )
    if examples.weights is not None:
        units = replace(units, weights=np.asarray(examples.weights)[owner])
    return SplitUnits(examples, units, np.asarray(owner, np.int64), np.asarray(place, np.int64))
