"""A source: what a person pointed at, recognized."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file of a source in which each file is an example.

    Args:
        split: the one that the source assigns it to, or None.
    """

    path: Path
    label: str
    split: str | None = None


@dataclass(frozen=True)
class Source:
    """What a person pointed at, recognized.

    Args:
        kind: ``images``, ``table``, ``arrays``, ``text``, ...: which readers can take it.
        path: the file or folder; for a ready data set its name; for data in memory ``memory``.
        why: one line for the person: what it was taken for and why.
        options: how to read it further (the target column, the group column).
        files: what recognizing a folder found in it, so that it is walked through once.
    """

    kind: str
    path: str
    why: str
    options: Mapping[str, Any] = field(default_factory=dict)
    files: tuple[SourceFile, ...] = field(default=(), repr=False)
