"""What several sections need: a file of the run, or the sentence that says why it is missing."""

from __future__ import annotations

from collections.abc import Sequence

from netwright.runs.contents import RunFiles
from netwright.runs.rows import EpochRow
from netwright.runs.schema import DiagnosisJson

MOST = 40
"""Lines of a list that the report shows."""


class MissingError(Exception):
    """A section that cannot be made; the message says why, as a sentence for the reader."""


def diagnosis_of(run: RunFiles) -> DiagnosisJson:
    """The diagnosis, or the sentence that says why there is none.

    Raises:
        MissingError: there is none.
    """
    if run.diagnosis is None:
        raise MissingError(sentence(run, "diagnosis.json"))
    return run.diagnosis


def sentence(run: RunFiles, name: str) -> str:
    """Why a file is not shown, and what would bring it."""
    why = run.missing.get(name, f"{name} is not in the run folder")
    hope = {
        "running": "the run is being trained now",
        "killed": "training was killed",
        "stopped": "the run was stopped",
        "diverged": "training diverged",
    }.get(run.status)
    return f"{why}{f': {hope}' if hope and 'is not in' in why else ''}."


def slug(name: str) -> str:
    return name.replace(" ", "-")


def column(rows: Sequence[EpochRow], name: str) -> list[float]:
    return [row.figure(name) for row in rows]
