"""Tables to examples: CSV, TSV, Parquet and data frames.

Target, group, weight and time are taken out; rows are named by file and line.
"""

from __future__ import annotations

import dataclasses
from array import array
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from netwright.base.errors import DataError, nearest
from netwright.base.findings import Finding
from netwright.contract import ColumnForm, Examples, ReadOptions, Source
from netwright.contract.reading import Reading, reading
from netwright.data import targets, weights
from netwright.data.hashes import Hashes, hashes_of
from netwright.data.packed import Floats, Labels
from netwright.data.several_targets import columns as several
from netwright.data.several_targets.names import named_columns
from netwright.data.tables import columns, judge, on_disk, table_files
from netwright.data.tables.csv_text import Delimited
from netwright.data.tables.exact import without
from netwright.data.tables.on_disk import Apart
from netwright.data.tables.rows import LineSources, Rows
from netwright.data.tables.table_files import ParquetFile, TableFile, TablePart
from netwright.data.times import times_of

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
    before = source.options.columns
    if table_files.fits(looked, memory):
        file, part = held(looked, memory, before)
        return read_frame(
            part.frame,
            source,
            words=part.words,
            sources=LineSources(path.name, part.lines),
            notes=file.notes,
            findings=file.findings,
            dates=dates,
            forms=file.forms,
        )
    apart = apart_of(source, looked.names)
    kept = on_disk.keep(looked, apart=apart, memory=memory, before=before)
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
        Understood((*kept.notes, note), kept.findings, dates, kept.forms),
    )


def read_rows(
    path: Path, *, memory: int = MEMORY, before: Mapping[str, ColumnForm] | None = None
) -> Examples:
    """The rows of a table as examples without targets: all columns are inputs.

    Args:
        before: column -> how an earlier reading understood it: it is read so again.

    Raises:
        DataError: the file cannot be read as a table, or a cell is not what its column held before.
    """
    looked = table_files.look(path)
    if table_files.fits(looked, memory):
        _, part = held(looked, memory, before)
        rows, ids, lines = Rows(part.frame), hashes_of(part.words), part.lines
    else:
        kept = on_disk.keep(looked, apart=Apart(), memory=memory, before=before)
        rows, ids, lines = Rows(kept.rows), kept.ids, kept.lines
    return Examples(rows, [None] * len(rows), ids, LineSources(path.name, lines))


def forms_of_inputs(options: ReadOptions) -> Mapping[str, ColumnForm] | None:
    """How the columns of inputs to answer are read: as before, but for those that the net does not
    read, in which anything may stand.
    """
    if options.columns is None:
        return None
    named = named_columns(options.target, list(options.columns))
    time = None if options.time_is_input else options.time
    others = {*named, options.group, options.weight, time}
    return {name: form for name, form in options.columns.items() if name not in others}


def read_frame(
    frame: pl.DataFrame,
    source: Source,
    *,
    words: pl.DataFrame | None = None,
    sources: Sequence[str] | None = None,
    notes: tuple[str, ...] = (),
    findings: tuple[Finding, ...] = (),
    dates: Sequence[str] = (),
    forms: Mapping[str, ColumnForm] | None = None,
) -> Reading:
    """The examples of a polars frame of numbers, booleans and words.

    Args:
        source: its options name ``target``, ``group``, ``weight``, ``time`` and ``task``.
        words: what the ids are computed from (default: the frame as it is given).
        sources: one a row (default: ``frame:0`` and so on).
        dates: columns whose numbers are days since 1970.
        forms: column -> how its cells were read; None: by the frame's types, or as the source's
            options say that they were understood before.

    Raises:
        DataError: one of these is not among the columns, nothing is left to learn from, or the
            target is unusable.
    """
    apart = apart_of(source, frame.columns)
    ids = hashes_of(without(frame if words is None else words, apart.unidentified))
    inspection = columns.Inspection()
    inspection.look(without(frame, apart.names))
    sources = LineSources(source.path, range(len(frame))) if sources is None else sources
    if forms is None:
        before, typed = source.options.columns, columns.forms_of(frame)
        forms = {**typed, **columns.understood(before, typed)}
        frame = columns.conform(frame, before, sources.__getitem__)
    found = (*findings, *inspection.findings())
    understood = Understood(notes, found, dates, forms)
    return _examples(Rows(frame), ids, sources, source, inspection.empty, understood)


@dataclasses.dataclass(frozen=True)
class Understood:
    """What was understood of a table.

    Args:
        notes, findings: as of a ``Reading``.
        dates: columns whose numbers are days since 1970.
        forms: column -> how its cells are read.
    """

    notes: tuple[str, ...]
    findings: tuple[Finding, ...]
    dates: Sequence[str]
    forms: Mapping[str, ColumnForm]


def _examples(
    rows: Rows,
    ids: Hashes,
    sources: Sequence[str],
    source: Source,
    empty: Sequence[str],
    understood: Understood,
) -> Reading:
    """Target, group, weight and time taken out of the rows."""
    apart = apart_of(source, rows.columns)
    inputs = rows.drop([*apart.names, *empty])
    if not inputs.columns:
        raise DataError(f"{source.path} holds no column to learn from beside {_beside(apart)}.")
    bare = Examples(inputs, [None] * len(rows), ids, sources)
    examples = with_roles(bare, apart, rows.series, understood.dates)
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


def with_roles(
    examples: Examples, apart: Apart, column: Callable[[str], pl.Series], dates: Sequence[str] = ()
) -> Examples:
    """The examples with group, weight and time of each, where columns are named for them.

    Args:
        column: name -> its values.
        dates: columns whose numbers are days since 1970.

    Raises:
        DataError: the column of weights holds none, or that of times, or dates in words are to be
            an input.
    """
    groups: Any = None if apart.group is None else _groups(column(apart.group), examples.ids)
    weighed: Any = None
    if apart.weight is not None:
        weighed = _weights(column(apart.weight), apart.weight, examples.sources)
    times: Any = None
    if apart.time is not None:
        times = _times(column(apart.time), apart, examples.sources, dates)
    return dataclasses.replace(examples, groups=groups, weights=weighed, times=times)


def with_targets(
    examples: Examples, named: Mapping[str, pl.Series], task: str, *, learn: bool = True
) -> tuple[Examples, str, tuple[Finding, ...]]:
    """The examples with their targets, without those that lack one; a note on what the targets are,
    and what is odd about them.

    Args:
        named: the columns with the targets: one, or several.
        learn: whether they are to be learned from, so that one must not be always the same.

    Raises:
        DataError: they are unusable.
    """
    if len(named) > 1:
        values = several.of_columns(named, examples.sources, task=task)
        full = dataclasses.replace(examples, targets=values)
        kept, odd = _labelled(full, values.known, "none of the targets")
        return kept, values.note, odd
    ((name, column),) = named.items()
    found = targets.of_column(column, task=task, name=name, learn=learn)
    full = dataclasses.replace(examples, targets=found.values)
    known: Sequence[int] = range(len(full))
    if None in found.values:
        known = array("q", (at for at, value in enumerate(found.values) if value is not None))
    kept, odd = _labelled(full, known, f"no '{name}'")
    return kept, found.note, (*odd, *found.findings)


def _labelled(
    full: Examples, known: Sequence[int], what: str
) -> tuple[Examples, tuple[Finding, ...]]:
    """The rows with a target, and a finding on the others."""
    without = len(full) - len(known)
    if not without:
        return full, ()
    finding = Finding(
        "NW214",
        f"{without:,} of {len(full):,} rows have {what} and are left out.",
        {"without": without, "rows": len(full)},
        (
            (
                "find out why they lack it: if not by chance, what is learned from the others is"
                " biased"
            ),
        ),
    )
    return full.take(known), (finding,)


def held(
    looked: Delimited | ParquetFile, memory: int, before: Mapping[str, ColumnForm] | None = None
) -> tuple[TableFile, TablePart]:
    """A table file and all its rows; columns as they were understood before, where they were."""
    import polars as pl

    file = table_files.table(looked, memory, before)
    parts = list(file.parts())
    if len(parts) == 1:
        return file, parts[0]
    lines = array("q", (line for part in parts for line in part.lines))
    return file, TablePart(
        pl.concat([part.frame for part in parts]), pl.concat([part.words for part in parts]), lines
    )


def apart_of(source: Source, names: Sequence[str]) -> Apart:
    """The columns of a table that are no input, as the source's options name them.

    Args:
        names: of all columns.

    Raises:
        DataError: one is not there, or is named for two things.
    """
    options = source.options
    targets = named_columns(options.target, names)
    apart = Apart(targets, options.group, options.weight, options.time, options.time_is_input)
    _check_columns(names, source.path, apart)
    return apart


def _check_columns(names: Sequence[str], source: str, apart: Apart) -> None:
    targets, group, weight, time = apart.targets, apart.group, apart.weight, apart.time
    roles = (
        *(("target", name) for name in targets),
        ("group", group),
        ("weight", weight),
        ("time", time),
    )
    for role, name in roles:
        if name is not None and name not in names:
            header = (
                " (its first line looks like data, not names)" if judge.like_data(names) else ""
            )
            raise DataError(
                f"{source} has no {role} column '{name}'{header}{_nearest_column(name, names)}"
            )
    if group is not None and group in targets:
        raise DataError(f"'{group}' is both target and group: the group must be another column.")
    if weight is not None and weight in (*targets, group):
        raise DataError(
            f"'{weight}' is both weight and {'target' if weight in targets else 'group'}: the"
            " weight must be another column."
        )
    for role, name in roles:
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


def _times(column: pl.Series, apart: Apart, sources: Sequence[str], dates: Sequence[str]) -> Any:
    """When each row is of.

    Raises:
        DataError: a row has no time, or dates in words are to be an input.
    """
    name = str(apart.time)
    found = times_of(column, name, sources, dates=name in dates)
    if apart.time_is_input and found.dtype.kind == "M" and name not in dates:
        raise DataError(
            f"the time '{name}' is dates in words, of which each is a category of its own: to learn"
            " from them add a column of numbers (the month, the days since a date), and leave"
            " data.time_is_input out."
        )
    return found


def _beside(apart: Apart) -> str:
    return " and ".join(f"'{name}'" for name in apart.names) or "missing values"
