"""The columns of a table, typed: numbers, categories, missing values; and their oddities."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, cast, get_args

from netwright.base.errors import DataError
from netwright.base.figures import counted, shorten
from netwright.base.findings import DOES_NOT_FIT, Finding
from netwright.base.typed_numbers import SPELLED
from netwright.contract import ColumnForm
from netwright.data.tables.cells import dates, durations, magnitudes, written_numbers
from netwright.data.tables.cells.missing import stands_for_nothing
from netwright.data.tables.cells.repeated import Cells
from netwright.data.tables.exact import at_once, nameless
from netwright.data.times import DAY

if TYPE_CHECKING:
    import polars as pl

ColumnKind = Literal["whole", "number", "boolean", "date", "words", "prose", "ignore"]
"""How cells are read: as Int64, Float64, yes or no, moments, words, sentences (words, too, of which
no net of rows learns), or as they stand, to be left out.
"""

KINDS: tuple[ColumnKind, ...] = get_args(ColumnKind)
EXPECTED: Mapping[str, str] = {
    "whole": "a number",
    "number": "a number",
    "boolean": "true or false",
    "date": "a date as 2024-01-31",
}


def convert(
    cells: Mapping[str, Cells],
    forms: Mapping[str, ColumnForm],
    place: Callable[[int], str],
    lenient: Lenient | None = None,
) -> pl.DataFrame:
    """A frame of these columns as these forms say; the others as they are. Missing values are null.

    Args:
        cells: column -> its cells.
        place: row -> where it stands, for messages.
        lenient: what does not fit is counted there and is missing; None: it is refused.

    Raises:
        DataError: a value is not of its column's form.
    """

    def read(name: str) -> tuple[pl.Series, pl.Series]:
        return _read_as(cells[name], forms[name])

    import polars as pl

    found = {name: column.values for name, column in cells.items()}
    rows = max(map(len, found.values()), default=0)
    for name, (values, wrong) in zip(forms, at_once(read, forms, rows), strict=True):
        found[name] = values
        if lenient is not None:
            lenient.fitting[name] += len(values) - values.null_count()
        if not len(wrong):
            continue
        first = int(wrong[0])
        value = shorten(str(cells[name].values[first]), 60)
        if lenient is None:
            raise DataError(
                f"{place(first)}: column '{name}' holds '{value}': expected"
                f" {_expected(forms[name])}, as in training; mend the cell or empty it, or let it"
                " count as missing with --lenient."
            )
        lenient.columns[name] += len(wrong)
        lenient.first.setdefault(name, f"'{value}' at {place(first)}")
        lenient.expected.setdefault(name, _expected(forms[name]))
    return pl.DataFrame(found)


@dataclass
class Lenient:
    """Values that did not fit and count as missing.

    Args:
        columns: name -> how many; first: one of them, and where it stood; expected: what it is
            not.
        fitting: name -> how many did.
    """

    columns: Counter[str] = field(default_factory=Counter)
    first: dict[str, str] = field(default_factory=dict)
    expected: dict[str, str] = field(default_factory=dict)
    fitting: Counter[str] = field(default_factory=Counter)

    def expect_some(self) -> None:
        """See that no column holds but what does not fit.

        Raises:
            DataError: one does.
        """
        for name, count in self.columns.items():
            if not self.fitting[name]:
                raise DataError(
                    f"data.columns says that '{name}' holds {self.expected[name]}, and none of its"
                    f" {counted(count, 'known cell')} does: first {self.first[name]}; say what the"
                    " column holds, or how its cells are written, as %m/%d/%y or 1.234,5."
                )

    def findings(self) -> tuple[Finding, ...]:
        """One for all of them."""
        if not self.columns:
            return ()
        listed = ", ".join(
            f"{many:,} in '{name}' (first {self.first[name]})"
            for name, many in list(self.columns.items())[:5]
        )
        message = f"values that are not what their column holds count as missing: {listed}."
        do = "mend these cells, or see whether the column holds something else (docs/tables.md)"
        return (Finding(DOES_NOT_FIT, message, {"columns": dict(self.columns)}, (do,)),)


def understood(
    before: Mapping[str, ColumnForm] | None, here: Mapping[str, ColumnForm]
) -> dict[str, ColumnForm]:
    """The forms of an earlier reading, of the columns that are here; where it saw whole numbers
    alone and here are others, they are numbers.
    """
    known = {n: form for n, form in (before or {}).items() if n in here}
    return {
        name: replace(form, kind="number")
        if form.kind == "whole" and here[name].kind != "whole"
        else form
        for name, form in known.items()
    }


def forms_of(frame: pl.DataFrame) -> dict[str, ColumnForm]:
    """How the columns of a plain frame are understood: by their types."""
    return {name: ColumnForm(kind_of(kind)) for name, kind in frame.schema.items()}


def kind_of(kind: Any) -> ColumnKind:
    """Of a typed column."""
    import polars as pl

    if kind.is_integer():
        return "whole"
    if kind == pl.Boolean:
        return "boolean"
    if kind.is_temporal():
        return "date"
    return "number" if kind.is_numeric() else "words"


def _read_as(cells: Cells, form: ColumnForm) -> tuple[pl.Series, pl.Series]:
    """The values of a column as values of this form; null stays null. And the places of those that
    are not of it, which are null.
    """
    import polars as pl

    column = cells.values
    if column.dtype.is_float() and form.kind != "number":
        column = column.fill_nan(None)
        cells = Cells(column)
    found = read_as(cells, form)
    wrong = pl.Series(dtype=pl.UInt32)
    if found.null_count() > column.null_count():
        here = column.is_not_null() & found.is_null()
        if column.dtype == pl.String:
            here = here & ~stands_for_nothing(column) & ~column.is_in(form.missing)
        wrong = here.arg_true()
    return _without_stand_ins(found, form), wrong


def _expected(form: ColumnForm) -> str:
    if form.kind == "boolean" and form.pattern:
        return form.pattern.replace("/", " or ")
    if form.pattern == durations.PATTERN:
        return "a duration as 1:23:45 or 5h 14min"
    if form.kind == "date" and form.pattern:
        return f"a date as {dates.example(form.pattern)}"
    unit = f" (in {form.unit})" if form.unit else ""
    comma = " with a decimal comma" if form.decimal == "," else ""
    return f"{EXPECTED[form.kind]}{comma}{unit}"


def _without_stand_ins(found: pl.Series, form: ColumnForm) -> pl.Series:
    """Null for the numbers that stand for a missing one."""
    import polars as pl

    numbers = [float(word) for word in form.missing if is_number(word)]
    if not numbers or not found.dtype.is_numeric():
        return found
    return found.set(found.cast(pl.Float64).is_in(numbers).fill_null(False), None)


def is_number(word: str) -> bool:
    """Whether it stands for a number as Python writes them."""
    try:
        float(word)
    except ValueError:
        return False
    return True


def like_data(names: Sequence[str]) -> bool:
    """Whether most of a table's names are numbers: its file has no line of names."""
    return 2 * sum(map(is_number, names)) > len(names)


def as_form(column: pl.Series, form: ColumnForm) -> pl.Series:
    """The values of a column as values of this form; null where one is not of it."""
    return read_as(Cells(column), form)


def read_as(cells: Cells, form: ColumnForm) -> pl.Series:
    """The same of its cells, which remember what was made of them."""
    way = (form.kind, form.pattern, form.decimal, form.thousands, form.unit)
    return cells.read(way, lambda each: _made_of(each, form))


def _made_of(cells: Cells, form: ColumnForm) -> pl.Series:
    import polars as pl

    column = cells.values
    kind = cast("ColumnKind", form.kind)
    is_text = column.dtype == pl.String
    if kind == "ignore":
        return column
    if kind in ("words", "prose"):
        return _as_words(column)
    if kind == "boolean":
        if column.dtype in (pl.Boolean, pl.Null):
            return column.cast(pl.Boolean)
        return _as_boolean(_as_words(column))
    if kind == "date":
        return _as_dates(column, form.pattern)
    if column.dtype.is_temporal():
        return _as_days(column)
    if is_text and (form.decimal, form.thousands, form.unit, form.pattern) != (".", "", "", ""):
        return _as_numbers(cells, form)
    return column.cast(pl.Int64 if kind == "whole" else pl.Float64, strict=False)


def _as_words(column: pl.Series) -> pl.Series:
    import polars as pl

    if column.dtype.is_float():  # 3.0 is the category 3, as a target's
        whole = column.is_finite() & (column == column.round()) & (column.abs() < 2**53)
        as_whole = column.cast(pl.Int64, strict=False).cast(pl.String)
        return as_whole.zip_with(whole.fill_null(False), column.cast(pl.String))
    return column.cast(pl.String)


def _as_numbers(cells: Cells, form: ColumnForm) -> pl.Series:
    if form.pattern == durations.PATTERN:
        return durations.to_seconds(cells.values)
    if form.pattern == magnitudes.PATTERN:
        return magnitudes.to_numbers(cells.values, form)
    return written_numbers.to_numbers(cells, form)


def _as_boolean(words: pl.Series) -> pl.Series:
    import polars as pl

    return words.str.to_lowercase().replace_strict(SPELLED, default=None, return_dtype=pl.Boolean)


def _as_dates(column: pl.Series, pattern: str) -> pl.Series:
    """Moments in milliseconds; numbers are days since 1970."""
    import polars as pl

    if column.dtype == pl.String:
        return dates.to_dates(column, pattern) if pattern else dates.to_plain_dates(column)
    if column.dtype.is_numeric():
        return (column.cast(pl.Float64) * DAY).cast(pl.Int64, strict=False).cast(pl.Datetime("ms"))
    return column.cast(pl.Datetime("ms"), strict=False)


def _as_days(column: pl.Series) -> pl.Series:
    """Days since 1970 of moments."""
    import polars as pl

    return column.cast(pl.Datetime("ms")).dt.timestamp("ms") / DAY


def dates_as_days(frame: pl.DataFrame) -> pl.DataFrame:
    """A plain frame with days since 1970 in place of dates, as the first releases had them."""
    return frame.with_columns(
        _as_days(nameless(column)).alias(column.name)
        for column in frame.get_columns()
        if column.dtype.is_temporal()
    )
