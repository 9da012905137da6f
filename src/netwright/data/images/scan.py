"""Opens every image file once: its content hash, its shape, whether it is sound, or animated."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from netwright.base.errors import DataError
from netwright.base.files import digest
from netwright.base.findings import Finding
from netwright.contract import ReadOptions
from netwright.data.faults.unreadable import left_out
from netwright.data.images.decode import (
    content_of,
    opened,
    peak_of,
    pixels_of,
    quiet,
    shape_in_header,
    threads,
)
from netwright.data.images.formats import depth

if TYPE_CHECKING:
    from PIL.Image import Image

HELD = 2**28
"""Compressed bytes that are held until they are decoded, at most."""


@dataclass(frozen=True)
class Scan:
    """What was seen of a list of files.

    Args:
        ids: the content hash of each file; empty for an unreadable one.
        shapes: (H, W, C) that decoding each file will give; zeros for an unreadable one.
        contents: the compressed bytes of each file; empty when all together are too large to hold.
        errors: place in the list -> why it cannot be read, one sentence.
        animated: places of animations, of which the first frame is taken.
        peaks: the greatest value of each file of more than 8 bits a channel, and whether it holds
            whole numbers.
    """

    ids: tuple[str, ...]
    shapes: tuple[tuple[int, int, int], ...]
    contents: dict[Path, bytes]
    errors: dict[int, str]
    animated: tuple[int, ...]
    peaks: tuple[tuple[float, bool], ...] = ()

    @property
    def white(self) -> float | None:
        """What becomes white of those; None: there are none."""
        return depth.white_of(self.peaks)


@dataclass(frozen=True)
class _Seen:
    """What was seen of one file."""

    id: str = ""
    shape: tuple[int, int, int] = (0, 0, 0)
    content: bytes = b""
    error: str = ""
    animated: bool = False
    peak: tuple[float, bool] | None = None


def scan(paths: Sequence[Path], *, held: int = HELD) -> Scan:
    """Hash every file and find the unreadable ones; each file is opened once.

    A PNG is checked by the checksums of its chunks, a JPEG by its end mark; other formats, and a
    file that fails its check, are decoded to be sure: here, and once a size later. Files that take
    more than ``held`` bytes in all are not held: each is opened a second time when it is decoded.
    """
    holds = _size(paths) <= held

    def look(path: Path) -> _Seen:
        return _look(path, holds=holds)

    with quiet(), ThreadPoolExecutor(threads()) as pool:
        seen = list(pool.map(look, paths, chunksize=16))
    return Scan(
        ids=tuple(one.id for one in seen),
        shapes=tuple(one.shape for one in seen),
        contents={path: one.content for path, one in zip(paths, seen, strict=True) if one.content},
        errors={at: one.error for at, one in enumerate(seen) if one.error},
        animated=tuple(at for at, one in enumerate(seen) if one.animated),
        peaks=tuple(one.peak for one in seen if one.peak is not None),
    )


def _size(paths: Sequence[Path]) -> int:
    """Bytes of all files; one that is gone has none."""
    total = 0
    for path in paths:
        with contextlib.suppress(OSError):
            total += path.stat().st_size
    return total


def refuse_or_note(found: Scan, paths: Sequence[Path], options: ReadOptions) -> tuple[Finding, ...]:
    """Findings on unreadable files and animations.

    Raises:
        DataError: 1% of the files or more are unreadable, and the options do not skip them.
    """
    names = [str(paths[at]) for at in found.errors]
    findings = list(left_out(list(found.errors.values()), names, len(paths), options))
    if found.animated:
        names = [str(paths[at]) for at in found.animated]
        findings.append(
            Finding(
                "NW209",
                f"{len(names):,} of {len(paths):,} files are animations, of which the first frame"
                f" is taken: {', '.join(names[:3])}{', ...' if len(names) > 3 else ''}.",
                {"animated": len(names), "files": len(paths), "first": names[:20]},
                ("save the frames that matter as images of their own",),
                "note",
            )
        )
    return (*findings, *_on_depth(found, len(paths)))


def _on_depth(found: Scan, count: int) -> tuple[Finding, ...]:
    """What became white of files of more than 8 bits a channel."""
    white = found.white
    if white is None:
        return ()
    deep = len(found.peaks)
    bits = f" ({depth.WHOLE_BITS[white]} bits)" if white in depth.WHOLE_BITS else ""
    hold = "holds" if deep == 1 else "hold"
    return (
        Finding(
            "NW223",
            f"{deep:,} of {count:,} files {hold} more than 8 bits a channel, with values up to"
            f" {max(found.peaks)[0]:,g}: {white:,g}{bits} becomes white, in these files and in all"
            " that the run reads later, unless data.white says otherwise.",
            {"deep": deep, "files": count, "peak": max(found.peaks)[0], "white": white},
            ("where white is another value, name it: --set data.white=N",),
            "note",
        ),
    )


def _look(path: Path, *, holds: bool) -> _Seen:
    try:
        content = content_of(path)
        with opened(content, path) as image:
            shape = shape_in_header(image, content)
            animated = bool(getattr(image, "is_animated", False)) and image.format not in (
                "MPO",
                "ICO",
                "HEIF",
            )
            deep = depth.is_deep(image)
            sound = _is_sound(image, content)  # last: it reads a PNG to its end
        peak = peak_of(content, path) if deep else None
        if not (sound or deep):
            pixels_of(content, path)
    except DataError as error:
        return _Seen(error=str(error))
    return _Seen(digest(content), shape, content if holds else b"", "", animated, peak)


def _is_sound(image: Image, content: bytes) -> bool:
    """Whether a cheap check shows that nothing is missing from the file."""
    if image.format == "JPEG":
        return b"\xff\xd9" in content[-1024:]
    if image.format == "PNG":
        try:
            image.verify()
        except Exception:  # any complaint at all: decode it to be sure
            return False
        return b"IEND" in content[-1024:]
    return False
