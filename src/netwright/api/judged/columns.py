"""The columns of a run's own table, read again: those too that it does not learn from."""

from __future__ import annotations

import dataclasses
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
    """The rows of a run's data.

    Args:
        examples: all of them; None: the data are no table.
        time: the column that says when each row is of; empty: there is none.
    """

    examples: Examples | None
    time: str = ""

    @cached_property
    def _places(self) -> dict[str, int]:
        assert self.examples is not None
        return {source: at for at, source in enumerate(self.examples.sources)}

    def of(self, examples: Examples) -> Columns:
        """The columns of the rows that these examples of the run lie in; none where the data are no
        table.
        """
        if self.examples is None:
            return {}
        rows = self.examples.take([self._places[source] for source in examples.sources])
        inputs = rows.inputs.drop(rows.inputs.prose)
        found = {name: inputs.column(name) for name in inputs.columns}
        if rows.times is not None and self.time and self.time not in found:
            found[self.time] = [None if one != one else one for one in rows.times.tolist()]
        return found


def of_run(run: Run) -> RunTable:
    """The table that a run was trained on, read again.

    Raises:
        DataError: the data are not where they were.
        RunError: they have changed.
    """
    reading = answering.own_again(run.recipe, run.record, SPLIT)
    whole = answering.own_examples(run.system, run.recipe, run.record, reading)
    if not is_rows(whole.inputs):
        return RunTable(None)
    with_all = _with_ignored(run, reading)
    same = list(with_all.sources) == list(whole.sources)
    return RunTable(with_all if same else whole, run.recipe.data.time or "")


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
