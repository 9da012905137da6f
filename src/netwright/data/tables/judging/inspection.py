"""What is odd about the input columns of a table: empty, all alike, infinite."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from netwright.base.findings import Finding
from netwright.data.tables.exact import nameless

if TYPE_CHECKING:
    import polars as pl

A_FEW = 100


@dataclass
class Inspection:
    """What is odd about the input columns, part by part.

    Args:
        values: column -> how many values it holds; first: its first value, while all are the same.
        infinite: column -> how many are infinite.
    """

    rows: int = 0
    values: dict[str, int] = field(default_factory=dict)
    first: dict[str, Any] = field(default_factory=dict)
    infinite: dict[str, int] = field(default_factory=dict)

    def look(self, frame: pl.DataFrame) -> None:
        """Take the next rows into account."""
        for named in frame.get_columns():
            name, column = named.name, nameless(named)
            if column.dtype.is_float():
                if count := int(column.is_infinite().sum()):
                    self.infinite[name] = self.infinite.get(name, 0) + count
                column = column.fill_nan(None)
            known = len(column) - column.null_count()
            if not self.rows and known == len(column):
                self.first[name] = column[0]
            if name in self.first and not (
                known == len(column) and _all_equal(column, self.first[name])
            ):
                del self.first[name]
            self.values[name] = self.values.get(name, 0) + known
        self.rows += len(frame)

    @property
    def empty(self) -> list[str]:
        """Columns that hold nothing."""
        return [name for name, count in self.values.items() if not count]

    def findings(self) -> tuple[Finding, ...]:
        """On all-missing, constant and infinite columns."""
        findings: list[Finding] = []
        if self.empty:
            findings.append(
                _about(
                    "NW210",
                    self.empty,
                    "holds no value at all and is left out",
                    "hold no value at all and are left out",
                    "fill the column, or remove it from the file",
                )
            )
        if self.first and self.rows > 1:
            findings.append(
                _about(
                    "NW211",
                    list(self.first),
                    "has the same value in every row",
                    "have the same value in every row",
                    "remove the column: it says nothing about the target",
                )
            )
        if self.infinite:
            counts = {name: self.infinite[name] for name in self.values if name in self.infinite}
            listed = ", ".join(f"{count:,} in '{name}'" for name, count in list(counts.items())[:3])
            findings.append(
                Finding(
                    "NW213",
                    f"infinite values are taken as missing: {listed}.",
                    {"columns": counts},
                    ("find where they come from: a division by zero, a logarithm of zero",),
                )
            )
        return tuple(findings)


def _all_equal(column: pl.Series, value: Any) -> bool:
    return bool((column.head(A_FEW) == value).all() and (column == value).all())


def _about(code: str, names: Sequence[str], one: str, many: str, do: str) -> Finding:
    listed = ", ".join(f"'{name}'" for name in names[:5]) + (", ..." if len(names) > 5 else "")
    message = (
        f"column {listed} {one}."
        if len(names) == 1
        else f"{len(names):,} columns {many}: {listed}."
    )
    return Finding(code, message, {"columns": list(names[:100])}, (do,))
