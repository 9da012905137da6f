"""The runs of a store in the hands of a person."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from netwright.api.kept import system_of_run
from netwright.api.run import Run
from netwright.base.errors import NetwrightWarning, RunError
from netwright.runs import store as stores
from netwright.runs.keeping import tidying
from netwright.runs.keeping.tidying import KINDS, Kind, Spare

if TYPE_CHECKING:
    from torch import nn


def open_run(
    name: str | Path,
    *,
    store: str | Path | None = None,
    model: nn.Module | None = None,
    system: str | Path | None = None,
) -> Run:
    """The run called ``name`` (an id, any part of one that fits it alone, its name, a
    folder, or ``last``).

    Args:
        store: where runs are kept (default: ``runs``).
        model: the module of your own that it was trained with.
        system: the folder of its system, where that is one of your own.

    Raises:
        RunError: there is none, several fit, it is damaged, or of another system; ``name`` is
            empty.
    """
    record = stores.opened(name, stores.folder(store))
    system_of_run.expect(record, system)
    return Run(record, model)


def open_several(
    runs: Sequence[Run | str],
    verb: str,
    *,
    store: str | Path | None = None,
    system: str | Path | None = None,
) -> list[Run]:
    """Two runs or more of one system, each once.

    Args:
        runs: or their names.
        verb: what is to be done with them, for the sentence: ``compare``.
        store, system: as of ``open_run``.

    Raises:
        RunError: there are fewer than two, one is named twice, they are of several systems, or one
            cannot be opened.
    """
    opened = [
        run if isinstance(run, Run) else open_run(run, store=store, system=system) for run in runs
    ]
    if len(opened) < 2:
        raise RunError(f"{len(opened)} run to {verb}: expected at least two.")
    first = opened[0]
    for at, run in enumerate(opened):
        if any(run.record.path.samefile(other.record.path) for other in opened[:at]):
            raise RunError(f"{run.id} is named twice: leave one out.")
        if run.info["system"] != first.info["system"]:
            raise RunError(
                f"{first.id} is of the system '{first.info['system']}' and {run.id} of"
                f" '{run.info['system']}': {verb} runs of one system."
            )
    return opened


def tidy(
    store: str | Path | None = None, *, kinds: Sequence[Kind] = KINDS, remove: bool = False
) -> list[Spare]:
    """What a store holds that may go: ``leftovers`` of killed processes, ``states`` that complete
    runs could go on from, the ``cache`` of decoded data.

    Args:
        store: where runs are kept (default: ``runs``).
        kinds: which of these.
        remove: take it all away.
    """
    found = tidying.find(stores.folder(store), kinds)
    if remove:
        tidying.take_away(found)
    return found


def list_runs(store: str | Path | None = None) -> list[Run]:
    """The runs of a store that can be read, oldest first.

    Warns:
        NetwrightWarning: one cannot be read, and is left out; with what is wrong with it and what
            to do.
    """
    found = []
    for record in stores.every(stores.folder(store)):
        problem = stores.line(record)["problem"]
        if problem is None:
            found.append(Run(record))
        else:
            warnings.warn(
                f"the run {record.id} is left out: {problem}", NetwrightWarning, stacklevel=2
            )
    return found
