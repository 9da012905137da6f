"""Answers as text: a table, rows of CSV, JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any, get_args, get_origin, get_type_hints

from netwright.base import figures
from netwright.cli import console
from netwright.contract import Answer, AnySystem
from netwright.runs.answers.predictions import plain

MOST_PROBABLE = 3
LONGEST = 60
"""Characters of a cell of the table."""


def table(system: AnySystem, rows: Iterable[tuple[str, Answer]]) -> str:
    """A line for each (source, answer), a column for each field of the answer, each kept short."""
    names = [part.name for part in fields(system.answer)]
    cells = [[source, *_cells(system, answer)] for source, answer in rows]
    return console.table(cells, ["source", *names], "l" * (1 + len(names)))


def as_json(source: str, answer: Answer) -> dict[str, Any]:
    """The whole answer as plain values that JSON can hold."""
    return {"source": source, **plain(answer)}


def as_csv(system: AnySystem, source: str, answer: Answer) -> dict[str, Any]:
    """The whole answer as the same columns in every row: ``probabilities.cat`` of each label,
    ``values.rent`` of each number by name, ``box.x0`` of each part of a named tuple; what else is
    no single value is JSON.
    """
    parts, named = _parts_of(system.answer), _numbers_by_name(system.answer)
    stated = plain(system.probabilities(answer))
    flat: dict[str, Any] = {"source": source}
    for name, part in plain(answer).items():
        if (stated and part == stated) or (part and name in named):
            flat |= {f"{name}.{label}": p for label, p in part.items()}
        elif name in parts:
            values = [None] * len(parts[name]) if part is None else part
            flat |= {f"{name}.{at}": v for at, v in zip(parts[name], values, strict=True)}
        else:
            nested = isinstance(part, list | dict)
            flat[name] = json.dumps(part, ensure_ascii=False) if nested else part
    return flat


def _parts_of(answer: Any) -> dict[str, tuple[str, ...]]:
    """Field of an answer's class -> the names of its parts, where it is a named tuple (or None)."""
    found: dict[str, tuple[str, ...]] = {}
    for name, hint in get_type_hints(answer).items():
        for kind in (hint, *get_args(hint)):
            if isinstance(kind, type) and issubclass(kind, tuple):
                found[name] = getattr(kind, "_fields", ())
    return {name: names for name, names in found.items() if names}


def _numbers_by_name(answer: Any) -> set[str]:
    """The fields of an answer's class that hold a number for each name."""
    return {
        name
        for name, hint in get_type_hints(answer).items()
        if get_origin(hint) in (dict, Mapping) and get_args(hint) == (str, float)
    }


def _cells(system: AnySystem, answer: Answer) -> list[str]:
    """Every field in a few words; of probabilities the largest."""
    stated = system.probabilities(answer)
    return [
        _most_probable(stated)
        if stated and part == plain(stated)
        else figures.value(part, LONGEST, digits=6)
        for part in plain(answer).values()
    ]


def _most_probable(stated: Mapping[str, float]) -> str:
    ordered = sorted(stated.items(), key=lambda pair: -pair[1])
    return "  ".join(f"{label} {p:.1%}" for label, p in ordered[:MOST_PROBABLE])
