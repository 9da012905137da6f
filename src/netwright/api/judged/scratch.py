"""The same training from scratch, beside one that started from other weights: whether that paid
(notes 3.2.12).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from netwright.base import figures
from netwright.base.errors import RecipeError
from netwright.contract import Reference

if TYPE_CHECKING:
    from netwright.api.run import Run
    from netwright.contract import Examples

NAME = "from scratch"

LEFT_OUT = ("training.freeze", "training.cache_features", "training.thaw")
"""What is for weights that are there already."""


def settings(start: str, given: Mapping[str, Any] | None) -> dict[str, Any]:
    """The changes to a recipe for the training from scratch.

    Raises:
        RecipeError: the other one starts from nothing, too.
    """
    if not start:
        raise RecipeError(
            "--sanity trains from scratch, too, to compare: name what the other training starts"
            " from, --from RUN or --from FILE."
        )
    kept = {key: value for key, value in (given or {}).items() if key not in LEFT_OUT}
    return {**kept, "model.start": ""}


def reference(scratch: Run, dev: Examples) -> Reference:
    """What it says of the dev examples, which are its own, too."""
    own = scratch.record.read_predictions("dev")
    name = scratch.recipe.model.name
    how = f"the run {scratch.id}: {name}, without --from, on the same splits"
    assert own.frame["id"].to_list() == list(dev.ids), "of the same data, split by the same seed"
    return Reference(NAME, how, own.answers(scratch.system))


def verdict(run: Run) -> str:
    """Whether transfer paid, by how much, with the 95% interval of the paired difference."""
    one = next(one for one in run.references if one["name"] == NAME)
    lead, unit = one["lead"], one["measure"]["unit"]
    low, high = lead["low"], lead["high"]
    if low is None or high is None or low <= 0 <= high:
        by = figures.points(lead["value"], low, high, unit=unit)
        return f"transfer and from scratch are within noise on dev: {by} for transfer"
    by = figures.points(*figures.unsigned(lead["value"], low, high), unit=unit).lstrip("+")
    if low > 0:
        return f"transfer paid: better than from scratch on dev by {by}"
    return f"transfer did not pay: from scratch is better on dev by {by}"
