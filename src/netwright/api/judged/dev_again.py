"""What is known of a run's dev examples beyond its answers, from its data read again: the columns
of their table, and what the net makes of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from netwright.api.judged import columns
from netwright.api.run import Run
from netwright.contract import Examples


@dataclass(frozen=True)
class DevAgain:
    """Dev, read again once it is needed. Every part of it raises a DataError where the data are not
    where they were, and a RunError where they have changed.

    Args:
        kept: dev as the run keeps it, without its inputs.
    """

    run: Run
    kept: Examples

    @cached_property
    def _table(self) -> columns.RunTable:
        return columns.of_run(self.run)

    @property
    def is_table(self) -> bool:
        """Whether its inputs are the rows of a table."""
        return self._table.rows is not None

    def columns(self) -> columns.Columns:
        """Those of its table, what no net learned from too; none where it is of no table."""
        return self._table.of(self.kept)

    def features(self) -> Any:
        """(N, D) what the net's last layer reads of each.

        Raises:
            RunError: it has no such layer, or others answer for it.
        """
        from netwright.training.probes import last_features

        run, some = self.run, self._table.inputs_of(self.kept)
        return last_features.features(run.system, run.net, run.codec, run.recipe, some)
