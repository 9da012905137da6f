"""Image files as a column of examples: each opened once, unreadable ones left out or refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from netwright.base.findings import Finding
from netwright.contract import ReadOptions
from netwright.data.images import scan
from netwright.data.images.columns import ImageFiles
from netwright.data.images.decoded_cache import DecodedCache


@dataclass(frozen=True)
class ReadFiles:
    """What was read of a list of image files.

    Args:
        column: of those that can be read.
        kept: their places in the list.
        ids: their content hashes.
        findings: on the others, and on animations.
    """

    column: ImageFiles
    kept: list[int]
    ids: list[str]
    findings: tuple[Finding, ...]


def read_files(paths: Sequence[Path], options: ReadOptions) -> ReadFiles:
    """The images of these files, which are opened once.

    Where they take more than the memory allows to hold, a file is opened again when it is decoded:
    an eighth of it may hold compressed files.

    Raises:
        DataError: 1% or more of the files cannot be read.
    """
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
    column = ImageFiles(cache.paths, cache, tuple(range(len(kept))))
    return ReadFiles(column, kept, list(cache.ids), findings)
