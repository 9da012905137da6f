"""The rows of a table as a column of examples' inputs."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
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
    """

    held: pl.DataFrame | Mapping[str, Sequence[Any]]

    def __len__(self) -> int:
        if isinstance(self.held, Mapping):
            return len(next(iter(self.held.values()), ()))
        return self.held.height

    def __getitem__(self, at: int) -> dict[str, Any]:
        """Column name -> value of one row; None where missing."""
        if isinstance(self.held, Mapping):
            return {name: values[at] for name, values in self.held.items()}
        return self.held.row(at, named=True)

    def take(self, indices: Sequence[int]) -> Rows:
        """The rows at ``indices``, in that order."""
        if isinstance(self.held, Mapping):
            return Rows({name: [values[i] for i in indices] for name, values in self.held.items()})
        return Rows(self.held[list(indices)])

    @property
    def columns(self) -> list[str]:
        """The names of the columns, in order."""
        return list(self.held) if isinstance(self.held, Mapping) else self.held.columns

    def column(self, name: str) -> list[Any]:
        """The values of one column; None where missing."""
        return list(self.held[name]) if isinstance(self.held, Mapping) else self.held[name].to_list()

    @cached_property
    def frame(self) -> pl.DataFrame:
        """The rows as a polars DataFrame."""
        import polars as pl

        return pl.DataFrame(self.held) if isinstance(self.held, Mapping) else self.held
