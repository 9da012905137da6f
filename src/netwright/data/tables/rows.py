"""The rows of a table as a column of examples' inputs."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, overload

from netwright.data.tables.exact import alone, nameless, without

if TYPE_CHECKING:
    import polars as pl

    from netwright.data.tables.row_file import RowFile

CELLS_AT_ONCE = 1 << 17
"""Cells that are looked at together."""


@dataclass(frozen=True)
class LineSources(Sequence[str]):
    """``houses.csv:12`` for every row, put into words when asked for.

    Args:
        name: of the file.
        lines: one a row of the file.
        at: which of these rows, in order; None: all. Shared with ``Rows.places`` where a split is
            taken.
    """

    name: str
    lines: Sequence[int]
    at: array[int] | None = None

    def __len__(self) -> int:
        return len(self.lines if self.at is None else self.at)

    @overload
    def __getitem__(self, at: int) -> str: ...

    @overload
    def __getitem__(self, at: slice) -> LineSources: ...

    def __getitem__(self, at: int | slice) -> str | LineSources:
        if isinstance(at, slice):
            return self.take(range(*at.indices(len(self))))
        return f"{self.name}:{self.lines[at if self.at is None else self.at[at]]}"

    def take(self, indices: Sequence[int]) -> LineSources:
        """The rows at ``indices``, in that order."""
        return LineSources(self.name, self.lines, _among(self.at, indices))


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows of the input columns, without the target.

    Args:
        held: a polars DataFrame, a file of rows, or column name -> values (polars is loaded only
            when a frame is asked for).
        places: which of its rows these are, in order; None: all. A split is a list of places, not a
            copy.
        prose: columns of sentences, for systems that read texts.
    """

    held: pl.DataFrame | RowFile | Mapping[str, Sequence[Any]]
    places: array[int] | None = None
    prose: tuple[str, ...] = ()

    def __len__(self) -> int:
        if self.places is not None:
            return len(self.places)
        if isinstance(self.held, Mapping):
            return len(next(iter(self.held.values()), ()))
        return self.held.height

    def __getitem__(self, at: int) -> dict[str, Any]:
        """Column name -> value of one row; None where missing."""
        place = at if self.places is None else self.places[at]
        if isinstance(self.held, Mapping):
            return {name: values[place] for name, values in self.held.items()}
        return self.held.row(place, named=True)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        if isinstance(self.held, Mapping):
            return map(self.__getitem__, range(len(self)))
        return (row for frame in self.frames() for row in frame.iter_rows(named=True))

    def take(self, indices: Sequence[int]) -> Rows:
        """The rows at ``indices``, in that order."""
        return replace(self, places=_among(self.places, indices))

    @property
    def columns(self) -> list[str]:
        """The names of the columns, in order."""
        return list(self.held) if isinstance(self.held, Mapping) else list(self.held.columns)

    def column(self, name: str) -> list[Any]:
        """The values of one column; None where missing."""
        if isinstance(self.held, Mapping):
            values = self.held[name]
            return list(values) if self.places is None else [values[place] for place in self.places]
        return [value for part in self._parts(name) for value in part.to_list()]

    def series(self, name: str) -> pl.Series:
        """The values of one column as a polars series without a name."""
        import polars as pl

        return pl.concat(self._parts(name))

    def _parts(self, name: str) -> Iterator[pl.Series]:
        """The values of one column: of a file as many rows at a time as are read whole; of a frame
        all at once, however many columns are beside it.
        """
        from netwright.data.tables.row_file import RowFile

        if not isinstance(self.held, RowFile):
            yield nameless(self.only([name]).frame[name])
            return
        for frame in self.only([name]).frames(len(self.columns)):
            yield nameless(frame[name])

    def drop(self, names: Collection[str]) -> Rows:
        """The same rows without these columns."""
        names = set(names)
        prose = tuple(name for name in self.prose if name not in names)
        if isinstance(self.held, Mapping):
            some = {name: values for name, values in self.held.items() if name not in names}
            return Rows(some, self.places, prose)
        from netwright.data.tables.row_file import RowFile

        held = (
            self.held.drop(names) if isinstance(self.held, RowFile) else without(self.held, names)
        )
        return Rows(held, self.places, prose)

    def only(self, names: Sequence[str]) -> Rows:
        """The same rows with these columns alone, in their own order."""
        from netwright.data.tables.row_file import RowFile

        if isinstance(self.held, Mapping | RowFile):
            wanted = set(names)
            return self.drop([name for name in self.columns if name not in wanted])
        prose = tuple(name for name in self.prose if name in names)
        return Rows(alone(self.held, names), self.places, prose)

    @property
    def frame(self) -> pl.DataFrame:
        """The rows as a polars DataFrame, made anew each time."""
        import polars as pl

        if isinstance(self.held, Mapping):
            return pl.DataFrame({name: self.column(name) for name in self.held})
        return self.held[:] if self.places is None else self.held[self.places]

    def read(self) -> Rows:
        """The same rows, held in memory: for who goes through them column by column."""
        return self if isinstance(self.held, Mapping) else Rows(self.frame, prose=self.prose)

    def frames(self, width: int | None = None) -> Iterator[pl.DataFrame]:
        """The rows in parts of about a MiB, the same parts wherever the rows are held.

        So sums over them are the same.

        Args:
            width: the columns that a row is read with, when they are more than are given out.
        """
        at_once = max(1, CELLS_AT_ONCE // max(1, width or len(self.columns)))
        for start in range(0, len(self), at_once):
            yield self.take(range(start, min(start + at_once, len(self)))).frame


def _among(places: array[int] | None, indices: Sequence[int]) -> array[int]:
    """The places of the rows at ``indices``; the very same array where these are the places."""
    if places is None:
        return (
            indices
            if isinstance(indices, array) and indices.typecode == "q"
            else array("q", indices)
        )
    return array("q", [places[at] for at in indices])


def is_rows(inputs: Any) -> bool:
    """Whether a column holds rows of a table."""
    return isinstance(inputs, Rows)
