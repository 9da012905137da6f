"""A source: what a person pointed at, recognized, and how it is to be read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any


@dataclass(frozen=True)
class ColumnForm:
    """How the cells of a column of a table are read.

    Args:
        kind: what they are, a word of the reader's: ``number``, ``words``, ``ignore``, ...
        missing: what stands for no value in this column, beside what does in all.
        decimal, thousands: the marks of its numbers where they stand in words.
        unit: a currency, ``%`` or a measure, which its numbers are written with.
        pattern: of its dates where they stand in words, as ``strftime`` has them; of a yes or no
            the two words, ``no/yes``; of numbers that are durations or have magnitudes, how such
            are written, ``h:mm:ss``, ``1.2K``.
        why: it is taken so, where that is no matter of course.
    """

    kind: str
    missing: tuple[str, ...] = ()
    decimal: str = "."
    thousands: str = ""
    unit: str = ""
    pattern: str = ""
    why: str = ""

    def as_json(self) -> dict[str, Any]:
        """Plain values, those that say something."""
        plain = {
            f.name: getattr(self, f.name)
            for f in fields(self)
            if getattr(self, f.name) != f.default
        }
        return {**plain, "missing": list(self.missing)} if self.missing else plain

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> ColumnForm:
        """The form that ``as_json`` gave, or a file."""
        return cls(**{**plain, "missing": tuple(plain.get("missing", ()))})


FIRST_IDS = 1
"""The scheme of ids of runs that note none."""


@dataclass(frozen=True)
class EarlierReading:
    """How the run that reads a source understood the table that it was trained on.

    Args:
        columns, ids, lenient: as in ``ReadOptions``.
    """

    columns: Mapping[str, ColumnForm]
    ids: int
    lenient: bool = False


@dataclass(frozen=True)
class ReadOptions:
    """How a source is to be read.

    Args:
        target: columns of a table: one, or several, a,b; or the class of the boxes that count;
            None: all.
        group, weight, time, domain: columns of a table, or None.
        time_is_input: whether the column of the time is learned from, too.
        series: the column of a table whose rows are steps that says whose they are, or None.
        task: ``classification``, ``regression`` or ``auto``.
        skip_unreadable: go on without files that cannot be read, however many.
        memory: bytes that reading may take, about; None: 2 GiB.
        columns: column of a table -> how an earlier reading understood it (``Reading.columns``):
            what it knows is read so again, whatever the cells look like; empty: it noted nothing,
            as runs of before did, and columns are judged as they did; None: there was none.
        wanted: column of a table -> what a person says that it holds: ``number``, ``category``,
            ``boolean``, ``date`` or how dates are written (``%d/%m/%Y``), ``ignore``.
        lenient: a value that is not what its column held in training counts as missing, and files
            that cannot be read are left out.
        ids: the scheme by which a row is known: 2, by the values of the columns learned from,
            whatever their order; 1, as the first releases did, by the words of all its cells.
    """

    target: str | None = None
    group: str | None = None
    weight: str | None = None
    task: str = "auto"
    skip_unreadable: bool = False
    memory: int | None = None
    time: str | None = None
    time_is_input: bool = False
    domain: str | None = None
    columns: Mapping[str, ColumnForm] | None = None
    wanted: Mapping[str, str] = field(default_factory=dict)
    lenient: bool = False
    ids: int = 2
    series: str | None = None

    @property
    def skips(self) -> bool:
        """Whether to go on without what cannot be read."""
        return self.skip_unreadable or self.lenient

    @property
    def to_skip(self) -> str:
        """The option by which a person says so: verbs that use a run have another."""
        return "--skip-unreadable" if self.columns is None else "--lenient"

    def as_json(self) -> dict[str, Any]:
        """What decides about the examples, as a run keeps it."""
        names = ("target", "group", "weight", "time", "task")
        # where none is named nothing is added: so have runs of before them
        later = {"domain": self.domain, "series": self.series}
        given = {name: column for name, column in later.items() if column is not None}
        return {name: getattr(self, name) for name in names} | given


@dataclass(frozen=True)
class Source:
    """What a person pointed at, recognized.

    Args:
        kind: ``images``, ``table``, ``arrays``, ...: what it was taken for.
        path: the file or folder; for a ready data set its name; for data in memory ``memory``.
        why: one line for the person: what it was taken for and why.
        options: how it is to be read.
    """

    kind: str
    path: str
    why: str
    options: ReadOptions = ReadOptions()
