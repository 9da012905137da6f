"""Whether a system's net answers outside as it does here, where its system says how."""

from __future__ import annotations

from netwright.api.checking.tried import Tried, answers
from netwright.api.exporting import writing
from netwright.api.run import Run
from netwright.runs.answers.predictions import numbers_in

NEAR = 1e-4
"""Of a number, or of 1 where it is smaller."""


def answers_outside(tried: Tried) -> str:
    """Its exported net gives the answers that the run gives."""
    if isinstance(tried.system.export, str) or not writing.has_packages():
        return ""
    few = tried.arranged.take(range(40))
    run = Run(tried.made.record)
    vars(run)["system"] = tried.system  # as it is tried, not as it is found
    net, _ = writing.made(run, tried.folder / "net.onnx", few)
    here, there = answers(tried.made, few).answers, net.ready_to_answer()(few)
    for at, source in enumerate(few.sources):
        mine, other = list(numbers_in(here[at])), list(numbers_in(there[at]))
        apart = [abs(a - b) > NEAR * max(1, abs(a)) for a, b in zip(mine, other, strict=False)]
        if len(mine) != len(other) or any(apart):
            return f"exported it answers {there[at]} to {source}, and here {here[at]}"
    return ""
