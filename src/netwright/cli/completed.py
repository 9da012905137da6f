"""A run that lacks files which follow its last step gets them before it is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netwright.base.errors import NetwrightError
from netwright.cli import console

if TYPE_CHECKING:
    from netwright.runs.human_levels import HumanError
    from netwright.runs.record import Record


def ensure(record: Record, human_error: HumanError | None = None) -> None:
    """Make what the run lacks, without training; where that cannot be, say so and go on with what
    there is.
    """
    from netwright.runs.keeping import promises

    # most runs lack nothing: for them what would make it is not loaded
    if not promises.is_trained_only(record) and not promises.missing(record):
        return
    from netwright.api.going_on import completing
    from netwright.api.run import Run

    try:
        done = completing.complete(Run(record), human_error)
    except NetwrightError as error:
        console.problem(str(error))
    else:
        if done:
            console.message(done)
