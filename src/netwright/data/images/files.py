"""Image files of a source, each opened once: those that can be read, and what was found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from netwright.base.findings import Finding
from netwright.contract import ReadOptions
from netwright.data.images import scan
from netwright.data.images.columns import ImageFiles
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
        findings: on what is left out, and on animations.
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
    findings = scan.refuse_or_note(seen, paths, skip_unreadable=options.skip_unreadable)
    kept = [at for at in range(len(paths)) if at not in seen.errors]
    cache = DecodedCache(
        tuple(paths[at] for at in kept),
        tuple(seen.ids[at] for at in kept),
        tuple(seen.shapes[at] for at in kept),
        seen.contents,
    )
    images = ImageFiles(cache.paths, cache, tuple(range(len(kept))))
    return ReadFiles(images, kept, list(cache.ids), cache.shapes, findings)
