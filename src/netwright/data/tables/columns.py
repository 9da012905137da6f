"""The columns of a table, typed: numbers, categories, missing values; and their oddities."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import product
from typing import TYPE_CHECKING, Any, Literal, cast, get_args

from netwright.base.errors import DataError
from netwright.base.figures import shorten
from netwright.base.findings import Finding
from netwright.base.typed_numbers import SPELLED
from netwright.contract import ColumnForm
from netwright.data.tables.csv_text import MISSING
from netwright.data.tables.exact import nameless

if TYPE_CHECKING:
    import polars as pl

A_FEW = 100

ColumnKind = Literal["whole", "number", "comma", "boolean", "words"]
"""How a column's cells are read: as Int64, Float64, Float64 with decimal comma, yes or no, or as
words.
"""

KINDS: tuple[ColumnKind, ...] = get_args(ColumnKind)
EXPECTED: Mapping[ColumnKind, str] = {
    "whole": "a number",
    "number": "a number",
    "comma": "a number with a decimal comma",
    "boolean": "true or false",
}
ABSENT = ("-", "--", "---", ".", "\\n", "none", "missing", "n.a.", "na.", "(null)")
"""What else stands for no value in a column of numbers, in any case; among words it is a word."""


def convert(
    cells: pl.DataFrame, forms: Mapping[str, ColumnForm], place: Callable[[int], str]
) -> pl.DataFrame:
    """Typed columns from the words of a file; missing values are null.

    Args:
        forms: of each column.
        place: row -> where it stands, for messages.

    Raises:
        DataError: a word is not of its column's kind.
    """
    import polars as pl

    return pl.DataFrame(
        [
            read_as(known_words(nameless(column)), forms[column.name], column.name, place)
            for column in cells.get_columns()
        ]
    )


def conform(
    frame: pl.DataFrame,
    before: Mapping[str, ColumnForm] | None,
    place: Callable[[int], str],
) -> pl.DataFrame:
    """A plain frame with its columns as an earlier reading understood them; the others as they are.

    Args:
        before: the forms of that reading; None: there was none.
        place: row -> where it stands, for messages.

    Raises:
        DataError: a value is not of its column's kind.
    """
    return frame.with_columns(
        read_as(nameless(frame.get_column(name)), form, name, place)
        for name, form in understood(before, forms_of(frame)).items()
    )


def understood(
    before: Mapping[str, ColumnForm] | None, here: Mapping[str, ColumnForm]
) -> dict[str, ColumnForm]:
    """The forms of an earlier reading, of the columns that are here; where it saw whole numbers
    alone and here are others, they are numbers.
    """
    known = {n: form for n, form in (before or {}).items() if n in here and form.kind in KINDS}
    return {
        name: replace(form, kind="number")
        if form.kind == "whole" and here[name].kind != "whole"
        else form
        for name, form in known.items()
    }


def forms_of(frame: pl.DataFrame) -> dict[str, ColumnForm]:
    """How the columns of a plain frame are understood: by their types."""
    return {name: ColumnForm(_kind_of(kind)) for name, kind in frame.schema.items()}


def _kind_of(kind: Any) -> ColumnKind:
    import polars as pl

    if kind.is_integer():
        return "whole"
    if kind == pl.Boolean:
        return "boolean"
    return "number" if kind.is_numeric() else "words"


def read_as(
    column: pl.Series, form: ColumnForm, name: str, place: Callable[[int], str]
) -> pl.Series:
    """The values of a column as values of this form; null stays null.

    Args:
        name: what it is called.
        place: row -> where it stands, for messages.

    Raises:
        DataError: a value is not of this form.
    """
    import polars as pl

    kind = cast("ColumnKind", form.kind)
    if column.dtype.is_float() and kind != "number":
        column = column.fill_nan(None)
    found = _read_as(column, kind)
    wrong = column.is_not_null() & found.is_null()
    if column.dtype == pl.String and wrong.any():
        wrong = wrong & ~is_absent(column) & ~column.is_in(form.missing)
    if wrong.any():
        at = int(wrong.arg_true()[0])
        raise DataError(
            f"{place(at)}: column '{name}' holds '{shorten(str(column[at]), 60)}': expected"
            f" {EXPECTED[kind]}, as in training; mend the cell or empty it."
        )
    return found.alias(name)


def _read_as(column: pl.Series, kind: ColumnKind) -> pl.Series:
    """Null where a value is not of the kind."""
    import polars as pl

    if kind == "words":
        if column.dtype.is_float():  # 3.0 is the category 3, as a target's
            whole = column.is_finite() & (column == column.round()) & (column.abs() < 2**53)
            as_whole = column.cast(pl.Int64, strict=False).cast(pl.String)
            return as_whole.zip_with(whole.fill_null(False), column.cast(pl.String))
        return column.cast(pl.String)
    if kind == "boolean":
        if column.dtype in (pl.Boolean, pl.Null):
            return column.cast(pl.Boolean)
        words = _read_as(column, "words").str.to_lowercase()
        return words.replace_strict(SPELLED, default=None, return_dtype=pl.Boolean)
    if kind == "comma" and column.dtype == pl.String:
        column = with_points(column)
    return column.cast(pl.Int64 if kind == "whole" else pl.Float64, strict=False)


def is_absent(words: pl.Series) -> pl.Series:
    """Whether a word stands for a missing number."""
    return words.str.to_lowercase().is_in(ABSENT)


def plain(frame: pl.DataFrame) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """A frame of numbers, booleans and words from any frame: dates become days, durations seconds.

    Returns:
        The frame, and notes on what was converted.

    Raises:
        DataError: a column holds lists, structures or bytes.
    """
    import polars as pl

    changes: dict[str, pl.Series] = {}
    dates = []
    for named in frame.get_columns():
        name, kind, column = named.name, named.dtype, nameless(named)
        if kind.is_decimal():
            changes[name] = column.cast(pl.Float64)
        elif kind == pl.Duration:
            changes[name] = column.dt.total_milliseconds() / 1e3
        elif kind in (pl.Date, pl.Datetime):
            dates.append(name)
            changes[name] = column.cast(pl.Datetime("ms")).dt.timestamp("ms") / 86_400_000
        elif kind in (pl.Categorical, pl.Enum, pl.Time):
            changes[name] = column.cast(pl.String)
        elif not (kind.is_numeric() or kind in (pl.String, pl.Boolean, pl.Null)):
            raise DataError(
                f"column '{name}' holds {kind}: expected numbers or words; take it out or spread it"
                " first."
            )
    notes = (f"dates are read as days since 1970: {', '.join(dates)}",) if dates else ()
    return frame.with_columns(column.alias(name) for name, column in changes.items()), notes


def dates_in(schema: pl.Schema) -> tuple[str, ...]:
    """The columns of dates, which ``plain`` makes days since 1970 of."""
    import polars as pl

    return tuple(name for name, kind in schema.items() if kind in (pl.Date, pl.Datetime))


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


def known_words(words: pl.Series) -> pl.Series:
    """The words with null for every spelling of a missing value."""
    return words.set(words.is_in(_in_every_case()), None)


def with_points(known: pl.Series) -> pl.Series:
    return known.str.replace(",", ".", literal=True)


@cache
def _in_every_case() -> list[str]:
    """``na``, ``nA``, ``Na``, ``NA`` ...: faster than lower-casing a million words."""
    return sorted(
        {"".join(signs) for word in MISSING for signs in product(*({c, c.upper()} for c in word))}
    )


def _about(code: str, names: Sequence[str], one: str, many: str, do: str) -> Finding:
    listed = ", ".join(f"'{name}'" for name in names[:5]) + (", ..." if len(names) > 5 else "")
    message = (
        f"column {listed} {one}."
        if len(names) == 1
        else f"{len(names):,} columns {many}: {listed}."
    )
    return Finding(code, message, {"columns": list(names[:100])}, (do,))
