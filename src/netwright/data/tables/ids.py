"""By what the rows of a table are known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from netwright.contract import ColumnForm
from netwright.data.hashes import Hashes, hashes_of
from netwright.data.tables.exact import nameless, without
from netwright.data.tables.roles import Apart

if TYPE_CHECKING:
    import polars as pl

    from netwright.data.tables.table_files import TablePart


def ids_of(part: TablePart, apart: Apart, forms: Mapping[str, ColumnForm], scheme: int) -> Hashes:
    """What each row is known by: a hash.

    Args:
        apart: columns that are no input.
        forms: column -> how it is read, or was by an earlier reading; by the second scheme those
            that are not named, or left out, say nothing.
        scheme: 2: by the values of the inputs, of group and time, in the order of the columns'
            names, so that neither the order of the columns nor others beside them matter, nor how a
            value is written. 1: by the words of all cells but targets and weight, as in the first
            releases.
    """
    if scheme == 1:
        return hashes_of(without(part.words, apart.unidentified))
    names = sorted(
        name
        for name in part.frame.columns
        if name in forms and forms[name].kind != "ignore" and name not in apart.unidentified
    )
    # where no column is known, as of a table whose texts have another name, by all of them
    return hashes_of(values_in_words(part.frame, names or part.frame.columns))


def values_in_words(frame: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    """These columns with every value in the same words, from wherever it came."""
    import polars as pl

    def in_words(column: pl.Series) -> pl.Series:
        if column.dtype.is_temporal():
            return column.cast(pl.Int64).cast(pl.String)
        if column.dtype.is_numeric():
            return column.cast(pl.Float64).fill_nan(None).cast(pl.String)
        return column.cast(pl.String)

    # by place: a name might be taken for a pattern
    return pl.DataFrame(
        {str(at): in_words(nameless(frame.get_column(name))) for at, name in enumerate(names)}
    )
