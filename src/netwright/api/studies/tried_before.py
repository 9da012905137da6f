"""What earlier runs on the same data had: so that a change that was tried comes last."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from netwright.api.run import Run
from netwright.base.errors import NetwrightError
from netwright.runs import store as stores
from netwright.runs.record import Record

if TYPE_CHECKING:
    from netwright.recipe import Recipe


def earlier_recipes(run: Run, leave_out: Collection[str] = ()) -> list[Recipe]:
    """The recipes of other complete runs of the same data and system in the same store."""
    found = []
    for record in stores.every(run.record.path.parent):
        if record.id in leave_out or record.id == run.id:
            continue
        try:
            info = record.info()
            if info["system"] != run.info["system"] or info["status"] != "complete":
                continue
            if not _same_data(record, run.record):
                continue
            found.append(run.system.recipe.of_record(record.recipe(), record.id))
        except NetwrightError:  # one that cannot be read says nothing of what was tried
            continue
    return found


def _same_data(one: Record, other: Record) -> bool:
    prints = [record.mapping("data.json").get("fingerprint") for record in (one, other)]
    return bool(prints[0]) and prints[0] == prints[1]
