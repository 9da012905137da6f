"""The commands that a diagnosis proposes, with the name of the run that it is of."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace

from netwright.doctor.gaps.ladder import Diagnosis

_COMMAND = re.compile(r"\b(netwright [a-z-]+ )RUN\b")
"""As advice is written, which is for any run: ``netwright mismatch RUN``."""


def of_run(found: Diagnosis, run: str, *, without: Collection[str] = ()) -> Diagnosis:
    """The diagnosis with commands that can be typed as they stand.

    Args:
        run: its id.
        without: verbs that refuse this run, which no advice names then.
    """

    def suits(text: str) -> bool:
        return not any(f"netwright {verb} RUN" in text for verb in without)

    def typed(text: str) -> str:
        return _COMMAND.sub(lambda command: f"{command[1]}{run}", text)

    findings = [
        replace(
            one, message=typed(one.message), do=tuple(typed(step) for step in one.do if suits(step))
        )
        for one in found.findings
    ]
    knobs = [replace(one, message=typed(one.message)) for one in found.knobs]
    return replace(found, findings=tuple(findings), knobs=tuple(knobs))
