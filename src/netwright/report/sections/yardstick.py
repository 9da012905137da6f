"""What another yardstick turned: a table in the report, where runs were ranked by one."""

from __future__ import annotations

from typing import Any

from netwright.base import figures
from netwright.report.sections.missing import MissingError, sentence
from netwright.runs.contents import RunFiles


def yardstick(run: RunFiles) -> dict[str, Any] | None:
    """By what it was weighed, and of each verdict how it was, how it is and whether it turned; None
    where it was last judged without weights.

    Raises:
        MissingError: ``yardstick.json`` is damaged.
    """
    if "yardstick.json" in run.missing:
        raise MissingError(sentence(run, "yardstick.json"))
    found = run.yardstick
    if found is None or not found["rows"]:
        return None
    return {
        "weights": figures.shorten(found["yardstick"], 300),
        "day": found["time"][:10],
        "rows": [
            (figures.shorten(one["what"], 80), one["before"], one["now"], one["turned"])
            for one in found["rows"]
        ],
    }
