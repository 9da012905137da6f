"""The trainings of a study, one after another: known beforehand, or decided as it goes."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from netwright.base.errors import NetwrightError
from netwright.runs.record import Record
from netwright.studies.study import Study


@dataclass(frozen=True)
class StudyStep:
    """A training that a study wants next.

    Args:
        role: what its run is in the study, unlike every other: ``fold 2``.
        changes: to the recipe of the study's plan, full key -> value.
        splits: of every example, as the system arranges them; None: as the recipe splits them.
        about: what its member is to say of it, as plain values.
        why: for the notebook.
        limit: seconds: it is refused where it would take longer; None: no matter.
        until: of the ``clock``: it is given up where it has not ended by then; None: never.
    """

    role: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    splits: Sequence[str] | None = None
    about: Mapping[str, Any] = field(default_factory=dict)
    why: str = ""
    limit: float | None = None
    until: float | None = None


class TimeIsUpError(Exception):
    """A training had to be given up; nothing of it is kept."""


Next = Callable[[Study], StudyStep | None]
"""What to train next, from what there is; None: nothing, the question is answered."""

Train = Callable[[StudyStep, str | None, Callable[[str], None]], Record]
"""(step, the run that was begun for it before a kill, what is told of a new run) -> its record,
complete.
"""

clock = time.monotonic
"""What the time of a study is measured by; a benchmark beside other work counts CPU seconds."""


def go_on(study: Study, next_step: Next, train: Train) -> None:
    """Train until nothing is wanted; for who holds the study. A member is never trained twice, and
    a run that was cut off goes on where it was.

    Raises:
        TimeIsUpError: a step took longer than it may; the study can go on with others.
        KeyboardInterrupt: stopped by hand; its argument is the study's id.
        NetwrightError: a training cannot be made; what there is stays; where that is
            nothing, as the first one is refused, the study goes, too.
    """
    is_new = not study.notebook()
    try:
        study.note(status="running", message="")
        while (step := next_step(study)) is not None:
            if step.role in study.members():
                raise ValueError(f"a study has one run for '{step.role}'")
            begun = study.info().get("begun")
            before = begun["run"] if begun and begun["role"] == step.role else None
            if before is None and step.why:
                study.write_down("decided", role=step.role, why=step.why)
            begun_at = clock()
            record = train(step, before, partial(study.begin, step.role))
            info = record.info()
            study.add(
                {
                    "run": record.id,
                    "weights": info.get("weights") or "",
                    "role": step.role,
                    "about": dict(step.about),
                    "seconds": round(clock() - begun_at, 3),
                    "steps": float(info.get("seconds", 0.0)),
                }
            )
    except KeyboardInterrupt:
        study.note(status="stopped", message="stopped by hand")
        raise KeyboardInterrupt(study.id) from None
    except TimeIsUpError:
        study.note(begun=None)
        raise
    except NetwrightError as error:
        left = study.note(status="stopped", message=str(error))
        if is_new and not left["members"] and left.get("begun") is None:
            study.discard()
        raise
