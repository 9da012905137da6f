"""The columns of a run's own table, read again: those too that it does not learn from, and those
that stand beside pictures.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from netwright.api import answering
from netwright.api.run import Run
from netwright.contract import Examples, Reading
from netwright.data.tables.rows import is_rows

SPLIT = "dev"

Columns = dict[str, list[Any]]
"""Name -> a value for each example."""


@dataclass(frozen=True)
class RunTable:
    """The table of a run's data.

    Args:
        whole: all examples with their inputs, as the run reads them.
        rows: of a table, the same with the columns that the net does not learn from; None: inputs
            are no rows.
        beside: where they are none, what the source knows of them otherwise: column -> a value for
            each of ``sources``.
        time: the column that says when each row is of; empty: there is none.
    """

    whole: Examples
    rows: Examples | None
    beside: Mapping[str, Sequence[Any]]
    sources: Sequence[str]
    time: str = ""

    @cached_property
    def _places(self) -> dict[str, int]:
        return {source: at for at, source in enumerate(self.sources)}

    def of(self, examples: Examples) -> Columns:
        """The columns of the rows that these examples of the run lie in; none where the data are no
        table.
        """
        places = [self._places[source] for source in examples.sources]
        if self.rows is None:
            return {name: [values[at] for at in places] for name, values in self.beside.items()}
        rows = self.rows.take(places)
        inputs = rows.inputs.drop(rows.inputs.prose)
        found = {name: inputs.column(name) for name in inputs.columns}
        if rows.times is not None and self.time and self.time not in found:
            found[self.time] = [None if one != one else one for one in rows.times.tolist()]
        return found

    def inputs_of(self, examples: Examples) -> Examples:
        """These examples of the run with their inputs."""
        places = {source: at for at, source in enumerate(self.whole.sources)}
        return self.whole.take([places[source] for source in examples.sources])


def of_run(run: Run) -> RunTable:
    """The table that a run was trained on, read again.

    Raises:
        DataError: the data are not where they were.
        RunError: they have changed.
    """
    reading = answering.own_again(run.recipe, run.record, SPLIT)
    whole = answering.own_examples(run.system, run.recipe, run.record, reading)
    if not is_rows(whole.inputs):
        return RunTable(whole, None, reading.beside(), reading.examples.sources)
    with_all = _with_ignored(run, reading)
    rows = with_all if list(with_all.sources) == list(whole.sources) else whole
    return RunTable(whole, rows, {}, rows.sources, run.recipe.data.time or "")


def _with_ignored(run: Run, reading: Reading) -> Examples:
    """The examples with the columns that the net does not learn from."""
    from netwright.api.reading import read_again

    before = run.record.earlier_reading(lenient=True)
    ignored = [name for name, form in before.columns.items() if form.kind == "ignore"]
    if not ignored:
        return run.system.arrange(reading.examples, run.recipe)
    columns = {
        name: dataclasses.replace(form, kind="words") if name in ignored else form
        for name, form in before.columns.items()
    }
    everything = dataclasses.replace(before, columns=columns)
    wanted = {n: k for n, k in run.recipe.data.columns.items() if n not in ignored}
    recipe = run.recipe.changed({"data.columns": wanted})
    found = read_again(run.id, recipe, everything, way="")
    return run.system.arrange(found.examples, run.recipe)
