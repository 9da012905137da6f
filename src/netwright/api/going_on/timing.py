"""The time that a training may take, as a person gives it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from netwright.base import typed_numbers
from netwright.base.errors import RecipeError, UnreadableError
from netwright.recipe import Recipe

if TYPE_CHECKING:
    from netwright.runs.record import Record


def seconds_of(time: str | float | None, what: str = "time") -> float | None:
    """``"10m"``, ``"1.5h"`` or a number of seconds, in seconds; None: as long as it takes.

    Args:
        what: it is, as a sentence calls it: ``time`` of a training, ``--budget``.

    Raises:
        RecipeError: it is no time, or not above 0.
    """
    if time is None:
        return None
    try:
        found = (
            float(time)
            if not isinstance(time, str)
            else typed_numbers.quantity(time, typed_numbers.TIMES)
        )
    except UnreadableError as error:
        of_column = f"; a column of times is named by --set data.time={time}"
        raise RecipeError(
            f"{what} {time}: {error}; expected a time such as 90s, 10m or 2h (how long"
            f" {'the training' if what == 'time' else 'all of it'} may take"
            f"{of_column if what == 'time' else ''})."
        ) from None
    if not 0 < found < 1e9:
        raise RecipeError(f"{what} {time}: expected more than 0 seconds, and at most 30 years.")
    return found


def check(limit: float | None, recipe: Recipe) -> None:
    """See that nothing else ends the training in the middle of an epoch.

    Raises:
        RecipeError: the recipe does.
    """
    most = recipe.training.max_examples
    if limit is not None and most is not None:
        raise RecipeError(
            f"time and training.max_examples = {most:,} both say where the training ends: leave one"
            " out."
        )


def with_epochs(record: Record, changes: dict[str, Any], limit: float | None) -> dict[str, Any]:
    """The changes of a run that goes on, for a time where there is a limit: where nobody says to
    which epoch, to twice as many, until its pace shows how many fit.
    """
    if limit is None or "training.epochs" in changes or record.info()["status"] != "complete":
        return changes
    return {**changes, "training.epochs": max(2, 2 * record.info().get("epochs", 1))}


def note(record: Record, seconds: float, epochs: Any, *, ahead: float) -> None:
    """Note the limit in the record, by which the training plans.

    Args:
        epochs: at most; None: as many as fit.
        ahead: seconds that reading and trials took.
    """
    trained = record.info().get("seconds", 0.0)
    limit = {"seconds": seconds, "since": trained - ahead}
    record.note(time_limit=limit if epochs is None else {**limit, "epochs": epochs})
