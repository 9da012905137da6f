"""A split of a run's own data, read again for its export."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from netwright.api import answering
from netwright.api.reading import read_again
from netwright.base.errors import DataError
from netwright.runs.keeping import stages

if TYPE_CHECKING:
    from netwright.api.run import Run
    from netwright.contract import Examples


def own_split(run: Run, split: str, place: Path) -> Examples:
    """The examples of a split of the run's own data, read again; of train where it has no such one.

    Raises:
        DataError: they are not there any more, or were in memory.
        RunError: they have changed.
    """
    if not run.recipe.data.source:
        raise DataError(
            f"{run.id} was trained on data in memory, which are not there any more: name inputs to"
            " hold the file against it on, --check INPUT (int8 takes the data themselves)."
        )
    options = stages.given(run.record.path, run.info)
    way = f"netwright export {run.id} --onnx {shlex.quote(str(place))} --check NEWPATH{options}"
    reading = read_again(run.id, run.recipe, run.record.earlier_reading(), way=way)
    whole = answering.own_examples(run.system, run.recipe, run.record, reading)
    assigned = run.record.splits_of(whole)
    wanted = split if split in assigned else "train"
    return whole.take([row for row, own in enumerate(assigned) if own == wanted])
