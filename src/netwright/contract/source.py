"""A source: what a person pointed at, recognized, and how it is to be read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ColumnForm:
    """How the cells of a column of a table are read.

    Args:
        kind: what they are, a word of the reader's: ``number``, ``words``, ...
        missing: what stands for no value in this column, beside what does in all.
    """

    kind: str
    missing: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return {"kind": self.kind, **({"missing": list(self.missing)} if self.missing else {})}

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> ColumnForm:
        """The form that ``as_json`` gave, or a file."""
        return cls(plain["kind"], tuple(plain.get("missing", ())))


@dataclass(frozen=True)
class ReadOptions:
    """How a source is to be read.

    Args:
        target: columns of a table: one, or several, a,b; or the class of the boxes that count;
            None: all.
        group, weight, time: columns of a table, or None.
        time_is_input: whether the column of the time is learned from, too.
        task: ``classification``, ``regression`` or ``auto``.
        skip_unreadable: go on without files that cannot be read, however many.
        memory: bytes that reading may take, about; None: 2 GiB.
        columns: column of a table -> how an earlier reading understood it (``Reading.columns``):
            what it knows is read so again, whatever the cells look like; empty: it noted nothing,
            as runs of before did, and columns are judged as they did; None: there was none.
    """

    target: str | None = None
    group: str | None = None
    weight: str | None = None
    task: str = "auto"
    skip_unreadable: bool = False
    memory: int | None = None
    time: str | None = None
    time_is_input: bool = False
    columns: Mapping[str, ColumnForm] | None = None

    def as_json(self) -> dict[str, Any]:
        """What decides about the examples, as a run keeps it."""
        names = ("target", "group", "weight", "time", "task")
        return {name: getattr(self, name) for name in names}


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
