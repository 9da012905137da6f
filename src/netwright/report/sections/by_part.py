"""Figures of the parts of an answer, a tag or a target each: a table, in report and terminal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from netwright.base import figures
from netwright.base.measure import Measure


@dataclass(frozen=True)
class PartTable:
    """Text in cells: a row a part, a column a metric.

    Args:
        heads: ``part``, ``examples`` (those that the first metric counts), and the metrics' names.
    """

    heads: list[str]
    rows: list[list[str]]


def whole(measures: Mapping[str, Measure]) -> dict[str, Measure]:
    """The figures of the whole answer."""
    return {name: found for name, found in measures.items() if not found.of}


def table(measures: Mapping[str, Measure], dash: str = "-") -> PartTable | None:
    """The figures of its parts, in the order in which they were measured; None: there are none."""
    parts: dict[str, dict[str, Measure]] = {}
    for name, found in measures.items():
        if found.of:
            parts.setdefault(found.of, {})[found.title or figures.plain(name)] = found
    if not parts:
        return None
    titles = list(dict.fromkeys(title for row in parts.values() for title in row))
    rows = [
        [
            figures.shorten(part, 40),
            figures.count(next(iter(row.values())).n),
            *(figures.level(row.get(title), dash=dash) or "none" for title in titles),
        ]
        for part, row in parts.items()
    ]
    return PartTable(["part", "examples", *titles], rows)
