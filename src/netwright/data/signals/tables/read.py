"""The series of a table as signals (N, C, T), each with its label; NaN behind the end of the
shorter ones.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from netwright.base.errors import DataError
from netwright.base.findings import Finding
from netwright.contract import ColumnForm, Examples, ReadOptions, Source
from netwright.contract.reading import Reading, reading
from netwright.data.several_targets.names import nearest_column
from netwright.data.signals.arrays import Signals, ids_of_signals
from netwright.data.signals.tables import long, wide
from netwright.data.signals.tables.held import HeldTable, SeenTable
from netwright.data.tables import roles
from netwright.data.tables.columns import Lenient
from netwright.data.tables.judging import Judging
from netwright.data.tables.roles import Apart, apart_of

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class ReadSeries:
    """The series of a table, without their labels.

    Args:
        table: as it was held, with the step of the series among its forms.
        rows: in which order its rows make them; None: each row is one.
    """

    examples: Examples
    table: HeldTable
    rows: long.RowsOfSeries | None
    note: str


def read(seen: SeenTable, source: Source) -> Reading:
    """The series to learn from or to measure.

    Raises:
        DataError: the table does not hold series, or a column that the options name is not there.
    """
    if source.options.target is None and seen.target is not None:
        options = dataclasses.replace(source.options, target=seen.target)
        source = dataclasses.replace(source, options=options)
    apart = apart_of(source, seen.names, seen.held_at)
    found = _series(seen, source.options, apart)

    def column(name: str) -> pl.Series:
        values: pl.Series = found.table.frame[name]
        if found.rows is None:
            return values
        if name == apart.time:
            return values.gather(found.rows.first.tolist())
        role = next(role for role, own in apart.by_role if own == name)
        return long.at_first_steps(found.table, name, found.rows, role)

    examples = roles.with_roles(found.examples, apart, column)
    note, odd = "no target is named", tuple[Finding, ...]()
    if apart.targets:
        named = {name: column(name) for name in apart.targets}
        task, learn = source.options.task, source.options.columns is None
        examples, note, odd = roles.with_targets(examples, named, task, learn=learn)
    return reading(
        examples,
        source,
        notes=(*found.table.notes, found.note, note),
        findings=(*found.table.findings, *odd),
        columns=found.table.forms,
    )


def inputs(seen: SeenTable, options: ReadOptions) -> Examples:
    """New series to answer: labels, groups and the like may be there, and are not read.

    Raises:
        DataError: as of ``read``.
    """
    apart = roles.named_apart(options, list(options.columns or seen.names))
    if not seen.is_named and len(seen.names) < len(options.columns or ()):
        # the place alone names a column, and that of the label is not there
        apart = dataclasses.replace(apart, targets=())
    if apart.series is not None:
        ordered = {apart.series: "series"} | ({apart.time: "time"} if apart.time else {})
        _expect(seen.path, seen.names, ordered)
    return _series(seen, options, apart).examples


def _series(seen: SeenTable, options: ReadOptions, apart: Apart) -> ReadSeries:
    table = seen.hold(_judging(options, apart, seen.names))
    if not seen.is_named:
        note = f"the file has no line of names: its columns are called {seen.names[0]},"
        table = dataclasses.replace(table, notes=(*table.notes, f"{note} {seen.names[1]}, ..."))
    channels = _channels(table, options, apart, seen.path)
    if options.series is None:
        way = partial(long.options, table, apart.targets)
        steps = wide.step_columns(seen.path, channels, way)
        if options.columns:
            trained = wide.step_columns(seen.path, _channels_in(options.columns, apart), way)
            steps = steps.as_in(trained, seen.path)
        values = steps.filled(table)
        names = [table.places[at] for at in range(len(values))]
        return ReadSeries(_examples(values, names), table, None, steps.described(values))
    rows = long.in_order(table, options.series, apart.time)
    values = rows.filled(list(table.numbers(channels)))
    if apart.time is not None and rows.step:
        why = long.BY_STEPS + rows.step
        time = dataclasses.replace(table.forms[apart.time], why=why)
        table = dataclasses.replace(table, forms={**table.forms, apart.time: time})
    note = long.described(rows, options.series, apart.time, values.shape)
    names = [f"{table.name}[{name}]" for name in rows.names]
    return ReadSeries(_examples(values, names), table, rows, note)


def _examples(values: Signals, names: Sequence[str]) -> Examples:
    return Examples(values, [None] * len(values), ids_of_signals(values), names)


def _judging(options: ReadOptions, apart: Apart, names: Sequence[str]) -> Judging:
    """How the columns are judged: none is left out because it only names the rows, as the values of
    a channel may go up by one.
    """
    lenient = Lenient() if options.columns is None or options.lenient else None
    return Judging(options.columns, options.wanted, apart.targets, tuple(names), lenient)


def _channels(table: HeldTable, options: ReadOptions, apart: Apart, path: str) -> list[str]:
    """The columns that are channels, or steps of them, in the order of training.

    Raises:
        DataError: none is left, or one that training had is missing.
    """
    is_known = options.series is not None and options.columns
    here = _channels_in((is_known and options.columns) or table.forms, apart)
    _expect(path, table.frame.columns, dict.fromkeys(here, "channel"))
    if not here:
        raise DataError(f"{path} holds no channel beside {roles.beside(apart)}.")
    return here


def _channels_in(forms: Mapping[str, ColumnForm], apart: Apart) -> list[str]:
    return [n for n, form in forms.items() if n not in apart.names and form.kind != "ignore"]


def _expect(path: str, names: Sequence[str], wanted: Mapping[str, str]) -> None:
    """Raises DataError: a column that training had is missing.

    Args:
        wanted: column -> what it was.
    """
    for name, role in wanted.items():
        if name not in names:
            raise DataError(
                f"{path} has no {role} column '{name}', as training had"
                f"{nearest_column(name, list(names))}"
            )
