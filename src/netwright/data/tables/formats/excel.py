"""Excel's ``.xlsx``: the first sheet. Its cells are typed; a column that mixes types is words.

The reader is given the workbook as it was unpacked here, once it is known to what it unfolds.
"""

from __future__ import annotations

import contextlib
import io
import logging
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netwright.base.errors import DataError, UnreadableError
from netwright.base.figures import shorten
from netwright.base.visible import one_line
from netwright.data.sources.unpack import expect_plausible
from netwright.data.tables import frames
from netwright.data.tables.exact import nameless
from netwright.data.tables.formats.table_look import (
    LOOKED_AT,
    Content,
    TableLook,
    expect_few,
    in_parts,
    named,
)
from netwright.data.tables.formats.top_lines import MOST_TITLES, titles_of_sheet, titles_skipped
from netwright.data.tables.formats.workbook_xml import Extent

if TYPE_CHECKING:
    import polars as pl

ENDINGS = (".xlsx",)

CELL = 32
"""Bytes of a place of a sheet while it is read, about."""

MOST_NAMED = 5

TOP = MOST_TITLES + LOOKED_AT
"""Rows of a sheet that are looked at for its header."""


@dataclass(frozen=True)
class _Top:
    """How a sheet begins.

    Args:
        above: rows that hold nothing, above the first that does; rows: that one and those below it.
        known: see ``Content``.
    """

    above: int
    rows: list[list[str]]
    known: frozenset[str]

    @property
    def titles(self) -> int:
        """Rows that tell of the table before its header."""
        return titles_of_sheet(self.rows, self.known)

    @property
    def header(self) -> int:
        """The row with the names; the first of all is 1."""
        return self.above + self.titles + 1

    @property
    def notes(self) -> tuple[str, ...]:
        """For the person."""
        if not self.titles:
            return ()
        first = next(cell for cell in self.rows[0] if cell)
        return (titles_skipped(self.titles, one_line(first), self.header, "row"),)

    def held_at(self, word: str) -> str | None:
        """See ``TableLook``."""
        below = enumerate(self.rows[self.titles + 1 :][:LOOKED_AT], start=self.header + 1)
        return next((f"row {at}" for at, row in below if word in row), None)


def look(content: Content) -> TableLook:
    """The first sheet of an Excel file, which is held from then on.

    Raises:
        DataError: it is no Excel file, unfolds beyond all measure, its first sheet holds no table,
            or the package that reads it is not there.
    """

    path = content.path
    sheets, top, frame, lines = _first_sheet(content, _reader(path), _unpacked(content))
    expect_few(path, frame.width)
    plain = frames.plain(frame)
    return TableLook(
        content,
        plain.columns,
        lambda size: in_parts(plain, lines, size, CELL),
        0,
        about="; ".join([_named(sheets), *top.notes]),
        delimiter="",
        dates=frames.dates_in(frame.schema),
        count=len(plain),
        held_at=top.held_at,
    )


def _named(sheets: Sequence[str]) -> str:
    """Which sheet is read, and which are not."""
    first, *others = (f"'{one_line(name)}'" for name in sheets)
    if not others:
        return f"the sheet {first}"
    more = ", ..." if len(others) > MOST_NAMED else ""
    return f"the first sheet, {first} (not read: {', '.join(others[:MOST_NAMED])}{more})"


def _reader(path: Path) -> Any:
    """The package that reads workbooks.

    Raises:
        DataError: it is not there.
    """
    try:
        import fastexcel
    except ImportError:
        raise DataError(
            f"{path}: Excel files need one package more: pip install 'netwright[excel]', or save it"
            " as CSV."
        ) from None
    return fastexcel


def _first_sheet(
    content: Content, reader: Any, unpacked: bytes
) -> tuple[list[str], _Top, pl.DataFrame, Sequence[int]]:
    """(the names of all sheets, how the first one begins, its rows that hold something, where each
    stands).
    """
    import polars as pl

    try:
        with _quiet():
            workbook = reader.read_excel(unpacked)
            sheets = list(workbook.sheet_names)
            head = workbook.load_sheet(0, header_row=None, n_rows=TOP, dtypes="string")
            every = workbook.load_sheet(0, header_row=None, skip_rows=0, n_rows=1, dtypes="string")
            # one counts rows from the first that holds something, the other from the first of all
            above = every.total_height - head.total_height
            top = _Top(above, _words(head.to_polars()), content.known)
            names, header = _names(content.path, sheets[0], top), top.header
            frame = workbook.load_sheet(
                0, header_row=None, skip_rows=header, column_names=names, schema_sample_rows=None
            ).to_polars()
    except DataError:
        raise
    except Exception as error:  # the reader's own kinds
        raise _unreadable(content.path, error) from None
    filled = frame.select(~pl.all_horizontal(pl.all().is_null())).to_series()
    lines = [header + 1 + at for at in filled.arg_true().to_list()]
    return sheets, top, _whole(frame.filter(filled)), lines


def _words(head: pl.DataFrame) -> list[list[str]]:
    return [[(cell or "").strip() for cell in row] for row in head.rows()]


def _names(path: Path, sheet: str, top: _Top) -> list[str]:
    if not top.rows or not top.rows[0]:
        raise DataError(f"{path}: its first sheet, '{one_line(sheet)}', is empty.")
    return named(path, top.rows[top.titles])


def _whole(frame: pl.DataFrame) -> pl.DataFrame:
    """Columns of whole numbers as such: a sheet knows one kind of number."""
    import polars as pl

    found = []
    for named_column in frame.get_columns():
        column = nameless(named_column)
        if column.dtype.is_float():
            known = column.drop_nulls()
            whole = known.is_finite() & (known == known.round()) & (known.abs() < 2**53)
            column = column.cast(pl.Int64) if whole.all() else column
        found.append(column.alias(named_column.name))
    return pl.DataFrame(found)


def _unpacked(content: Content) -> bytes:
    """The workbook's XML as an archive that is not packed.

    Raises:
        DataError: it is damaged, or unfolds beyond all measure.
    """
    path, packed, made, extent = content.path, content.size, io.BytesIO(), Extent()
    try:
        with (
            content.opened() as file,
            zipfile.ZipFile(file) as archive,
            zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as plain,
        ):
            parts = [one for one in archive.infolist() if one.filename.endswith((".xml", ".rels"))]
            expect_plausible(str(path), packed, sum(part.file_size for part in parts))
            for part in parts:
                xml = archive.read(part)
                extent.add(xml)
                plain.writestr(part.filename, xml)
    except (
        UnreadableError,
        OSError,
        EOFError,
        RuntimeError,
        ValueError,
        zlib.error,
        zipfile.BadZipFile,
    ) as error:
        raise _unreadable(path, error) from None
    expect_plausible(str(path), packed, extent.places * CELL)
    expect_plausible(str(path), packed, extent.repeated)
    return made.getvalue()


def _unreadable(path: Path, error: BaseException) -> DataError:
    why = (str(error).splitlines() or ["damaged"])[0].rstrip(".")
    return DataError(f"{path} cannot be read as an Excel file: {shorten(one_line(why), 200)}.")


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without the reader's remarks on columns that hold nothing."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)
