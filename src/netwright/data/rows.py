"""The rows of a table as a column of examples' inputs."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, overload

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class Places(Sequence[str]):
    """``houses.csv:12`` for every row, put into words when asked for.

    Args:
        name: of the file.
        lines: one a row.
    """

    name: str
    lines: Sequence[int]

    def __len__(self) -> int:
        return len(self.lines)

    @overload
    def __getitem__(self, at: int) -> str: ...

    @overload
    def __getitem__(self, at: slice) -> Places: ...

    def __getitem__(self, at: int | slice) -> str | Places:
        return Places(self.name, self.lines[at]) if isinstance(at, slice) else f"{self.name}:{self.lines[at]}"

    def take(self, indices: Sequence[int]) -> Places:
        """The rows at ``indices``, in that order."""
        return Places(self.name, array("q", [self.lines[at] for at in indices]))


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows of the input columns, without the target.

    Args:
        held: a polars DataFrame, or column name -> values (polars is then loaded only when ``frame`` is asked for).
        places: which of its rows these are, in order; None: all. A split is a list of places, not a copy.
    """

    held: pl.DataFrame | Mapping[str, Sequence[Any]]
    places: array[int] | None = None

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

    def take(self, indices: Sequence[int]) -> Rows:
        """The rows at ``indices``, in that order."""
        if self.places is None:
            return Rows(self.held, array("q", indices))
        return Rows(self.held, array("q", [self.places[at] for at in indices]))

    @property
    def columns(self) -> list[str]:
        """The names of the columns, in order."""
        return list(self.held) if isinstance(self.held, Mapping) else self.held.columns

    def column(self, name: str) -> list[Any]:
        """The values of one column; None where missing."""
        values = self.held[name]
        if self.places is None:
            return list(values)
        if isinstance(self.held, Mapping):
            return [values[place] for place in self.places]
        return self.held[name].gather(list(self.places)).to_list()

    @property
    def frame(self) -> pl.DataFrame:
        """The rows as a polars DataFrame, made anew each time."""
        import polars as pl

        if not isinstance(self.held, Mapping):
            return self.held if self.places is None else self.held[self.places]
        return pl.DataFrame({name: self.column(name) for name in self.held})
