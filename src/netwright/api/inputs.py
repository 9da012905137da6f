"""New inputs that a person gives a trained system to answer: paths, texts, or data in memory."""

from __future__ import annotations

import dataclasses
import os
import sys
from collections.abc import Iterator, Sequence
from io import BufferedReader
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from netwright import systems
from netwright.api.reading import Recognized, options_of, what_they_read
from netwright.base.errors import DataError
from netwright.contract import EarlierReading, Examples, Look, Reader, ReadOptions
from netwright.data.sources import hints, looking

if TYPE_CHECKING:
    from netwright.recipe import Recipe

READ_AT_ONCE = 1 << 16
"""Bytes of standard input."""


def read_inputs(
    inputs: Any,
    system: str,
    recipe: Recipe,
    *,
    lines: bool = False,
    before: EarlierReading | None = None,
) -> Examples:
    """New inputs to answer, without targets, by whatever the system reads.

    Args:
        inputs: a path, several paths, texts where the system reads them, or data in memory. Of a
            list of strings of which none is the name of a file or folder each is a text, whatever
            is in it (``8/10``); a string alone that is written as a path is one.
        system: the name of the run's.
        before: column of a table -> how the run understood it in training.
        lines: whether they are lines of a stream: never the name of a file, whatever they hold.

    Raises:
        DataError: nothing is there, or it cannot be read.
    """
    return read_as(inputs, system, options_of(recipe, before), lines=lines)


def read_as(inputs: Any, system: str, options: ReadOptions, *, lines: bool = False) -> Examples:
    """The same, where it is known how they are read; see ``read_inputs``."""
    readers = list(systems.readers(system))
    named = None if lines else _as_names(inputs)
    looks = [Look("standard input" if lines else "memory", "memory", value=inputs)]
    if named is not None:
        looks = _looks(as_typed([inputs]) if isinstance(inputs, str) else named, readers)
    if not looks and named is not None:  # nothing of that name: it may be meant as it stands
        looks = [Look("what was typed", "memory", value=[str(name) for name in named])]
    for reader in readers:
        examples = _inputs_of(reader, looks, options)
        if examples is not None:
            return examples
    if named is not None and looks[0].kind == "memory":
        for name in named:
            looking.at_path(name)  # where it could be no file, it says why
        raise DataError(f"{named[0]}: no such file or folder.")
    what = ", ".join(map(str, looks[:2])) + (", ..." if len(looks) > 2 else "")
    if len(looks) > 1 and all(any(reader.recognize(look) for reader in readers) for look in looks):
        raise DataError(
            f"{what} are {len(looks)} sources, and the system '{system}' answers one at a time:"
            " name one."
        )
    why = "is an empty folder" if hints.is_empty(looks[0]) else "cannot be answered"
    raise DataError(f"{what} {why}: the system '{system}' reads {what_they_read(readers)}.")


def read_typed(inputs: Sequence[str], system: str, options: ReadOptions) -> Examples:
    """What a person typed, as they mean it: texts, files, folders; of ``-`` alone the lines of
    standard input. See ``read_inputs``.
    """
    if list(inputs) != ["-"]:
        return read_as(as_typed(inputs), system, options)
    lines = [line for some in standard_input() for line in some]
    return read_as(lines, system, options, lines=True)


def standard_input() -> Iterator[list[str]]:
    """Its lines, as many at once as have come; without their ends.

    Raises:
        DataError: they are not UTF-8.
    """
    rest, stream = b"", cast(BufferedReader, sys.stdin.buffer)
    while part := stream.read1(READ_AT_ONCE):
        *whole, rest = (rest + part).split(b"\n")
        if whole:
            yield _decoded(whole)
    if rest:
        yield _decoded([rest])


def as_typed(inputs: Sequence[str]) -> list[str | Path]:
    """What a person typed: paths, where it is written as paths are, with a folder or an ending and
    without blanks; else texts, or names of what is here.
    """
    return [Path(one) if _is_written_as_path(one) else one for one in inputs]


def _as_names(inputs: Any) -> list[str | Path] | None:
    """The paths, or texts, that were given; None: other data."""
    given = [inputs] if isinstance(inputs, str | Path) else inputs
    if not isinstance(given, Sequence) or not given:
        return None
    return list(given) if all(isinstance(one, str | Path) for one in given) else None


def _looks(names: Sequence[str | Path], readers: Sequence[Reader]) -> list[Look]:
    """A look at each; none where nothing is called so, and no name is a path.

    Raises:
        DataError: some are there and others are not, or what is not there is a path.
    """
    looks = [None if name == "" and len(names) > 1 else _look_at(name) for name in names]
    looks = [look if look and _is_there(look, readers) else None for look in looks]
    found = [look for look in looks if look is not None]
    missing = [name for name, look in zip(names, looks, strict=True) if look is None]
    paths = [name for name in missing if isinstance(name, Path)]
    if paths or (missing and found):
        first = (*paths, *missing)[0]
        raise DataError(f"{Path(first).expanduser()}: no such file or folder.")
    return found


def _is_there(look: Look, readers: Sequence[Reader]) -> bool:
    """The name of a ready data set is a word like others to a system that reads none."""
    return look.kind != "ready" or any(reader.recognize(look) for reader in readers)


def _look_at(name: str | Path) -> Look | None:
    """A look at what is called so; None: nothing, or a text that no file could be called.

    Raises:
        DataError: it is a path, or is there, and cannot be looked at.
    """
    if isinstance(name, str) and "\n" in name and not os.path.lexists(name):
        return None
    try:
        return looking.at_path(name)
    except DataError:
        if not name or isinstance(name, Path) or os.path.lexists(name):
            raise
        return None


def _inputs_of(reader: Reader, looks: Sequence[Look], options: ReadOptions) -> Examples | None:
    if reader.inputs is not None:
        return reader.inputs(looks, options)
    claim = reader.recognize(looks[0]) if len(looks) == 1 else None
    if claim is None:
        return None
    found = Recognized(looks[0], reader, claim, ()).read(options).examples
    return dataclasses.replace(found, targets=[None] * len(found), splits=None, weights=None)


def _decoded(lines: Sequence[bytes]) -> list[str]:
    try:
        return [line.removesuffix(b"\r").decode() for line in lines]
    except UnicodeDecodeError:
        raise DataError("standard input is not UTF-8 text.") from None


def _is_written_as_path(name: str) -> bool:
    if not name or any(character.isspace() for character in name):
        return False
    return "/" in name or Path(name).suffix not in ("", ".")
