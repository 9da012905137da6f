"""A table file that was looked at and not yet read: what every format makes of its files."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING

from netwright.base.errors import DataError
from netwright.contract import ColumnForm

if TYPE_CHECKING:
    import polars as pl

MOST_COLUMNS = 20_000

LOOKED_AT = 20
"""Lines at the top of a file where the header may stand that was meant."""

HeldAt = Callable[[str], str | None]


def nowhere(_: str) -> None:
    """Of files whose header stands at a place of its own."""


GROWS = 8
"""Text takes about this many times its size while it is read and typed in memory."""


@dataclass(frozen=True)
class Content:
    """The bytes of a table file, as its format reads them.

    Args:
        path: the file that a person named; messages name it, too.
        held: where the bytes lie: the file itself, or what was made of it in the cache folder.
        ending: of the name of what it holds, ``.csv`` of ``t.csv.gz``, in small letters.
        notes: what was done to come by them.
        known: names of columns, where an earlier reading knows them.
        is_named: whether a text has a line of names; else its columns are column1, column2, ...
    """

    path: Path
    held: Path
    ending: str
    notes: tuple[str, ...] = ()
    known: frozenset[str] = frozenset()
    is_named: bool = True

    @contextlib.contextmanager
    def opened(self) -> Iterator[IO[bytes]]:
        """The bytes, open.

        Raises:
            DataError: the file cannot be opened.
        """
        try:
            file = self.held.open("rb")
        except OSError as error:
            raise DataError(f"{self.path} cannot be read: {error.strerror or error}.") from None
        with file:
            yield file

    @property
    def size(self) -> int:
        """Bytes."""
        return self.held.stat().st_size


@dataclass(frozen=True)
class Words:
    """Rows of a table file that follow each other.

    Args:
        cells: a column for each name: words, stripped of blanks around them, or, where the file
            knows types, numbers, booleans and words.
        lines: the line, or row, of the file on which each starts; the first line is 1.
        delimiter: what separates the cells of text.
    """

    cells: pl.DataFrame
    lines: Sequence[int]
    delimiter: str = ","


@dataclass(frozen=True)
class TableLook:
    """A table file, looked at but not yet read.

    Args:
        names: of the columns.
        parts: a size -> all rows in order, from the start each time; each part about so many bytes.
        memory: bytes that it takes in memory, about.
        about: how the cells were understood, for the person.
        delimiter: what separates the cells of text; empty where columns have types of their own.
        forms: column -> how its cells are read, where the file's header says so; the others are
            judged.
        numbers: columns of words that the file says are numbers.
        dates: columns of dates.
        untyped: column of lists or the like -> what a person is told who wants to read it.
        target: the column that the file says is to be predicted.
        count: of rows, where it is known before they are read.
        held_at: a word -> which of the first lines or rows below the header has a cell of it.
    """

    content: Content
    names: list[str]
    parts: Callable[[int], Iterator[Words]]
    memory: int
    about: str = ""
    delimiter: str = ","
    forms: Mapping[str, ColumnForm] = field(default_factory=dict)
    numbers: frozenset[str] = frozenset()
    dates: tuple[str, ...] = ()
    untyped: Mapping[str, str] = field(default_factory=dict)
    target: str | None = None
    count: int | None = None
    held_at: HeldAt = nowhere

    @property
    def path(self) -> Path:
        """The file that a person named."""
        return self.content.path


def in_parts(cells: pl.DataFrame, lines: Sequence[int], size: int, cell: int) -> Iterator[Words]:
    """The rows of a frame in parts of about ``size`` bytes, of ``cell`` bytes a cell."""
    at_once = max(1, size // (cell * max(1, cells.width)))
    for start in range(0, len(cells), at_once):
        yield Words(cells[start : start + at_once], lines[start : start + at_once])


def named(path: Path, names: Sequence[str]) -> list[str]:
    """The names of the columns; one without gets its place: ``column3``.

    Raises:
        DataError: two are the same, or there are more than 20,000.
    """
    expect_few(path, len(names))
    all_named = [name or f"column{at}" for at, name in enumerate(names, start=1)]
    first: dict[str, int] = {}
    for at, name in enumerate(all_named, start=1):
        if name in first:
            raise DataError(
                f"{path} has two columns called '{name}' (columns {first[name]} and {at}): give"
                " each its own name."
            )
        first[name] = at
    return all_named


def expect_few(path: Path, columns: int) -> None:
    """Refuse a table of too many columns.

    Raises:
        DataError: it has more than 20,000.
    """
    if columns > MOST_COLUMNS:
        raise DataError(
            f"{path} has {columns:,} columns: expected at most {MOST_COLUMNS:,}; keep the ones"
            " that matter, or turn rows and columns."
        )


def frame_of(names: Sequence[str], rows: Sequence[Sequence[str]]) -> pl.DataFrame:
    """Columns of words, without blanks around them."""
    import polars as pl

    columns = zip(*rows, strict=True)
    series = [
        pl.Series(name, list(map(str.strip, c)), dtype=pl.String)
        for name, c in zip(names, columns, strict=True)
    ]
    return pl.DataFrame(series)
