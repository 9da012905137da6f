"""The data that a run or a search is on, wherever they lie now: known by their fingerprint."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from netwright.base.errors import DataError, NetwrightWarning
from netwright.data.sources import looking

if TYPE_CHECKING:
    from netwright.contract import Reading
    from netwright.runs.record import Record


def are_of(record: Record, reading: Reading) -> bool:
    """Whether these are the data that a run was trained on."""
    noted = record.mapping("data.json") if record.has("data.json") else {}
    return bool(reading.fingerprint == noted.get("fingerprint"))


def note_moved(record: Record, reading: Reading, before: str) -> None:
    """Say that a run's data lie elsewhere than they did.

    Args:
        before: where they lay, as the recipe names it.

    Warns:
        NetwrightWarning: they do.
    """
    place = reading.source.path
    if before and place != "memory" and Path(place) != Path(before) and are_of(record, reading):
        warnings.warn(
            f"{place} holds the data of {record.id}, known by their fingerprint; it was trained on"
            f" them in {before}.",
            NetwrightWarning,
            stacklevel=3,
        )


def expect_there(what: str, name: str, way: str) -> None:
    """See that a source is where it was.

    Args:
        what: the run or search that it is of, as a sentence names it.
        way: the command that reads it where it lies now, NEWPATH.

    Raises:
        DataError: it is not.
    """
    if looking.at_path(name) is not None:
        return
    place, back = ("there any more", "put it back")
    if not Path(name).expanduser().is_absolute():
        place, back = (f"in {Path.cwd()}", "go to the folder that it lay in")
    raise DataError(
        f"the data of {what}, {name}, are not {place}: {back}, or say where they lie now, {way}"
    )
