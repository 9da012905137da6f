"""What several sections need: a file of the run, or the sentence that says why it is missing."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from netwright.runs.contents import Material

MOST = 40
"""Lines of a list that the report shows."""


class MissingError(Exception):
    """A section that cannot be made; the message says why, as a sentence for the reader."""


def need(run: Material, name: str) -> Any:
    if name not in run.files:
        raise MissingError(sentence(run, name))
    return run.files[name]


def sentence(run: Material, name: str) -> str:
    """Why a file is not shown, and what would bring it."""
    why = run.missing.get(name, f"{name} is not in the run folder")
    hope = {
        "running": "the run is not complete",
        "stopped": "the run was stopped",
        "diverged": "training diverged",
    }.get(run.info.get("status", ""))
    return f"{why}{f': {hope}' if hope and 'is not in' in why else ''}."


def slug(name: str) -> str:
    return name.replace(" ", "-")


def column(rows: Sequence[Mapping[str, float]], name: str) -> list[float]:
    return [row.get(name, math.nan) for row in rows]
