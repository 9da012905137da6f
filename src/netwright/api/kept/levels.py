"""The human levels of a run, taken back and brought back one by one; the log of the run keeps each
that was taken back.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from netwright.base.errors import RunError
from netwright.runs.annotations.files import user
from netwright.runs.human_levels import HumanLevel, noted, of_note

if TYPE_CHECKING:
    from netwright.api.run import Run

Domain: TypeAlias = Literal["target", "general"]

NOTES: dict[Domain, str] = {"target": "human_error", "general": "human_general"}
"""Domain -> where ``run.json`` has its levels."""

GIVEN = "as given"
"""What a level without a name is called beside those that have one."""

WITHDRAWN, RESTORED = "human_withdrawn", "human_restored"
"""What is logged."""


@dataclass(frozen=True)
class ChangedLevels:
    """What became of one human level.

    Args:
        run, domain, name: whose it is.
        counts: whether it counts now.
        levels: all that count now, by name.
    """

    run: str
    domain: Domain
    name: str
    counts: bool
    levels: dict[str, HumanLevel]

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        levels = [{**level.as_json(), "name": name} for name, level in self.levels.items()]
        return {**vars(self), "levels": levels}

    @property
    def sentence(self) -> str:
        """The same in words, with what undoes it."""
        other = "" if self.domain == "target" else f" --domain {self.domain}"
        of = f"human level{' of general examples' if other else ''} of {self.run}"
        way = f"netwright human {self.run} --{'withdraw' if self.counts else 'restore'}"
        return (
            f"{self.name} counts {'again' if self.counts else 'no more'} as a {of}, which is"
            f" diagnosed anew; those that count: {', '.join(self.levels) or 'none'}.\n"
            f"{way} {shlex.quote(self.name)}{other} undoes that."
        )


def counting(run: Run, domain: Domain = "target") -> dict[str, HumanLevel]:
    """The levels that count for a run, by name; those of its project are none of them."""
    return _by_name(run.info.get(NOTES[domain]))


def withdrawn(run: Run, domain: Domain = "target") -> dict[str, HumanLevel]:
    """The levels that were taken back and count no more, by name, each as it was last."""
    found: dict[str, HumanLevel] = {}
    for event in run.record.events(WITHDRAWN):
        if event["how"] == domain:
            found |= _by_name(event["levels"])
    return {name: level for name, level in found.items() if name not in counting(run, domain)}


def withdraw(run: Run, name: str, domain: Domain = "target") -> ChangedLevels:
    """Take a level back: it counts no more, and the run is diagnosed anew.

    Raises:
        RunError: no level of this name counts, or the run cannot be diagnosed.
    """
    with run.record.alone():
        levels = counting(run, domain)
        if name not in levels:
            raise RunError(f"{run.id} has no human level '{name}'{_known(levels, 'that count')}.")
        level = levels.pop(name)
        _log_and_keep(run, WITHDRAWN, level, domain, levels)
    return ChangedLevels(run.id, domain, name, counts=False, levels=levels)


def restore(run: Run, name: str, domain: Domain = "target") -> ChangedLevels:
    """Bring a level back that was taken back, as it was last; see ``withdraw``.

    Raises:
        RunError: it counts, it was never taken back, or the run cannot be diagnosed.
    """
    with run.record.alone():
        levels, gone = counting(run, domain), withdrawn(run, domain)
        if name in levels:
            raise RunError(f"the human level '{name}' of {run.id} counts: nothing to bring back.")
        if name not in gone:
            raise RunError(
                f"no human level '{name}' of {run.id} was taken back{_known(gone, 'that were')}."
            )
        levels[name] = gone[name]
        _log_and_keep(run, RESTORED, gone[name], domain, levels)
    return ChangedLevels(run.id, domain, name, counts=True, levels=levels)


def _log_and_keep(
    run: Run, what: str, level: HumanLevel, domain: Domain, levels: dict[str, HumanLevel]
) -> None:
    """Log what is done to a level before it is done: a kill in between loses none."""
    run.record.event(what, levels=noted((level,)), how=domain, who=user())
    run.record.note(**{NOTES[domain]: noted(tuple(levels.values()))})
    run.diagnose()


def _by_name(note: Any) -> dict[str, HumanLevel]:
    return {level.name or GIVEN: level for level in of_note(note)}


def _known(levels: dict[str, HumanLevel], which: str) -> str:
    return f"; those {which}: {', '.join(levels)}" if levels else ""
