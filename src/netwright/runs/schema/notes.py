"""What people and the run itself note on the way: ``label.json``, ``events.jsonl``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict

from netwright.base.shapes import (
    Check,
    MisfitError,
    anything,
    count,
    fields,
    flag,
    listed,
    mapped,
    number,
    text,
)
from netwright.runs.human_levels import check_noted


class NoteJson(TypedDict):
    """What a person wrote about the run, and when."""

    time: str
    message: str


class LabelJson(TypedDict, total=False):
    """``label.json``: what people call the run and write about it."""

    name: str
    notes: list[NoteJson]


LABEL = fields(
    {}, {"name": text, "notes": listed(fields({"time": text, "message": text}), most=1_000)}
)


_TEXTS = dict.fromkeys(("id", "who", "time", "why", "key"), text)

CORRECTIONS = listed(fields({**_TEXTS, "old": anything, "new": anything}))
"""``corrections.json``: the labels that people had corrected when the run was trained."""


# --- events.jsonl


class _Happened(TypedDict):
    event: str


class Event(_Happened, total=False):
    """A line of ``events.jsonl``: what happened when.

    ``changes``: key -> (old, new), of a tweak or a rewind; ``to``, ``to_step``: the epoch and the
    step that a rewind went to; ``between``: it was made while nothing trained; ``levels``, ``who``:
    human levels as ``run.json`` has them, and who took them back or brought them back.
    """

    time: str
    step: int
    epoch: float
    number: int
    changes: dict[str, tuple[Any, Any]]
    to: int
    to_step: int
    between: bool
    message: str
    times: int
    how: str
    levels: Any
    who: str


def pair(value: Any, place: str) -> None:
    """(old, new)."""
    if not isinstance(value, list) or len(value) != 2:
        raise MisfitError(place, value, "the old and the new value")


_CHANGE: Mapping[str, Check] = {"number": count, "step": count, "epoch": number}
_ANY_EVENT: Mapping[str, Check] = {
    "time": text,
    "step": count,
    "epoch": number,
    "number": count,
    "to": count,
    "to_step": count,
    "between": flag,
    "message": text,
    "times": count,
    "how": text,
    "who": text,
}
_EVENTS: dict[str, Check] = {
    "tweak": fields({**_CHANGE, "changes": mapped(pair, most=1_000)}, _ANY_EVENT),
    "rewind": fields({**_CHANGE, "changes": mapped(pair, most=1_000), "to": count}, _ANY_EVENT),
}
_EVENTS |= dict.fromkeys(
    ("human_withdrawn", "human_restored"), fields({"levels": check_noted, "how": text}, _ANY_EVENT)
)
_OTHER_EVENT = fields({"event": text}, _ANY_EVENT)


def event(value: Any, place: str) -> None:
    """A line of ``events.jsonl``; what it must hold depends on its kind."""
    _OTHER_EVENT(value, place)
    if value["event"] in _EVENTS:
        _EVENTS[value["event"]](value, place)
