"""Tables to examples: CSV, TSV, Parquet and data frames.

Target, group, weight and time are taken out; rows are named by file and line.
"""

from __future__ import annotations

import dataclasses
import warnings
from array import array
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from netwright.base.errors import DataError, NetwrightWarning
from netwright.base.findings import DOES_NOT_FIT, Finding
from netwright.contract import Examples, ReadOptions, Source
from netwright.contract.reading import Reading, reading
from netwright.data.hashes import Hashes
from netwright.data.several_targets.names import named_columns
from netwright.data.tables import columns, frames, on_disk, table_files
from netwright.data.tables.cells.missing import known_cells
from netwright.data.tables.cells.repeated import in_cells
from netwright.data.tables.exact import without
from netwright.data.tables.formats.table_look import TableLook
from netwright.data.tables.ids import ids_of
from netwright.data.tables.judging import Judging, Understood
from netwright.data.tables.judging.inspection import Inspection
from netwright.data.tables.roles import Apart, apart_of, beside, with_roles, with_targets
from netwright.data.tables.rows import LineSources, Rows
from netwright.data.tables.table_files import TableFile, TablePart

if TYPE_CHECKING:
    import polars as pl

MEMORY = 2**31
"""Bytes that reading a table may take, about, when nobody says."""

__all__ = ["Rows", "read_frame", "read_rows", "read_table"]


def read_table(source: Source, *, memory: int = MEMORY) -> Reading:
    """The examples of a table file.

    One that does not fit into ``memory`` bytes is kept on disk and read by place.

    Args:
        source: its options name ``target``, ``group``, ``weight``, ``time`` and ``task``.

    Raises:
        DataError: the file cannot be read as a table, or one of these columns is not in it.
    """
    path = Path(source.path)
    looked = table_files.look(path, source.options.columns or ())
    if source.options.target is None and looked.target is not None:
        options = dataclasses.replace(source.options, target=looked.target)
        source = dataclasses.replace(source, options=options)
    options, apart = source.options, apart_of(source, looked.names, looked.held_at)
    judging = judging_of(options, apart)
    dates = looked.dates if judging.as_at_first else ()
    if table_files.fits(looked, memory):
        file, part = held(looked, memory, judging)
        found = Understood(file.forms, file.count, file.notes, file.findings)
        return _of_part(part, found, LineSources(path.name, part.lines), source, judging, dates)
    kept = on_disk.keep(looked, apart=apart, memory=memory, judging=judging, scheme=options.ids)
    note = (
        "the table is read by place from the cache folder: in memory it would take more than"
        f" {memory >> 20:,} MiB"
    )
    return _examples(
        Rows(kept.rows),
        kept.ids,
        LineSources(path.name, kept.lines),
        source,
        kept.empty,
        Understood(kept.forms, len(kept.ids), (*kept.notes, note), kept.findings),
        dates,
    )


def judging_of(options: ReadOptions, apart: Apart) -> Judging:
    """How the columns of a table are judged; what does not fit is refused where an earlier reading
    says what fits, unless the options are lenient.
    """
    is_new = options.columns is None
    lenient = columns.Lenient() if is_new or options.lenient else None
    roles = [name for name in (*apart.names, apart.time) if name]
    return Judging(options.columns, options.wanted, apart.targets, roles, lenient)


def _misfits(judging: Judging) -> tuple[Finding, ...]:
    return judging.lenient.findings() if judging.lenient else ()


def read_rows(path: Path, options: ReadOptions, *, memory: int = MEMORY) -> Examples:
    """The rows of a table as examples without targets: all columns are inputs.

    Args:
        options: how an earlier reading understood the columns.

    Raises:
        DataError: the file cannot be read as a table, or a cell is not what its column held before.
    """
    looked = table_files.look(path, for_inputs(options).columns or ())
    options = for_inputs(dataclasses.replace(options, target=options.target or looked.target))
    judging = judging_of(options, Apart())
    if table_files.fits(looked, memory):
        file, part = held(looked, memory, judging)
        ids = ids_of(part, Apart(), options.columns or file.forms, options.ids)
        rows, lines = Rows(part.frame), part.lines
        _warn(_misfits(judging))
    else:
        kept = on_disk.keep(
            looked, apart=Apart(), memory=memory, judging=judging, scheme=options.ids
        )
        rows, ids, lines = Rows(kept.rows), kept.ids, kept.lines
        _warn(found for found in kept.findings if found.code == DOES_NOT_FIT)
    return Examples(rows, [None] * len(rows), ids, LineSources(path.name, lines))


def _warn(findings: Iterable[Finding]) -> None:
    """Findings on inputs to answer, which no reading carries."""
    for found in findings:
        warnings.warn(found.message, NetwrightWarning, stacklevel=2)


def rows_of_frame(frame: pl.DataFrame, options: ReadOptions, sources: Sequence[str]) -> Examples:
    """The rows of any frame as examples without targets, as ``read_rows``."""
    judging = judging_of(options, Apart())
    part, found = typed(frame, judging, sources)
    _warn(_misfits(judging))
    ids = ids_of(part, Apart(), options.columns or found.forms, options.ids)
    return Examples(Rows(part.frame), [None] * len(part.frame), ids, sources)


def typed(
    frame: pl.DataFrame, judging: Judging, sources: Sequence[str]
) -> tuple[TablePart, Understood]:
    """The rows of any frame with their columns judged, and how."""
    plain = frames.plain(frame)
    known, rows = known_cells(plain), range(len(plain))
    if judging.as_at_first:
        known = columns.dates_as_days(known)
    held = in_cells(known)
    untyped = frames.untyped(frame.schema)
    found = judging.of(lambda: [(held, rows)], plain.columns, untyped=untyped)
    cells = columns.dates_as_days(plain) if judging.as_at_first else known
    if judging.as_at_first:
        held = in_cells(cells)
    typed = columns.convert(held, found.forms, sources.__getitem__, judging.lenient)
    judging.expect_fitting()
    return TablePart(typed, cells, rows), found


def for_inputs(options: ReadOptions) -> ReadOptions:
    """The options by which inputs to answer are read: columns as before, but for those that the net
    does not read, in which anything may stand.
    """
    if options.columns is None:
        return options
    named = named_columns(options.target, list(options.columns))
    time = None if options.time_is_input else options.time
    others = {*named, options.group, options.weight, time, options.domain}
    forms = {
        name: form
        for name, form in options.columns.items()
        if name not in others and form.kind != "ignore"
    }
    return dataclasses.replace(options, columns=forms, wanted={})


def read_frame(
    frame: pl.DataFrame,
    source: Source,
    *,
    sources: Sequence[str] | None = None,
    notes: tuple[str, ...] = (),
) -> Reading:
    """The examples of any polars frame.

    Args:
        source: its options name ``target``, ``group``, ``weight``, ``time`` and ``task``.
        sources: one a row (default: ``memory:0`` and so on).

    Raises:
        DataError: one of these is not among the columns, nothing is left to learn from, or the
            target is unusable.
    """
    apart = apart_of(source, frame.columns)
    judging = judging_of(source.options, apart)
    dates = frames.dates_in(frame.schema) if judging.as_at_first else ()
    sources = LineSources(source.path, range(len(frame))) if sources is None else sources
    part, found = typed(frame, judging, sources)
    found = dataclasses.replace(found, notes=(*notes, *found.notes))
    return _of_part(part, found, sources, source, judging, dates)


def _of_part(
    part: TablePart,
    found: Understood,
    sources: Sequence[str],
    source: Source,
    judging: Judging,
    dates: Sequence[str],
) -> Reading:
    """The examples of all rows of a table, held in memory."""
    options, apart = source.options, apart_of(source, part.frame.columns)
    ids = ids_of(part, apart, options.columns or found.forms, options.ids)
    inspection = Inspection()
    inspection.look(without(part.frame, [*apart.names, *found.left_out]))
    findings = (*found.findings, *_misfits(judging), *inspection.findings())
    understood = dataclasses.replace(found, findings=findings)
    return _examples(Rows(part.frame), ids, sources, source, inspection.empty, understood, dates)


def _examples(
    rows: Rows,
    ids: Hashes,
    sources: Sequence[str],
    source: Source,
    empty: Sequence[str],
    understood: Understood,
    dates: Sequence[str],
) -> Reading:
    """Target, group, weight and time taken out of the rows."""
    apart = apart_of(source, rows.columns)
    prose = [name for name, form in understood.forms.items() if form.kind == "prose"]
    inputs = dataclasses.replace(rows, prose=tuple(prose)).drop(
        [*apart.names, *empty, *understood.left_out]
    )
    if not inputs.columns:
        raise DataError(f"{source.path} holds no column to learn from beside {beside(apart)}.")
    bare = Examples(inputs, [None] * len(rows), ids, sources)
    examples = with_roles(bare, apart, rows.series, dates)
    note, odd = "no target is named", tuple[Finding, ...]()
    if apart.targets:
        columns_of = {name: rows.series(name) for name in apart.targets}
        learn = source.options.columns is None
        examples, note, odd = with_targets(examples, columns_of, source.options.task, learn=learn)
    return reading(
        examples,
        source,
        notes=(*understood.notes, note),
        findings=(*understood.findings, *odd),
        columns=understood.forms,
    )


def held(looked: TableLook, memory: int, judging: Judging) -> tuple[TableFile, TablePart]:
    """A table file and all its rows."""
    file = table_files.table(looked, memory, judging)
    return file, whole(file)


def whole(file: TableFile) -> TablePart:
    """All rows of a table file."""
    import polars as pl

    parts = list(file.parts())
    if len(parts) == 1:
        return parts[0]
    lines = array("q", (line for part in parts for line in part.lines))
    return TablePart(
        pl.concat([part.frame for part in parts]), pl.concat([part.words for part in parts]), lines
    )
