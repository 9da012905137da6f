"""The dev examples of a run as a person sees them: drawn by the system from the data themselves."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from netwright.api import answering
from netwright.api.run import Run
from netwright.base.errors import NetwrightError
from netwright.contract import Example, Examples
from netwright.contract.views import Shown


class DevExamples:
    """The dev split of a run with its inputs, read when the first one is shown.

    Args:
        run: whose.
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self.why = ""
        """Why examples cannot be drawn; empty where they can, or nobody tried."""

    @cached_property
    def examples(self) -> Examples | None:
        """With their inputs; None where they cannot be read again."""
        run = self.run
        try:
            found = answering.of_split(run.system, run.recipe, run.record, "dev")
        except NetwrightError as error:
            self.why = str(error)
            return None
        ids = run.record.predictions("dev")["id"].to_list()
        if list(found.ids) != ids:
            self.why = f"the dev examples of {run.id} are in another order than they were."
            return None
        return found

    @cached_property
    def _answers(self) -> list[Any] | None:
        try:
            return self.run.record.answers("dev", self.run.system)
        except NetwrightError:
            return None

    def shown(self, row: int) -> Shown | None:
        """An example of dev, drawn with its answer; None where it cannot be."""
        if self.examples is None:
            return None
        answer = None if self._answers is None else self._answers[row]
        return self._drawn(self.examples[row], answer)

    def _drawn(self, example: Example, answer: Any) -> Shown | None:
        return self.run.system.show(example, answer)
