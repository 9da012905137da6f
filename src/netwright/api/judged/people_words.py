"""What people reach, in words."""

from __future__ import annotations

from itertools import combinations

from netwright.api.judged.people import Agreement, People
from netwright.base import figures
from netwright.base.figures import counted
from netwright.runs.human_levels import HumanLevel


def headers(found: People) -> tuple[str, ...]:
    """Of the agreements, the third one the metric's name."""
    title = next((one.title for one in found.figures.values()), "")
    return "", "and", title or found.metric, "examples", "kappa"


def row(one: Agreement) -> list[str]:
    """The figure with its interval, and kappa."""
    kappa = "" if one.kappa is None else f"{one.kappa:.2f}"
    return [*one.between, figures.level(one.figure), f"{one.n:,}", kappa]


def levels(found: People) -> list[str]:
    """A sentence for each who answered: the level, and what becomes of it."""
    return [_level(found, level) for level in found.levels]


def apart(found: People) -> list[str]:
    """A sentence for each two who told no example in common, so that no agreement is known."""
    agreed = {frozenset(one.between) for one in found.agreements}
    return [
        f"{one} and {other} told no example in common: how far they agree is not known"
        for one, other in combinations([level.name for level in found.levels], 2)
        if frozenset((one, other)) not in agreed
    ]


def _level(found: People, level: HumanLevel) -> str:
    unsure = found.unsure.get(level.name, 0)
    rest = (
        f", of which {unsure:,} could not be told (counted as the baseline answers)"
        if unsure
        else ""
    )
    general = " of general examples" if found.domain == "general" else ""
    return (
        f"{level.name}: {figures.figure(found.metric, found.figures[level.name])} on"
        f" {counted(level.n or 0, 'example')}{rest}; kept as a human level{general} of {found.run},"
        " which is diagnosed anew"
    )
