"""What a graph reads of examples, batch by batch: these, or the units that they are cut into."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netwright.api.exporting.described import FileDescription
from netwright.contract import Answer, Arrays, Cut, Examples, Export, Plain

Rows = NDArray[np.integer[Any]]


@dataclass(frozen=True)
class GraphUnits:
    """The units of some examples, and what each hands on to the next one of its example.

    Args:
        export: how the system answers outside.
        description: what the file says of it.
        cut: the units; the examples themselves where the system cuts nothing.
        held: input of the graph -> (N, ...) what was left behind the last unit of each example.
    """

    export: Export
    description: FileDescription
    cut: Cut
    held: dict[str, np.ndarray[Any, Any]] = field(default_factory=dict)

    @classmethod
    def of(cls, export: Export, description: FileDescription, examples: Examples) -> GraphUnits:
        """As the system cuts them."""
        every = np.arange(len(examples))
        whole = Cut(examples, every, np.zeros_like(every))
        cut = whole if export.cut is None else export.cut(description.about, examples)
        return cls(export, description, cut)

    def batches(self) -> Iterator[Rows]:
        """All first units in batches, then all second ones, and so on, where they hand anything on;
        the shortest first where they differ in length.
        """
        inputs, length = self.cut.units.inputs, self.export.length
        place = self.cut.place if self.export.carry else np.zeros_like(self.cut.place)
        for at in range(int(place.max(initial=-1)) + 1):
            rows = np.flatnonzero(place == at)
            if length is not None:
                rows = rows[np.argsort([length(inputs[row]) for row in rows], kind="stable")]
            for start in range(0, len(rows), self.export.at_once):
                yield rows[start : start + self.export.at_once]

    def arrays(self, rows: Rows) -> tuple[Examples, Arrays]:
        """These units, and the inputs of the graph, with what the units before them left."""
        units = self.cut.units.take(rows.tolist())
        found = dict(self.description.arrays(self.export, units))
        later = self.cut.place[rows] > 0
        for name in self.export.carry.keys() & self.held.keys():
            found[name][later] = self.held[name][self.cut.owner[rows[later]]]
        return units, found

    def keep(self, rows: Rows, outputs: Arrays) -> None:
        """What these units leave to those after them."""
        count = int(self.cut.owner.max()) + 1
        for name, output in self.export.carry.items():
            if output in outputs:
                left = outputs[output]
                held = self.held.setdefault(name, np.zeros((count, *left.shape[1:]), left.dtype))
                held[self.cut.owner[rows]] = left

    def gathered(self, answers: Sequence[Answer]) -> Sequence[Answer]:
        """One answer an example, of those to its units."""
        if self.export.gather is None:
            return answers
        return self.export.gather(answers, self.cut.owner, self.cut.place)


def few(export: Export, about: Plain, examples: Examples, most: int) -> Examples:
    """The first examples that have so many units at most together; one at least."""
    if export.cut is None:
        return examples[:most]
    counts = np.bincount(export.cut(about, examples).owner, minlength=1)
    return examples[: max(1, int(np.searchsorted(counts.cumsum(), most, side="right")))]
