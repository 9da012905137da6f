"""The views of a run, made by its system once it is trained."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

from netwright.base.errors import NetwrightWarning
from netwright.contract import JudgedRun

if TYPE_CHECKING:
    from netwright.api.run import Run
    from netwright.contract import Examples


def make(run: Run, dev: Examples) -> None:
    """Have the system of a run make its views, and keep them in the run.

    Warns:
        NetwrightWarning: they cannot be made; the run is whole without them.
    """
    from netwright.runs import views

    if run.system.views is None or not len(dev):
        return
    try:
        found = run.record.read_predictions("dev")
        judged = JudgedRun(
            examples=dev,
            answers=found.answers(run.system),
            losses=found.frame["loss"].to_list(),
            net=run.net.cpu(),
            codec=run.codec,
            recipe=run.recipe,
            chosen=run.chosen,
        )
        views.keep(run.record, run.system.views(judged))
    except Exception as error:  # whatever a person's own file raises: the training was long
        reason = f"{type(error).__name__}: {(str(error).splitlines() or [''])[0]}".rstrip(".: ")
        warnings.warn(
            f"the system '{run.system.name}' cannot make the views of {run.id}, which is kept"
            f" without them: {reason}.",
            NetwrightWarning,
            stacklevel=2,
        )
