"""The ready data sets of music: the files of a folder of a package, whose code is not imported."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from netwright.base.errors import DataError
from netwright.base.figures import counted
from netwright.contract import Source
from netwright.data.music import files
from netwright.data.music.found import ReadPiece
from netwright.data.music.kept import kept
from netwright.data.music.to_examples import reading_of

if TYPE_CHECKING:
    from netwright.contract.reading import Reading
    from netwright.data.catalogue import Entry


def read(entry: Entry, folder: Path, source: Source) -> Reading:
    """The pieces of a ready data set.

    Raises:
        DataError: one of its files cannot be read.
    """
    paths = [
        path
        for path in sorted(folder.iterdir())
        if path.name not in entry.without and (files.is_music(path) or path.suffix == files.XML)
    ]
    total = hashlib.blake2b(digest_size=8)
    for path in paths:
        total.update(path.read_bytes())
    found = kept(total.hexdigest(), lambda: _pieces(entry.name, paths))
    notes = [
        f"{counted(len(found), 'piece')} from the package {entry.package}; licence: {entry.licence}"
    ]
    if total.hexdigest() != entry.checksum:
        notes.append(
            f"this version of {entry.package} holds other files than the one by which figures of"
            f" '{entry.name}' are given ({entry.examples:,} pieces)"
        )
    return reading_of(found, [], source, notes)


def _pieces(name: str, paths: Sequence[Path]) -> list[ReadPiece]:
    faults: list[str] = []
    found = [one for path in paths for one in files.pieces_in(path, f"{name}/{path.name}", faults)]
    if faults:
        raise DataError(f"'{name}' is not what it was: {faults[0]}")
    return found
