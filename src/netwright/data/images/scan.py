"""Looks at every image file once: its content hash, whether it is sound, or animated."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from netwright.base.errors import DataError
from netwright.base.files import digest
from netwright.base.findings import Finding
from netwright.data.images.decode import opened, pixels_of, quiet, threads

MOST_UNREADABLE = 0.01


@dataclass(frozen=True)
class Scan:
    """What was seen of a list of files.

    Args:
        ids: the content hash of each file; empty for an unreadable one.
        errors: place in the list -> why it cannot be read, one sentence.
        animated: places of animations, of which the first frame is taken.
    """

    ids: tuple[str, ...]
    errors: dict[int, str]
    animated: tuple[int, ...]


def scan(paths: Sequence[Path]) -> Scan:
    """Hash every file and find the unreadable ones.

    A PNG is checked by the checksums of its chunks, a JPEG by its end mark; other formats, and a
    file that fails its check, are decoded to be sure.
    """
    with quiet(), ThreadPoolExecutor(threads()) as pool:
        seen = list(pool.map(_look, paths, chunksize=16))
    return Scan(
        ids=tuple(found for found, _, _ in seen),
        errors={at: error for at, (_, error, _) in enumerate(seen) if error},
        animated=tuple(at for at, (_, _, animated) in enumerate(seen) if animated),
    )


def refuse_or_note(
    found: Scan, paths: Sequence[Path], *, skip_unreadable: bool
) -> tuple[Finding, ...]:
    """Findings on unreadable files and animations.

    Raises:
        DataError: 1% of the files or more are unreadable, and ``skip_unreadable`` is not set.
    """
    findings = []
    if found.errors:
        fraction = len(found.errors) / len(paths)
        message = f"{len(found.errors):,} of {len(paths):,} files cannot be read"
        first = [f"{error}" for error in list(found.errors.values())[:3]]
        if len(found.errors) == len(paths) or (fraction >= MOST_UNREADABLE and not skip_unreadable):
            hint = (
                ""
                if len(found.errors) == len(paths)
                else ", or go on without them with --skip-unreadable"
            )
            raise DataError(f"{message}: {' '.join(first)} Mend or remove them{hint}.")
        names = [str(paths[at]) for at in found.errors]
        findings.append(
            Finding(
                "NW201",
                f"{message} and are left out:"
                f" {', '.join(names[:3])}{', ...' if len(names) > 3 else ''}.",
                {"unreadable": len(names), "files": len(paths), "first": names[:20]},
                (
                    (
                        "replace or remove them, so that nothing is missing from a class without"
                        " your knowing"
                    ),
                ),
            )
        )
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
    return tuple(findings)


def _look(path: Path) -> tuple[str, str, bool]:
    try:
        content = path.read_bytes()
    except OSError as error:
        return "", f"{path} cannot be read: {error.strerror or error}.", False
    try:
        with opened(path) as image:
            animated = bool(getattr(image, "is_animated", False)) and image.format not in (
                "MPO",
                "ICO",
            )
            sound = _is_sound(path, image.format or "", content)
        if not sound:
            pixels_of(path)
    except DataError as error:
        return "", str(error), False
    return digest(content), "", animated


def _is_sound(path: Path, kind: str, content: bytes) -> bool:
    """Whether a cheap check shows that nothing is missing from the file."""
    if kind == "JPEG":
        return b"\xff\xd9" in content[-1024:]
    if kind == "PNG":
        try:
            with opened(path) as image:
                image.verify()
        except DataError:
            raise
        except Exception:  # any complaint at all: decode it to be sure
            return False
        return b"IEND" in content[-1024:]
    return False
