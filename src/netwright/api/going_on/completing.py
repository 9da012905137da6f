"""What a run lacks whose steps are all taken, made again without training: a kill may have come
between the last step and the report.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from netwright.api.run import Run
from netwright.api.training import train
from netwright.base.errors import NetwrightError
from netwright.runs.keeping import promises, stages

if TYPE_CHECKING:
    from netwright.runs.human_levels import HumanError
    from netwright.runs.record import Record


def lacks_files(record: Record) -> bool:
    """Whether a run lacks what is made after its last step, and nobody is at it."""
    lacks = promises.is_trained_only(record) or promises.missing(record)
    return bool(lacks) and not record.trained_now


def complete(run: Run, human_error: HumanError | None = None) -> str:
    """Make the files that follow a run's last step, where it lacks some: a kill came before them,
    or they were deleted. Its data are read again where that takes them. Returns what was done, in
    a sentence; empty where nothing was.

    Args:
        human_error: what people reach, for the diagnosis.

    Raises:
        NetwrightError: it cannot be made; with the command that makes it.
    """
    if not lacks_files(run.record):
        return ""
    try:
        train(
            resume=run.id,
            store=run.record.path.parent,
            model=run.module,
            human_error=human_error,
        )
    except NetwrightError as error:
        again = stages.resume(run.record.path, run.info)
        raise NetwrightError(
            f"{run.id} lacks files that follow its last step, and they cannot be made now:"
            f" {str(error).rstrip('.')}; once that is mended, {again} makes them."
        ) from error
    return f"{run.id} lacked files that follow its last step: they have been made"
