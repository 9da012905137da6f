"""Usual methods beside the net on the same dev examples: a table, in report and terminal."""

from __future__ import annotations

from netwright.base import figures
from netwright.base.measure import Measure
from netwright.report.sections.missing import MissingError, sentence
from netwright.runs.contents import RunFiles
from netwright.runs.schema import ReferenceJson

HEADS = ("method", "dev", "lead of the net", "")


def references(run: RunFiles) -> list[list[str]]:
    """A row each: its name, its figure, how far the net is ahead, what to make of that, and how it
    was fitted; empty where there are none.

    Raises:
        MissingError: ``references.json`` is damaged.
    """
    if "references.json" in run.missing:
        raise MissingError(sentence(run, "references.json"))
    return [_row(one) for one in run.references]


def _row(one: ReferenceJson) -> list[str]:
    measured, lead = Measure.from_json(one["measure"]), one["lead"]
    ahead = figures.points(lead["value"], lead["low"], lead["high"], unit=measured.unit)
    name = figures.shorten(one["name"], 60)
    return [name, figures.level(measured), ahead, _judged(one), figures.shorten(one["how"], 300)]


def _judged(one: ReferenceJson) -> str:
    low, high = one["lead"]["low"], one["lead"]["high"]
    if low is None or high is None:
        return "its noise is unknown"
    if low > 0:
        return "the net is better"
    return "the net is worse" if high < 0 else "within noise"
