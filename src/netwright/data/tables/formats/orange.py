"""``.tab`` files: tab-separated text, with Orange's header where there is one.

That is three lines, of names, of types (continuous, discrete, string, time, or c, d, s, t, or a
list of categories) and of flags (class, meta, ignore), or one line that says it before each name,
``cD#y``; else a file is read as others are
(https://orangedatamining.com/docs, "Loading your data").
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from netwright.base.errors import DataError
from netwright.contract import ColumnForm
from netwright.data.tables.exact import alone
from netwright.data.tables.formats import csv_text
from netwright.data.tables.formats.table_look import Content, TableLook, Words, named

ENDINGS = (".tab",)

TYPES = {
    "c": "number",
    "continuous": "number",
    "numeric": "number",
    "n": "number",
    "d": "words",
    "discrete": "words",
    "categorical": "words",
    "s": "words",
    "string": "words",
    "text": "words",
    "t": "",
    "time": "",
}
"""What Orange calls a column -> how it is read; time is judged."""

ROLES = {
    "": "",
    "c": "class",
    "class": "class",
    "m": "meta",
    "meta": "meta",
    "i": "ignore",
    "ignore": "ignore",
    "w": "weight",
    "weight": "weight",
}

_BEFORE = re.compile(r"([cmiw]?)([cdstnCDSTN]?)#(.+)")


@dataclass(frozen=True)
class _Flagged:
    """A column of the header.

    Args:
        kind: ``number``, ``words``, or empty: judged.
        role: ``class``, ``meta``, ``ignore``, ``weight``, or empty.
    """

    name: str
    kind: str
    role: str


def look(content: Content) -> TableLook:
    """A ``.tab`` file by its header.

    Raises:
        DataError: it cannot be read as a table, or all of its columns are left out.
    """
    file = csv_text.delimited(content)
    whole = csv_text.look_of(file)
    below = list(islice(_rows(file), 2))
    three = _of_three(file.names, [cells for _, cells in below])
    header = three or _of_one(file.names)
    if header is None:
        return whole
    names = named(file.path, [column.name for column in header])
    aside = {column.name for column in header if column.role in ("meta", "ignore")}
    kinds = {column.name: column.kind for column in header if column.name not in aside}
    if not kinds:
        raise DataError(f"{file.path} flags all of its columns as meta or ignore: nothing to read.")
    above = below[1][0] if three else 0

    def parts(size: int) -> Iterator[Words]:
        for part in file.parts(size):
            part.cells.columns = names
            skipped = sum(line <= above for line in part.lines[:2])
            if skipped < len(part.lines):
                cells = alone(part.cells, list(kinds))[skipped:]
                yield replace(part, cells=cells, lines=part.lines[skipped:])

    about = [whole.about, "the header gives types and flags, as Orange's does"]
    if aside:
        about.append(f"left out as it says: {', '.join(name for name in names if name in aside)}")
    classes = [column.name for column in header if column.role == "class"]
    return replace(
        whole,
        names=list(kinds),
        parts=parts,
        about="; ".join(about),
        forms={name: ColumnForm("words") for name, kind in kinds.items() if kind == "words"},
        numbers=frozenset(name for name, kind in kinds.items() if kind == "number"),
        target=",".join(classes) or None,
    )


def _rows(file: csv_text.Delimited) -> Iterator[tuple[int, tuple[str, ...]]]:
    """(line, cells) of each row."""
    for part in file.parts(1):
        yield from zip(part.lines, part.cells.iter_rows(), strict=True)


def _of_three(names: Sequence[str], below: Sequence[tuple[str, ...]]) -> list[_Flagged] | None:
    """By the two lines below the names: types, or lists of categories, and flags."""
    if len(below) < 2:
        return None
    types, flags = below
    if not any(one in TYPES for one in types):
        return None
    kinds = [_kind(one) for one in types]
    roles = [_role(one) for one in flags]
    if None in kinds or None in roles:
        return None
    return [
        _Flagged(name, str(kind), str(role))
        for name, kind, role in zip(names, kinds, roles, strict=True)
    ]


def _kind(word: str) -> str | None:
    """How Orange's type is read; None: it is none."""
    if not word:
        return ""
    return TYPES.get(word.lower(), "words" if len(word.split()) > 1 else None)


def _role(flags: str) -> str | None:
    """The role among a column's flags, which may set attributes beside it (``a=1``); None: these
    are no flags.
    """
    words = [word for word in flags.lower().split() if "=" not in word]
    if not all(word in ROLES for word in words):
        return None
    return ROLES[words[0]] if words else ""


def _of_one(names: Sequence[str]) -> list[_Flagged] | None:
    """By what stands before each name."""
    found = [_BEFORE.fullmatch(name) for name in names]
    if not any(found):
        return None
    return [
        _Flagged(name, "", "")
        if one is None
        else _Flagged(one[3], TYPES.get(one[2].lower(), ""), ROLES[one[1]])
        for name, one in zip(names, found, strict=True)
    ]
