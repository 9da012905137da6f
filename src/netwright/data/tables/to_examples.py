"""Tables to examples: CSV, TSV, Parquet and data frames.

Target, group, weight and time are taken out; rows are named by file and line.
"""

from __future__ import annotations

import dataclasses
from array import array
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from netwright.base.errors import DataError, nearest
from netwright.base.findings import Finding
from netwright.contract import Examples, Source
from netwright.contract.reading import Reading, reading
from netwright.data import targets, times, weights
from netwright.data.hashes import Hashes, hashes_of
from netwright.data.packed import Floats, Labels
from netwright.data.tables import columns, on_disk, table_files
from netwright.data.tables.csv_text import Delimited
from netwright.data.tables.exact import without
from netwright.data.tables.on_disk import Apart
from netwright.data.tables.rows import LineSources, Rows
from netwright.data.tables.table_files import ParquetFile, TableFile, TablePart

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
    looked = table_files.look(path)
    dates = columns.dates_in(looked.schema) if isinstance(looked, ParquetFile) else ()
    if table_files.fits(looked, memory):
        file, held = _held(looked, memory)
        return read_frame(
            held.frame,
            source,
            words=held.words,
            sources=LineSources(path.name, held.lines),
            notes=file.notes,
            findings=file.findings,
            dates=dates,
        )
    apart = _apart(source)
    _check_columns(looked.names, source.path, apart)
    kept = on_disk.keep(looked, apart=apart, memory=memory)
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
        (*kept.notes, note),
        kept.findings,
        dates,
    )


def read_rows(path: Path, *, memory: int = MEMORY) -> Examples:
    """The rows of a table as examples without targets: all columns are inputs.

    Raises:
        DataError: the file cannot be read as a table.
    """
    looked = table_files.look(path)
    if table_files.fits(looked, memory):
        _, held = _held(looked, memory)
        rows, ids, lines = Rows(held.frame), hashes_of(held.words), held.lines
    else:
        kept = on_disk.keep(looked, apart=Apart(), memory=memory)
        rows, ids, lines = Rows(kept.rows), kept.ids, kept.lines
    return Examples(rows, [None] * len(rows), ids, LineSources(path.name, lines))


def read_frame(
    frame: pl.DataFrame,
    source: Source,
    *,
    words: pl.DataFrame | None = None,
    sources: Sequence[str] | None = None,
    notes: tuple[str, ...] = (),
    findings: tuple[Finding, ...] = (),
    dates: Sequence[str] = (),
) -> Reading:
    """The examples of a polars frame of numbers, booleans and words.

    Args:
        source: its options name ``target``, ``group``, ``weight``, ``time`` and ``task``.
        words: what the ids are computed from (default: the frame).
        sources: one a row (default: ``frame:0`` and so on).
        dates: columns whose numbers are days since 1970.

    Raises:
        DataError: one of these is not among the columns, nothing is left to learn from, or the
            target is unusable.
    """
    apart = _apart(source)
    _check_columns(frame.columns, source.path, apart)
    ids = hashes_of(without(frame if words is None else words, apart.unidentified))
    inspection = columns.Inspection()
    inspection.look(without(frame, apart.names))
    sources = LineSources(source.path, range(len(frame))) if sources is None else sources
    found = (*findings, *inspection.findings())
    return _examples(Rows(frame), ids, sources, source, inspection.empty, notes, found, dates)


def _examples(
    rows: Rows,
    ids: Hashes,
    sources: Sequence[str],
    source: Source,
    empty: Sequence[str],
    notes: tuple[str, ...],
    findings: tuple[Finding, ...],
    dates: Sequence[str],
) -> Reading:
    """Target, group, weight and time taken out of the rows."""
    apart = _apart(source)
    target, group = apart.target, apart.group
    inputs = rows.drop([*apart.names, *empty])
    if not inputs.columns:
        raise DataError(f"{source.path} holds no column to learn from beside {_beside(apart)}.")
    groups: Any = None if group is None else _groups(rows.series(group), ids)
    weighed: Any = (
        None if apart.weight is None else _weights(rows.series(apart.weight), apart.weight, sources)
    )
    when = _times(rows, source, sources, dates)
    examples = Examples(
        inputs, [None] * len(rows), ids, sources, groups, weights=weighed, times=when
    )
    if target is None:
        return reading(examples, source, notes=(*notes, "no target is named"), findings=findings)
    found = targets.of_column(rows.series(target), task=source.options.task, name=target)
    full = dataclasses.replace(examples, targets=found.values)
    if None in found.values:
        known = array("q", (at for at, value in enumerate(found.values) if value is not None))
        message = (
            f"{len(full) - len(known):,} of {len(full):,} rows have no '{target}' and are left out."
        )
        findings = (
            *findings,
            Finding(
                "NW214",
                message,
                {"without": len(full) - len(known), "rows": len(full)},
                (
                    (
                        "find out why they lack it: if not by chance, what is learned from the"
                        " others is biased"
                    ),
                ),
            ),
        )
        full = full.take(known)
    return reading(full, source, notes=(*notes, found.note), findings=(*findings, *found.findings))


def _held(looked: Delimited | ParquetFile, memory: int) -> tuple[TableFile, TablePart]:
    """A table file and all its rows."""
    import polars as pl

    file = table_files.table(looked, memory)
    parts = list(file.parts())
    if len(parts) == 1:
        return file, parts[0]
    lines = array("q", (line for part in parts for line in part.lines))
    return file, TablePart(
        pl.concat([part.frame for part in parts]), pl.concat([part.words for part in parts]), lines
    )


def _apart(source: Source) -> Apart:
    options = source.options
    return Apart(options.target, options.group, options.weight, options.time, options.time_is_input)


def _check_columns(names: Sequence[str], source: str, apart: Apart) -> None:
    target, group, weight, time = apart.target, apart.group, apart.weight, apart.time
    roles = {"target": target, "group": group, "weight": weight, "time": time}
    for role, name in roles.items():
        if name is not None and name not in names:
            header = (
                " (its first line looks like data, not names)" if columns.like_data(names) else ""
            )
            raise DataError(
                f"{source} has no {role} column '{name}'{header}{_nearest_column(name, names)}"
            )
    if target is not None and target == group:
        raise DataError(f"'{target}' is both target and group: the group must be another column.")
    if weight is not None and weight in (target, group):
        raise DataError(
            f"'{weight}' is both weight and {'target' if weight == target else 'group'}: the weight"
            " must be another column."
        )
    for role, name in roles.items():
        if role != "time" and time is not None and name == time:
            raise DataError(f"'{time}' is both time and {role}: the time must be another column.")


def _nearest_column(name: str, names: Sequence[str]) -> str:
    """The nearest name, else the first fifty."""
    close = nearest(name, names)
    if close.startswith("; did"):
        return close
    return (
        "; its columns are"
        f" {', '.join(names[:50])}{f', ... ({len(names):,})' if len(names) > 50 else ''}."
    )


def _groups(column: pl.Series, ids: Sequence[str]) -> Labels:
    """The group of each row; a row without one is a group of its own."""
    groups = targets.coded(column)
    alone = np.flatnonzero(groups.codes < 0)
    codes = groups.codes.copy()
    codes[alone] = len(groups.names) + np.arange(len(alone))
    return Labels(codes, (*groups.names, *(ids[at] for at in alone.tolist())))


def _weights(column: pl.Series, name: str, sources: Sequence[str]) -> Floats:
    """How much each row counts.

    Raises:
        DataError: the column holds no weights.
    """
    if not column.dtype.is_numeric():
        raise DataError(f"the weight column '{name}' holds words: expected numbers of at least 0.")
    return weights.checked(column.to_numpy(), f"the weight '{name}'", sources)


def _times(rows: Rows, source: Source, sources: Sequence[str], dates: Sequence[str]) -> Any:
    """When each row is of; None where no column says.

    Raises:
        DataError: a row has no time, or dates in words are to be an input.
    """
    name = source.options.time
    if name is None:
        return None
    found = times.times_of(rows.series(name), name, sources, dates=name in dates)
    if source.options.time_is_input and found.dtype.kind == "M" and name not in dates:
        raise DataError(
            f"the time '{name}' is dates in words, of which each is a category of its own: to learn"
            " from them add a column of numbers (the month, the days since a date), and leave"
            " data.time_is_input out."
        )
    return found


def _beside(apart: Apart) -> str:
    return " and ".join(f"'{name}'" for name in apart.names) or "missing values"
