"""What files of earlier formats call things: brought to today's names when they are read.

A file is never rewritten for it; what a run of format 1 holds stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

FORMAT = 2
"""Of the runs that are written now; all up to it are read."""


@dataclass(frozen=True)
class Renamed:
    """A key, or a value of a key, that had another name in format 1.

    Args:
        place: the keys that lead to the mapping that holds it; ``*`` stands for every one.
        old, new: the key's names; or the value's, where ``key`` says of which key.
    """

    place: tuple[str, ...]
    old: str
    new: str
    key: str = ""


RENAMED: Mapping[str, tuple[Renamed, ...]] = {
    "run.json": (
        Renamed((), "says", "messages"),
        Renamed(("metric",), "share", "fraction", key="unit"),
    ),
    "data.json": (Renamed(("findings", "*"), "says", "message"),),
    "measures.json": (
        Renamed(("*", "*"), "mean", "is_proportion"),
        Renamed(("*", "*"), "share", "fraction", key="unit"),
    ),
    "diagnosis.json": (
        Renamed(("findings", "*"), "says", "message"),
        Renamed(("knobs", "*"), "says", "message"),
        Renamed((), "share", "fraction", key="unit"),
    ),
}


def upgraded(name: str, value: Any) -> Any:
    """The content of a run's JSON file in today's names; changed in place.

    Args:
        name: of the file, ``run.json``.
        value: what it holds; whatever is not as expected is left alone, for who checks it.
    """
    for renamed in RENAMED.get(name, ()):
        for mapping in _at(value, renamed.place):
            if renamed.key:
                if mapping.get(renamed.key) == renamed.old:
                    mapping[renamed.key] = renamed.new
            elif renamed.old in mapping and renamed.new not in mapping:
                mapping[renamed.new] = mapping.pop(renamed.old)
    return value


def _at(value: Any, place: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    if not place:
        if isinstance(value, dict):
            yield value
        return
    first, *rest = place
    if first == "*":
        parts = value.values() if isinstance(value, dict) else value
        for part in parts if isinstance(value, dict | list) else ():
            yield from _at(part, tuple(rest))
    elif isinstance(value, dict) and first in value:
        yield from _at(value[first], tuple(rest))
