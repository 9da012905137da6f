"""The system of a run, which is never loaded because the run names it."""

from __future__ import annotations

import warnings
from pathlib import Path

from netwright import systems
from netwright.base.errors import NetwrightWarning, RunError
from netwright.contract import AnySystem
from netwright.runs.record import Record
from netwright.systems.own_verbs import OwnVerb


def known(record: Record) -> str:
    """The name of the system of a run. One from outside the package is loaded where a person names
    it, here or in ``$NETWRIGHT_SYSTEMS``.

    Raises:
        RunError: it is from outside, and the person named it not yet.
    """
    info = record.info()
    name, origin = info["system"], info.get("system_origin")
    if origin is None or name in systems.places():
        return name
    raise RunError(
        f"{record.id} is of the system '{name}', which was in {origin}: name its folder with"
        f" --system FOLDER, or NETWRIGHT_SYSTEMS=FOLDER."
    )


def load(record: Record) -> AnySystem:
    """The system of a run.

    Raises:
        RunError: as for ``known``.

    Warns:
        NetwrightWarning: its code is another than that which trained the run.
    """
    name = known(record)
    if change := _change(record, name):
        warnings.warn(change, NetwrightWarning, stacklevel=3)
    return systems.load(name)


def expect(record: Record, named: str | Path | None) -> None:
    """Refuse a system that is not the run's.

    Args:
        named: what the person gave, its name or its folder, which is known from then on.

    Raises:
        RunError: it is another.
    """
    if named is None:
        return
    system = record.info()["system"]
    if systems.named(named) in ("auto", system):
        return
    raise RunError(
        f"{record.id} is of the system '{system}', not of '{systems.named(named)}': leave the"
        " system out."
    )


def verbs(record: Record) -> dict[str, OwnVerb]:
    """The verbs that the system of a run brings, by their names."""
    return systems.verbs(known(record))


def verb(record: Record, name: str) -> OwnVerb:
    """The verb that the system of a run brings under a name.

    Raises:
        RunError: it brings none of that name.
    """
    return systems.own_verb(known(record), name, record.id)


def _change(record: Record, name: str) -> str:
    """What a person should know of a system that is not as it was when it trained the run; empty:
    nothing. A comment, a docstring or another layout of the code changes nothing.
    """
    info, place = record.info(), systems.places().get(name)
    if place is None or not place.may_have_changed(info.get("system_digest", "")):
        return ""
    was = info.get("system_origin", "")
    there = "has changed since" if was == place.origin else f"differs from that of {place.origin}"
    return (
        f"{record.id} was trained by the system '{name}' of {was}, whose code {there}: its answers"
        " and figures may not be those of then."
    )
