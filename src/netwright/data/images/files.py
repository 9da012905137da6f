"""Image files of a source: those that can be read, and what was found; to learn from and to
answer, by the same rules.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from netwright.base.errors import NetwrightWarning
from netwright.base.files import digest
from netwright.base.findings import Finding
from netwright.contract import Examples, ReadOptions
from netwright.data.images import scan
from netwright.data.images.columns import ImageFiles
from netwright.data.images.decode import content_of
from netwright.data.images.decoded_cache import DecodedCache
from netwright.data.sources.looking import expect_text


@dataclass(frozen=True)
class ReadFiles:
    """Image files that can be read.

    Args:
        images: they, as a column.
        kept: the place of each among the paths that were given.
        ids: the content hash of each.
        shapes: (H, W, C) of each, upright.
        findings: on what is left out, on animations, and on files of more than 8 bits a channel.
    """

    images: ImageFiles
    kept: list[int]
    ids: list[str]
    shapes: tuple[tuple[int, int, int], ...]
    findings: tuple[Finding, ...]


def read_files(paths: Sequence[Path], options: ReadOptions) -> ReadFiles:
    """The files that can be read; each is opened once.

    Where they take more than the memory allows to hold, a file is opened again when it is decoded:
    an eighth of it may hold compressed files.

    Raises:
        DataError: 1% or more of the files cannot be read, or a name is not UTF-8.
    """
    for path in paths:
        expect_text(path)
    held = scan.HELD if options.memory is None else options.memory // 8
    seen = scan.scan(paths, held=held)
    findings = scan.refuse_or_note(seen, paths, options)
    kept = [at for at in range(len(paths)) if at not in seen.errors]
    cache = DecodedCache(
        tuple(paths[at] for at in kept),
        tuple(seen.ids[at] for at in kept),
        tuple(seen.shapes[at] for at in kept),
        seen.contents,
    )
    images = ImageFiles(cache.paths, cache, tuple(range(len(kept))), seen.white)
    return ReadFiles(images, kept, list(cache.ids), cache.shapes, findings)


KnownFile: TypeAlias = tuple[Path, str]
"""A file, and the hash of its content."""


def below(paths: Sequence[Path], options: ReadOptions) -> list[KnownFile]:
    """The files of a folder that can be read, by the rules of ``read_files``; none is held.

    Raises:
        DataError: 1% or more of the files cannot be read, or a name is not UTF-8.

    Warns:
        NetwrightWarning: some cannot be read.
    """
    for path in paths:
        expect_text(path)
    seen = scan.scan(paths, held=0)
    for finding in scan.refuse_or_note(seen, paths, options):
        if finding.code == "NW201":
            warnings.warn(finding.message, NetwrightWarning, stacklevel=2)
    return [(path, seen.ids[at]) for at, path in enumerate(paths) if at not in seen.errors]


def named(path: Path) -> KnownFile:
    """A file that a person named: it is not left out, and whether it holds an image is known when
    it is decoded.

    Raises:
        DataError: it cannot be opened, or its name is not UTF-8.
    """
    expect_text(path)
    return path, digest(content_of(path))


def to_answer(files: Sequence[KnownFile]) -> Examples:
    """Images without targets, known by their content as those to learn from are."""
    paths = tuple(path for path, _ in files)
    return Examples(
        ImageFiles(paths), [None] * len(files), [key for _, key in files], [*map(str, paths)]
    )
