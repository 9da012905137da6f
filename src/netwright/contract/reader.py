"""A reader: what must be known of one kind of source, as a value of plain functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from netwright.contract.examples import Examples
from netwright.contract.look import Look
from netwright.contract.reading import Reading
from netwright.contract.source import ReadOptions, Source


@dataclass(frozen=True)
class Claim:
    """A reader's claim to a source, or a system's claim to examples.

    Args:
        why: the reason, for the person: of a reader a sentence without its full stop ("took photos
            for images because ..."), of a system what it found ("the targets are labels").
        strength: 3: a format, or a kind of target, that only this one takes; 2: the content fits;
            1: it could be; 0: only where the person names a system that takes the reader, who says
            then what is wrong with it.
    """

    why: str
    strength: Literal[0, 1, 2, 3]


@dataclass(frozen=True)
class Reader:
    """One kind of source: a folder of images, a table, arrays in memory.

    Args:
        kind: its name, ``images``.
        takes: what it reads, for the sentence that lists all: "a folder of images (one subfolder a
            class)".
        recognize: whether a source is its own, before it is read; None: it is not.
        read: the examples of a source that it recognized.
        sample: writes a small valid source into an empty folder, and gives what a person would
            point at and how it is read.
        inputs: (looks, options) -> new inputs to answer, without targets, from one or several
            things that a person points at, read as the run's own data were (``options.target``,
            ``options.time``); None: they are not its own. Words that are no file's name, and lines
            of standard input, are one look of kind ``memory`` whose value is a list of strings.
            Where there is no such function, a single thing that it recognizes is read and its
            targets are dropped.
        meant: whether options say that a source is read by this reader and no other.
    """

    kind: str
    takes: str
    recognize: Callable[[Look], Claim | None]
    read: Callable[[Look, Source], Reading]
    sample: Callable[[Path], tuple[Any, ReadOptions]]
    inputs: Callable[[Sequence[Look], ReadOptions], Examples | None] | None = None
    meant: Callable[[ReadOptions], bool] = lambda options: False
