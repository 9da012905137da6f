"""What earlier runs on the same data had: so that a change that was tried comes last."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from netwright.api.kept.earlier_runs import on_same_data
from netwright.api.run import Run
from netwright.base.errors import NetwrightError

if TYPE_CHECKING:
    from netwright.recipe import Recipe


def earlier_recipes(run: Run, leave_out: Collection[str] = ()) -> list[Recipe]:
    """The recipes of other complete runs of the same data and system in the same store."""
    found = []
    fingerprint = run.record.mapping("data.json").get("fingerprint")
    for record in on_same_data(run.record, fingerprint):
        if record.id not in leave_out:
            try:
                found.append(run.system.recipe.of_record(record.recipe(), record.id))
            except NetwrightError:  # one that cannot be read says nothing of what was tried
                continue
    return found
