"""Which files of a source hold sentences with names, in which form, and for which split."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from netwright.contract import Look
from netwright.data.sources import suffixes
from netwright.data.sources.class_folders import SPLITS
from netwright.data.tables.formats.in_utf8 import encoding_of
from netwright.data.tagged import columns, offsets

Form: TypeAlias = Literal["columns", "lines", "json"]
"""CoNLL's columns, a JSON value a line, one JSON value."""

COLUMNS = frozenset(
    {".conll", ".conll2003", ".conllu", ".iob", ".iob2", ".bio", ".bioes", ".bilou"}
)
"""Endings that name columns of tags."""

_NAMED = {**SPLITS, "testa": "dev", "testb": "test"}
_WORDS = re.compile(r"[a-z]+")

_LOOKED_INTO = COLUMNS | suffixes.TEXTS | {".tsv", *(f".{name}" for name in _NAMED)}
"""Endings of files that may hold columns: no other is opened to see."""

LOOKED_AT = 20
"""Files of a folder whose beginning is looked at, at most; others are of the form that those of
their ending have.
"""


@dataclass(frozen=True)
class TaggedFile:
    """A file of sentences.

    Args:
        split: the one that its name, or that of its folder, is of; None: none.
    """

    path: Path
    form: Form
    split: str | None = None


def form_by_ending(ending: str) -> Form | None:
    """The form that a file of sentences of this ending has, in small letters; None: none has."""
    if ending in suffixes.JSON_LINES:
        return "lines"
    if ending == ".json":
        return "json"
    return "columns" if ending in _LOOKED_INTO else None


def form_of(look: Look, path: Path) -> Form | None:
    """The form of a file that is clearly of sentences with names, by its ending or its beginning;
    else None.
    """
    ending = path.suffix.lower()
    form = form_by_ending(ending)
    if form is None or ending in COLUMNS:
        return form
    head = look.head(path)
    # what is in another encoding is recognized, so that reading it says where
    text = head.decode(encoding_of(head[:8]) or "utf-8-sig", "replace")
    if form == "columns":
        return form if columns.are_columns(text) else None
    return form if offsets.are_texts(text, lines=form == "lines") else None


def files_of(look: Look, *, clear: bool = True) -> list[TaggedFile]:
    """The files of sentences that a source is or holds: in a folder those in it, and those in
    folders that are called as splits are.

    Args:
        clear: those alone that clearly are; else all of endings that such files have.
    """
    if look.kind not in ("file", "folder"):
        return []
    places = [look.path] if look.kind == "folder" else []
    places += [place / name for place in places for name in look.listed().folders if _splits(name)]
    paths = [place / name for place in places for name in look.listed(place).files]
    paths = paths or [look.path] * (look.kind == "file")
    if not clear:
        found = [(path, form_by_ending(path.suffix.lower())) for path in paths]
    else:
        found = [(path, form_of(look, path)) for path in paths[:LOOKED_AT]]
        by_ending = {path.suffix.lower(): form for path, form in found if form}
        found += [(path, by_ending.get(path.suffix.lower())) for path in paths[LOOKED_AT:]]
    return [TaggedFile(path, form, _split_of(path, look)) for path, form in found if form]


def _splits(folder: str) -> bool:
    return folder.lower() in SPLITS


def _split_of(path: Path, look: Look) -> str | None:
    """Of a file in a folder, by a folder in it, or by a word in the name: ``eng.testa``,
    ``en-ud-train.conllu``.
    """
    if look.kind == "file":
        return None
    if path.parent != look.path:
        return SPLITS[path.parent.name.lower()]
    words = _WORDS.findall(path.name.lower())
    found = [_NAMED[word] for word in words if word in _NAMED]
    return found[-1] if found else None
