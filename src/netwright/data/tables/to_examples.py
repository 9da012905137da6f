"""Tables to examples: CSV, TSV, Parquet and data frames.

Target, group, weight and time are taken out; rows are named by file and line.
"""

from __future__ import annotations

import dataclasses
import warnings
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from netwright.base.errors import DataError, NetwrightWarning, nearest
from netwright.base.findings import DOES_NOT_FIT, Finding
from netwright.contract import Examples, ReadOptions, Source
from netwright.contract.reading import Reading, reading
from netwright.data import targets, weights
from netwright.data.hashes import Hashes
from netwright.data.packed import Floats, Labels
from netwright.data.several_targets import columns as several
from netwright.data.several_targets.names import named_columns
from netwright.data.tables import columns, on_disk, table_files
from netwright.data.tables.exact import without
from netwright.data.tables.formats.table_look import TableLook
from netwright.data.tables.ids import Apart, ids_of
from netwright.data.tables.judging import Judging, Understood
from netwright.data.tables.judging.inspection import Inspection
from netwright.data.tables.judging.oddities import like_data
from netwright.data.tables.rows import LineSources, Rows
from netwright.data.tables.table_files import TableFile, TablePart
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
    if source.options.target is None and looked.target is not None:
        options = dataclasses.replace(source.options, target=looked.target)
        source = dataclasses.replace(source, options=options)
    options, apart = source.options, apart_of(source, looked.names)
    judging = judging_of(options, apart)
    dates = looked.dates if judging.as_at_first else ()
    if table_files.fits(looked, memory):
        file, part = held(looked, memory, judging)
        inspection = Inspection()
        inspection.look(without(part.frame, apart.names))
        return _examples(
            Rows(part.frame),
            ids_of(part, apart, options.columns or file.forms, options.ids),
            LineSources(path.name, part.lines),
            source,
            inspection.empty,
            Understood(
                file.forms,
                file.count,
                file.notes,
                (*file.findings, *_misfits(judging), *inspection.findings()),
            ),
            dates,
        )
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


def _plain(frame: pl.DataFrame, judging: Judging) -> pl.DataFrame:
    plain = columns.plain(frame)
    return columns.dates_as_days(plain) if judging.as_at_first else columns.known_cells(plain)


def read_rows(path: Path, options: ReadOptions, *, memory: int = MEMORY) -> Examples:
    """The rows of a table as examples without targets: all columns are inputs.

    Args:
        options: how an earlier reading understood the columns, as ``for_inputs`` has it.

    Raises:
        DataError: the file cannot be read as a table, or a cell is not what its column held before.
    """
    looked = table_files.look(path)
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
    plain = _plain(frame, judging)
    rows = range(len(plain))
    found = judging.of(lambda: [(plain, rows)], plain.columns)
    typed = columns.convert(plain, found.forms, sources.__getitem__, judging.lenient)
    _warn(_misfits(judging))
    part = TablePart(typed, plain, rows)
    ids = ids_of(part, Apart(), options.columns or found.forms, options.ids)
    return Examples(Rows(typed), [None] * len(typed), ids, sources)


def for_inputs(options: ReadOptions) -> ReadOptions:
    """The options by which inputs to answer are read: columns as before, but for those that the net
    does not read, in which anything may stand.
    """
    if options.columns is None:
        return options
    named = named_columns(options.target, list(options.columns))
    time = None if options.time_is_input else options.time
    others = {*named, options.group, options.weight, time}
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
    dates = columns.dates_in(frame.schema) if judging.as_at_first else ()
    plain = _plain(frame, judging)
    sources = LineSources(source.path, range(len(frame))) if sources is None else sources
    rows = range(len(plain))
    found = judging.of(lambda: [(plain, rows)], plain.columns)
    typed = columns.convert(plain, found.forms, sources.__getitem__, judging.lenient)
    known = source.options.columns or found.forms
    ids = ids_of(TablePart(typed, plain, rows), apart, known, source.options.ids)
    inspection = Inspection()
    inspection.look(without(typed, apart.names))
    findings = (*found.findings, *_misfits(judging), *inspection.findings())
    understood = Understood(found.forms, found.count, (*notes, *found.notes), findings)
    return _examples(Rows(typed), ids, sources, source, inspection.empty, understood, dates)


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
    ignored = [name for name, form in understood.forms.items() if form.kind == "ignore"]
    inputs = rows.drop([*apart.names, *empty, *ignored])
    if not inputs.columns:
        raise DataError(f"{source.path} holds no column to learn from beside {_beside(apart)}.")
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


def with_roles(
    examples: Examples, apart: Apart, column: Callable[[str], pl.Series], dates: Sequence[str] = ()
) -> Examples:
    """The examples with group, weight and time of each, where columns are named for them.

    Args:
        column: name -> its values.
        dates: columns whose numbers are days since 1970.

    Raises:
        DataError: the column of weights holds none, or that of times.
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


def held(looked: TableLook, memory: int, judging: Judging) -> tuple[TableFile, TablePart]:
    """A table file and all its rows."""
    import polars as pl

    file = table_files.table(looked, memory, judging)
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
            header = " (its first line looks like data, not names)" if like_data(names) else ""
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
        DataError: a row has no time.
    """
    name = str(apart.time)
    return times_of(column, name, sources, dates=name in dates)


def _beside(apart: Apart) -> str:
    return " and ".join(f"'{name}'" for name in apart.names) or "missing values"
