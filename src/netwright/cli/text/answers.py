"""Answers as text: a table, rows of CSV, JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any, get_args, get_origin, get_type_hints

from netwright.base import figures
from netwright.cli import console
from netwright.contract import Answer
from netwright.contract.answers import AnswerTerms
from netwright.data.several_targets.names import in_a_line
from netwright.runs.answers.predictions import plain

if TYPE_CHECKING:
    from netwright.api.answering import AnsweredInput

MOST_PROBABLE = 3
LONGEST = 60
"""Characters of a cell of the table."""


def table(system: AnswerTerms, rows: Sequence[AnsweredInput]) -> str:
    """A line for each answer, a column for each of its fields and for what is known beside one of
    them, each kept short.
    """
    names = [part.name for part in fields(rows[0].answer)]
    beside = [name for name in rows[0].beside if any(row.beside[name] for row in rows)]
    cells = [
        [row.source, *_cells(system, row.answer), *(_beside(row.beside[name]) for name in beside)]
        for row in rows
    ]
    headers = ["source", *names, *beside]
    return console.table(cells, headers, "l" * len(headers))


def as_json(row: AnsweredInput) -> dict[str, Any]:
    """The whole answer as plain values that JSON can hold."""
    return {"source": row.source, **plain(row.answer), **plain(row.beside)}


def as_csv(system: AnswerTerms, row: AnsweredInput) -> dict[str, Any]:
    """The whole answer as the same columns in every row: ``probabilities.cat`` of each label,
    ``values.rent`` of each number by name, ``box.x0`` of each part of a named tuple; what else is
    no single value is JSON. Of what is known beside it names stand with commas between.
    """
    kind = type(row.answer)
    parts, named = _parts_of(kind), _numbers_by_name(kind)
    stated = plain(system.probabilities(row.answer))
    flat: dict[str, Any] = {"source": row.source}
    for name, part in plain(row.answer).items():
        if (stated and part == stated) or (part and name in named):
            flat |= {f"{name}.{label}": p for label, p in part.items()}
        elif name in parts:
            values = [None] * len(parts[name]) if part is None else part
            flat |= {f"{name}.{at}": v for at, v in zip(parts[name], values, strict=True)}
        else:
            nested = isinstance(part, list | dict)
            flat[name] = json.dumps(part, ensure_ascii=False) if nested else part
    return {**flat, **{name: _beside(known) for name, known in row.beside.items()}}


def _beside(known: str | Sequence[str] | None) -> str:
    """What is known beside an answer: a word, or names with commas between; nothing is empty."""
    return in_a_line(known) or ""


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


def _cells(system: AnswerTerms, answer: Answer) -> list[str]:
    """Every field in a few words; of probabilities the largest; of several things, each with parts
    by name, as the system says them.
    """
    stated = system.probabilities(answer)
    cells = []
    for name, part in plain(answer).items():
        if stated and part == plain(stated):
            cells.append(_most_probable(stated))
            continue
        several = isinstance(part, list) and part and isinstance(part[0], Mapping)
        words = system.in_words(getattr(answer, name)) if several else None
        cells.append(figures.value(part if words is None else words, LONGEST, digits=6))
    return cells


def _most_probable(stated: Mapping[str, float]) -> str:
    ordered = sorted(stated.items(), key=lambda pair: -pair[1])
    return "  ".join(f"{label} {p:.1%}" for label, p in ordered[:MOST_PROBABLE])
