"""The columns of a table, typed: numbers, categories, missing values; and what is odd about them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import product
from typing import TYPE_CHECKING

from netwright.base.errors import DataError
from netwright.data.csvs import MISSING, Words
from netwright.findings import Finding

if TYPE_CHECKING:
    import polars as pl

A_FEW = 100


def typed(words: Words, path: str) -> tuple[pl.DataFrame, tuple[Finding, ...]]:
    """A frame of Int64, Float64 and String columns from words; missing values are null.

    A column is numeric when every known word is a number (with a decimal comma, too, where the delimiter is no comma).

    Returns:
        The frame, and a finding for each column of mixed types.
    """
    import polars as pl

    columns, findings = [], []
    for series in words.cells.get_columns():
        column, finding = _typed(series, words, path)
        columns.append(column)
        findings.extend(finding)
    return pl.DataFrame(columns), (*_header_finding(words.cells.columns, path), *findings)


def plain(frame: pl.DataFrame) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """A frame of numbers, booleans and words from any frame: dates become days, durations seconds.

    Returns:
        The frame, and notes on what was converted.

    Raises:
        DataError: a column holds lists, structures or bytes.
    """
    import polars as pl

    changes, dates = [], []
    for name, kind in frame.schema.items():
        column = pl.col(name)
        if kind.is_decimal():
            changes.append(column.cast(pl.Float64))
        elif kind == pl.Duration:
            changes.append(column.dt.total_milliseconds() / 1e3)
        elif kind in (pl.Date, pl.Datetime):
            dates.append(name)
            changes.append(column.cast(pl.Datetime("ms")).dt.timestamp("ms") / 86_400_000)
        elif kind in (pl.Categorical, pl.Enum, pl.Time):
            changes.append(column.cast(pl.String))
        elif not (kind.is_numeric() or kind in (pl.String, pl.Boolean, pl.Null)):
            raise DataError(f"column '{name}' holds {kind}: expected numbers or words; take it out or spread it first.")
    notes = (f"dates are read as days since 1970: {', '.join(dates)}",) if dates else ()
    return frame.with_columns(changes), notes


def inspect(frame: pl.DataFrame) -> tuple[pl.DataFrame, tuple[Finding, ...]]:
    """The input columns without those that hold nothing, and findings on all-missing, constant and infinite ones."""
    findings: list[Finding] = []
    empty, constant, infinite = [], [], {}
    for column in frame.get_columns():
        if column.dtype.is_float():
            if count := int(column.is_infinite().sum()):
                infinite[column.name] = count
            column = column.fill_nan(None)
        if column.null_count() == len(column):
            empty.append(column.name)
        elif column.null_count() == 0 and column.head(A_FEW).n_unique() == 1 and column.n_unique() == 1:
            constant.append(column.name)
    if empty:
        findings.append(_about("NW210", empty, "holds no value at all and is left out", "hold no value at all and are left out",
                               "fill the column, or remove it from the file"))  # fmt: skip
    if constant and len(frame) > 1:
        findings.append(_about("NW211", constant, "has the same value in every row", "have the same value in every row",
                               "remove the column: it says nothing about the target"))  # fmt: skip
    if infinite:
        said = ", ".join(f"{count:,} in '{name}'" for name, count in list(infinite.items())[:3])
        findings.append(Finding("NW213", f"infinite values are taken as missing: {said}.", {"columns": infinite},
                                ("find where they come from: a division by zero, a logarithm of zero",)))  # fmt: skip
    return frame.drop(empty), tuple(findings)


def _typed(words: pl.Series, origin: Words, path: str) -> tuple[pl.Series, list[Finding]]:
    import polars as pl

    known = words.set(words.is_in(_in_every_case()), None)
    if known.null_count() == len(known):
        return known, []
    if _whole(known.head(A_FEW)) is not None and (whole := _whole(known)) is not None:
        return whole, []
    numbers = known.cast(pl.Float64, strict=False)
    if numbers.null_count() > known.null_count() and origin.delimiter != ",":
        comma = known.str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)
        numbers = comma if comma.null_count() == known.null_count() else numbers
    if numbers.null_count() == known.null_count():
        return numbers, []
    return known, _mixed(known, numbers, origin, path)


@cache
def _in_every_case() -> list[str]:
    """``na``, ``nA``, ``Na``, ``NA`` ...: looked up at once where lower-casing a million words takes its time."""
    return sorted({"".join(signs) for word in MISSING for signs in product(*({c, c.upper()} for c in word))})


def _whole(known: pl.Series) -> pl.Series | None:
    """The words as whole numbers, if all known ones are such."""
    import polars as pl

    found = known.cast(pl.Int64, strict=False)
    return found if found.null_count() == known.null_count() else None


def _mixed(known: pl.Series, numbers: pl.Series, origin: Words, path: str) -> list[Finding]:
    """A finding when at least half of the known words are numbers."""
    odd = (known.is_not_null() & numbers.is_null()).arg_true()
    total = len(known) - known.null_count()
    if 2 * len(odd) > total:
        return []
    at = int(odd[0])
    said = f"column '{known.name}' mixes numbers with words and is read as categories: {len(odd):,} of {total:,} are no numbers, first '{known[at]}' at {path}:{origin.lines[at]}."
    return [
        Finding("NW212", said, {"column": known.name, "words": len(odd), "known": total, "line": origin.lines[at]},
                ("mend these cells or empty them, if the column is a number",))
    ]  # fmt: skip


def _header_finding(names: Sequence[str], path: str) -> tuple[Finding, ...]:
    numbers = [name for name in names if _is_number(name)]
    if len(numbers) * 2 <= len(names):
        return ()
    said = f"the first line of {path} looks like data ({', '.join(names[:4])}{', ...' if len(names) > 4 else ''}), and was taken as the names of the columns."
    return (
        Finding("NW216", said, {"numbers": len(numbers), "columns": len(names)},
                ("add a line with the columns' names at the top of the file",)),
    )  # fmt: skip


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def _about(code: str, names: Sequence[str], one: str, many: str, do: str) -> Finding:
    listed = ", ".join(f"'{name}'" for name in names[:5]) + (", ..." if len(names) > 5 else "")
    said = f"column {listed} {one}." if len(names) == 1 else f"{len(names):,} columns {many}: {listed}."
    return Finding(code, said, {"columns": list(names[:100])}, (do,))
