"""What a verb of a system gives, whatever it is: as text, as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from itertools import cycle
from typing import Any

from netwright.base import figures
from netwright.cli import console
from netwright.contract import Highlighted
from netwright.runs.answers.predictions import plain

LONGEST = 200
"""Characters of a value."""

COLORS: tuple[console.Color, ...] = ("cyan", "yellow", "red")
"""Of the labels of a text that is highlighted."""

SHOWN_AT_ONCE = 1000
"""Rows that are printed as one table; more follow as they come."""


def texts(found: Any) -> Iterator[str]:
    """A text as it is, and what is a text by its own ``__str__``; the fields of any other dataclass
    and the keys of a mapping, a line each; of several things each as it comes, dataclasses and
    mappings as the rows of a table; nothing of None.
    """
    if found is None:
        return
    if (named := _named(found)) is not None:
        rows = [[name, _value(value)] for name, value in named.items()]
        yield console.table(rows, ["", ""], "ll")
    elif isinstance(found, Iterable) and not isinstance(found, str):
        yield from _several(iter(found))
    else:
        yield _in_words(found)


def as_json(found: Any) -> Any:
    """The same as plain values that JSON can hold; what is no such value as its text."""
    held = plain(found)
    if held is None or isinstance(held, str | int | float):
        return held
    if isinstance(held, Mapping):
        return {str(key): as_json(value) for key, value in held.items()}
    return [as_json(one) for one in held] if isinstance(held, Iterable) else str(held)


def document(found: Any) -> console.Printed:
    """The same as a mapping or a list of mappings, which can say of what version they are; whatever
    else it is, under ``result``.
    """
    held = as_json(found)
    if isinstance(held, list) and all(map(_is_plain, held)):
        return held
    return held if _is_plain(held) else {"result": held}


def _is_plain(held: Any) -> bool:
    return isinstance(held, Mapping) and "schema" not in held


def _named(found: Any) -> dict[str, Any] | None:
    """Name -> value of what has names."""
    if isinstance(found, Mapping):
        return {str(key): value for key, value in found.items()}
    if is_dataclass(found) and not isinstance(found, type) and not _is_text(found):
        return {part.name: getattr(found, part.name) for part in fields(found)}
    return None


def _is_text(found: Any) -> bool:
    """Whether a dataclass has words of its own."""
    return is_dataclass(found) and type(found).__str__ is not object.__str__


def _in_words(found: Any) -> str:
    if isinstance(found, Highlighted):
        return _in_color(found)
    return str(found) if isinstance(found, str) or _is_text(found) else _value(found)


def _in_color(found: Highlighted) -> str:
    """The text; spans of one label in one color, by the order in which they come up."""
    colors = dict(zip(dict.fromkeys(label for *_, label in found.spans), cycle(COLORS)))
    return "".join(
        console.colored(f"[{' '.join(filter(None, (text, label, p)))}]", colors[label])
        if label
        else text
        for text, label, p in found.pieces()
    )


def _several(found: Iterator[Any]) -> Iterator[str]:
    """A line each, or tables of those that have the same names."""
    rows: list[dict[str, Any]] = []
    for one in found:
        named = _named(one)
        if rows and (named is None or list(named) != list(rows[0]) or len(rows) == SHOWN_AT_ONCE):
            yield _table(rows)
            rows = []
        if named is None:
            yield _in_words(one)
        else:
            rows.append(named)
    if rows:
        yield _table(rows)


def _table(rows: list[dict[str, Any]]) -> str:
    cells = [[_value(value) for value in row.values()] for row in rows]
    return console.table(cells, list(rows[0]), "l" * len(rows[0]))


def _value(found: Any) -> str:
    held = as_json(found)
    if isinstance(held, str) and held and (held.strip() != held or set(held) & set("\n\t")):
        held = json.dumps(held, ensure_ascii=False)  # a blank is seen between its quotes
    return figures.value(held, LONGEST, digits=6)
