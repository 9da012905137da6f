"""A look at what a person pointed at, made once for all readers.

Nothing is listed or opened until a reader asks, and then once: whoever asks next gets what was
seen.
"""

from __future__ import annotations

import codecs
import os
import stat
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from netwright.base.errors import DataError

HEAD = 1 << 16
"""Bytes of a file that a reader may see before it says whether the file is its own."""

MOST_HEADS = 64
"""Files of a source whose beginning may be seen, at most."""

OF_PROGRAMS = ("__macosx", "__pycache__")
"""Folders that programs leave behind, in small letters."""

MOST_NAMES = 10_000_000
"""Names in a source's folders, at most: more is a slip of the finger, such as ``/``."""


@dataclass(frozen=True)
class Listed:
    """The names in a folder, sorted; a link to a folder is a folder. Left out are hidden ones and
    the folders that programs leave behind: whoever reads a folder, to learn from or to answer,
    passes over the same.
    """

    folders: tuple[str, ...]
    files: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Look:
    """What a person pointed at.

    Args:
        name: as the person wrote it; ``memory`` for Python values, ``what was typed`` for words
            that are no file's name, ``standard input`` for its lines.
        kind: ``file``, ``folder``, ``ready`` (the name of a ready data set) or ``memory``.
        path: of the file or folder.
        value: the Python values: ``x``, ``(x, y)``, ``(x, y, weights)`` to learn from, ``x`` to
            answer; of words and lines a list of strings.
    """

    name: str
    kind: Literal["file", "folder", "ready", "memory"]
    path: Path = Path()
    value: Any = field(default=None, repr=False)
    _lists: dict[Path, Listed] = field(default_factory=dict, init=False, repr=False)
    _heads: dict[Path, bytes] = field(default_factory=dict, init=False, repr=False)

    def __str__(self) -> str:
        """As a message names it."""
        if self.kind in ("file", "folder"):
            return str(self.path)
        return "the data in memory" if self.name == "memory" else self.name

    @property
    def suffix(self) -> str:
        """The end of a file's name in small letters, ``.csv``; empty for anything else."""
        return self.path.suffix.lower() if self.kind == "file" else ""

    def listed(self, folder: Path | None = None) -> Listed:
        """The names in a folder of the source; None: in the source itself.

        Raises:
            DataError: it cannot be listed, or the source holds more than ten million names.
        """
        place = self.path if folder is None else folder
        try:
            return self._listed(place)
        except OSError as error:
            raise DataError(f"{place} cannot be listed: {error.strerror or error}.") from None

    def below(self, folder: Path | None = None) -> Iterator[Path]:
        """The files in a folder and in the folders in it, sorted. Left out are, beside what
        ``Listed`` leaves out, what lies behind a link to a folder, and folders that cannot be
        listed.
        """
        place = self.path if folder is None else folder
        try:
            found = self._listed(place)
        except OSError:
            return
        for name in found.files:
            yield place / name
        for name in found.folders:
            if not (place / name).is_symlink():
                yield from self.below(place / name)

    def _listed(self, folder: Path) -> Listed:
        if folder not in self._lists:
            self._lists[folder] = _listed(folder)
            count = sum(len(one.folders) + len(one.files) for one in self._lists.values())
            if count > MOST_NAMES:
                raise DataError(
                    f"{self.path} holds more than {MOST_NAMES:,} names: name a folder in it."
                )
        return self._lists[folder]

    @cached_property
    def suffixes(self) -> Counter[str]:
        """The end of a name in small letters -> how many files of the source have it."""
        if self.kind == "folder":
            return Counter(path.suffix.lower() for path in self.below())
        return Counter([self.suffix] if self.kind == "file" else ())

    def head(self, path: Path | None = None) -> bytes:
        """The first 64 KiB of a file of the source; None: of the source itself. Empty where it
        cannot be read.

        Raises:
            ValueError: of more than 64 files: a reader looks at a few.
        """
        place = self.path if path is None else path
        if place not in self._heads:
            if len(self._heads) >= MOST_HEADS:
                raise ValueError(f"the beginning of more than {MOST_HEADS} files is looked at")
            self._heads[place] = _head(place)
        return self._heads[place]

    def text(self, path: Path | None = None) -> str | None:
        """The same as text; None where it is not UTF-8."""
        content = self.head(path)
        decoder = codecs.getincrementaldecoder("utf-8-sig")()
        try:
            return decoder.decode(content, final=len(content) < HEAD)
        except UnicodeDecodeError:
            return None


def _listed(folder: Path) -> Listed:
    with os.scandir(folder) as entries:
        seen = (entry for entry in entries if not entry.name.startswith("."))
        found = sorted((entry.name, entry.is_dir()) for entry in seen)
    folders = tuple(
        name for name, is_folder in found if is_folder and name.lower() not in OF_PROGRAMS
    )
    return Listed(folders, tuple(name for name, is_folder in found if not is_folder))


def _head(path: Path) -> bytes:
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe would block, a device has no end
            return b""
        with path.open("rb") as file:
            return file.read(HEAD)
    except OSError:
        return b""
