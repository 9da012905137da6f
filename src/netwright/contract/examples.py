"""Examples: what is learned from, raw, and their splits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import repeat
from typing import Any, overload

SPLITS = ("train", "train_dev", "dev", "test")

TARGET = "target"
"""The domain that counts, where none is named."""


def take(column: Any, indices: Sequence[int]) -> Any:
    """The values at ``indices``, in that order: of a list, an array, or whatever has ``take``."""
    if isinstance(column, list | tuple | range):
        return [column[i] for i in indices]
    return column.take(indices, axis=0) if hasattr(column, "dtype") else column.take(indices)


@dataclass(frozen=True, slots=True)
class Example:
    """One thing to learn from, raw.

    Args:
        input: what the model reads: an (H, W, C) uint8 array, a mapping of column -> value, a list
            of words, ...
        target: the truth, in plain Python; None where it is not known.
        id: stands for the content (equal content, equal id), stable between machines.
        source: where a person finds it: ``photos/cat/7.jpg``, ``houses.csv:12``.
        group: examples of one group never lie in different splits.
        weight: how much it counts in a metric (>= 0).
        domain: the kind of place that it comes from, where there are several: ``web``, ``phone``.
    """

    input: Any
    target: Any = None
    id: str = ""
    source: str = ""
    group: str | None = None
    weight: float = 1.0
    domain: str | None = None


@dataclass(frozen=True)
class Examples(Sequence[Example]):
    """Many examples, kept as columns so that a million of them cost no million objects.

    ``examples[i]`` is an Example; ``examples.take(indices)`` is a smaller Examples that copies as
    little as it can.

    Args:
        inputs: a numpy array, a list, or an object with ``__len__``, ``__getitem__(int)`` and
            ``take(indices)``.
        targets: one a row, in plain Python; None where unknown.
        ids, sources: one a row.
        groups: one a row, or None when there are no groups.
        splits: the split that the source itself assigns to a row, or None when it leaves all of
            them to us.
        weights: one a row, or None when all count 1.
        times: an array of when each row is of, numbers or datetime64, or None when there are none.
        domains: the kind of place that each comes from, or None when there is one.
        known_by: what equal ids have in common, as a message says it.
    """

    inputs: Any
    targets: Sequence[Any]
    ids: Sequence[str]
    sources: Sequence[str]
    groups: Sequence[str] | None = None
    splits: Sequence[str | None] | None = None
    weights: Sequence[float] | None = None
    times: Any = None
    domains: Sequence[str] | None = None
    known_by: str = "inputs"

    def __post_init__(self) -> None:
        lengths = {name: len(column) for name, column in self._columns().items()}
        if len(set(lengths.values())) > 1:
            raise ValueError(f"columns of unequal length: {lengths}")

    def __len__(self) -> int:
        return len(self.ids)

    @overload
    def __getitem__(self, at: int) -> Example: ...

    @overload
    def __getitem__(self, at: slice) -> Examples: ...

    def __getitem__(self, at: int | slice) -> Example | Examples:
        if isinstance(at, slice):
            return self.take(range(*at.indices(len(self))))
        return Example(
            input=self.inputs[at],
            target=self.targets[at],
            id=self.ids[at],
            source=self.sources[at],
            group=None if self.groups is None else self.groups[at],
            weight=1.0 if self.weights is None else self.weights[at],
            domain=None if self.domains is None else self.domains[at],
        )

    def __iter__(self) -> Iterator[Example]:
        inputs = (
            iter(self.inputs)
            if hasattr(self.inputs, "__iter__")
            else (self.inputs[i] for i in range(len(self)))
        )
        groups = repeat(None) if self.groups is None else self.groups
        weights = repeat(1.0) if self.weights is None else self.weights
        domains = repeat(None) if self.domains is None else self.domains
        return map(Example, inputs, self.targets, self.ids, self.sources, groups, weights, domains)

    def take(self, indices: Sequence[int]) -> Examples:
        """The rows at ``indices``, in that order."""
        return replace(
            self, **{name: take(column, indices) for name, column in self._columns().items()}
        )

    def not_of(self, domain: str | None) -> list[int]:
        """The rows of other domains than this one (None: ``target``); all where there are none."""
        if self.domains is None:
            return list(range(len(self)))
        return [at for at, own in enumerate(self.domains) if own != (domain or TARGET)]

    def without_inputs(self) -> Examples:
        """The same, but every input is None: a picture would be read and decoded for nothing."""
        return replace(self, inputs=[None] * len(self))

    @classmethod
    def of(cls, rows: Sequence[Example]) -> Examples:
        """Columns from single examples: for small sets, where no faster reader exists.

        An Example has neither split nor time, so ``splits`` and ``times`` are None: ``replace``
        gives them.
        """
        return cls(
            inputs=[row.input for row in rows],
            targets=[row.target for row in rows],
            ids=[row.id for row in rows],
            sources=[row.source for row in rows],
            groups=[row.group or "" for row in rows] if any(row.group for row in rows) else None,
            weights=(
                [row.weight for row in rows] if any(row.weight != 1.0 for row in rows) else None
            ),
            domains=[row.domain or "" for row in rows] if any(row.domain for row in rows) else None,
        )

    def _columns(self) -> Mapping[str, Any]:
        names = ("inputs", "targets", "ids", "sources", "groups", "splits", "weights", "times")
        return {
            name: column
            for name in (*names, "domains")
            if (column := getattr(self, name)) is not None
        }
