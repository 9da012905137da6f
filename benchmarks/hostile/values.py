"""Wrong values in the place of each value of a JSON-like tree."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

DEEP: Any = "deep"
"""Stands for 50,000 lists inside each other, which no encoder of ours would write."""

HUGE: Any = "huge"
"""Stands for a whole number of 5,000 digits."""

MISSING: Any = "missing"
"""Stands for a key that is taken away."""

WRONG: dict[str, Any] = {
    "null": None,
    "a word": "x\u001b[31m",
    "a way out": "../../x",
    "a long text": "y" * 200_000,
    "minus one": -1,
    "zero": 0,
    "large": 10**9,
    "beyond a float": 10**400,
    "a fraction": 0.5,
    "huge float": 1e300,
    "nan": float("nan"),
    "inf": float("inf"),
    "true": True,
    "an empty list": [],
    "a list": [1, "x", None],
    "an empty mapping": {},
    "a mapping": {"a": 1},
    "deep": DEEP,
    "huge": HUGE,
    "missing": MISSING,
}

MOST_LISTED, MOST_MAPPED = 2, 40
"""Parts of a list and of a mapping that are changed: its first ones stand for the rest."""


@dataclass(frozen=True)
class Changed:
    """A tree with one wrong value.

    Args:
        what: place and value, for people.
        tree: the right one.
        keys: they lead to the place.
        wrong: the value.
    """

    what: str
    tree: Any
    keys: tuple[str | int, ...]
    wrong: Any

    def text(self) -> str:
        """As JSON."""
        return as_json(put(self.tree, self.keys, self.wrong))

    def content(self) -> bytes:
        """The same, as a file holds it."""
        return self.text().encode()


def places(tree: Any, keys: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The keys that lead to each value, the whole tree first."""
    yield keys
    parts: list[tuple[str | int, Any]] = []
    if isinstance(tree, dict):
        parts = [*tree.items()][:MOST_MAPPED]
    elif isinstance(tree, list):
        parts = [(at, part) for at, part in enumerate(tree) if at < MOST_LISTED]
    for key, part in parts:
        yield from places(part, (*keys, key))


def changed(tree: Any) -> Iterator[Changed]:
    """The tree with each wrong value in each place."""
    for keys in places(tree):
        for name, wrong in WRONG.items():
            if not keys and wrong is MISSING:
                continue
            what = f"{'.'.join(map(str, keys)) or 'all of it'} = {name}"
            yield Changed(what, tree, keys, wrong)


def put(tree: Any, keys: tuple[str | int, ...], wrong: Any) -> Any:
    """A copy with the wrong value in that place."""
    if not keys:
        return wrong
    made = copy.deepcopy(tree)
    inner = made
    for key in keys[:-1]:
        inner = inner[key]
    if wrong is MISSING:
        del inner[keys[-1]]
    else:
        inner[keys[-1]] = wrong
    return made


def as_json(tree: Any) -> str:
    """As text, with what no encoder writes."""
    text = json.dumps(tree)
    text = text.replace(f'"{DEEP}"', "[" * 50_000 + "]" * 50_000)
    return text.replace(f'"{HUGE}"', "9" * 5_000)
