"""Compressed content: how much it may unfold to; what is too large for memory is unpacked once into
the cache folder.
"""

from __future__ import annotations

import hashlib
import shutil
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from netwright.base import files
from netwright.base.errors import DataError

BROKEN = (OSError, EOFError, RuntimeError, ValueError, zlib.error, zipfile.BadZipFile)
"""What the unpackers raise; of a password a ``RuntimeError``."""

LARGE = 64 * 2**20
"""What is smaller unpacked is read into memory."""

PART = 2**22

SMALL = 2**28
"""Bytes that anything may unfold to."""

MOST_TIMES = 200
"""What unfolds to more holds as many times its own bytes, at most: a few bytes that claim gigabytes
are a trap, or the same value over and over.
"""


def expect_plausible(what: str, packed: int, unfolded: int, *, small: int = SMALL) -> None:
    """Refuse what would unfold beyond all measure, before it does.

    Args:
        what: how a person finds it: a file, and what in it.
        packed, unfolded: bytes.
        small: bytes that it may unfold to in any case.

    Raises:
        DataError: it would be more than 200 times its own bytes, and more than ``small``.
    """
    if unfolded > max(small, MOST_TIMES * packed):
        raise DataError(
            f"{what} unfolds from {packed:,} bytes to {unfolded:,}: expected at most"
            f" {MOST_TIMES} times as many, as more could fill the memory; save it uncompressed, or"
            " in parts."
        )


def unpacked(path: Path, content: IO[bytes], name: str, size: int) -> Path:
    """A file in the cache folder with the next ``size`` bytes of ``content``.

    It is made when it is not there.

    Args:
        path: the compressed file; its bytes and ``name`` name what is kept.
        name: what of the file is unpacked.
        size: bytes.

    Raises:
        DataError: the content ends earlier, or the disk has no room for it.
        NetwrightError: the cache folder cannot be written (``NETWRIGHT_CACHE`` names another).
    """
    kept = _place(path, f"{name}\n{size}", ".u8")
    if kept.exists() and kept.stat().st_size == size:
        return kept
    _expect_room(path, kept, size)
    expect_plausible(str(path), path.stat().st_size, size)
    with files.replacing(kept) as temporary, temporary.open("wb") as out:
        left = size
        while left and (part := content.read(min(PART, left))):
            out.write(part)
            left -= len(part)
        if left:
            raise DataError(
                f"{path} should hold {size:,} bytes of {name} but holds {size - left:,}: fetch it"
                " again."
            )
    return kept


def unpacked_to_end(path: Path, parts: Iterator[bytes], name: str) -> Path:
    """A file in the cache folder with all that ``parts`` give, which see to their own measure.

    It is made when it is not there.

    Args:
        path, name: as for ``unpacked``.

    Raises:
        DataError: the disk has no room for it.
        NetwrightError: the cache folder cannot be written (``NETWRIGHT_CACHE`` names another).
    """
    kept, total = _place(path, name, ".table"), 0
    if kept.exists():
        return kept
    with files.replacing(kept) as temporary, temporary.open("wb") as out:
        for part in parts:
            total += len(part)
            if total > LARGE:
                _expect_room(path, kept, total)
            out.write(part)
    return kept


def _place(path: Path, name: str, ending: str) -> Path:
    """Where what is unpacked of a file is kept, by the file's bytes and ``name``."""
    try:
        with path.open("rb") as file:
            key = hashlib.file_digest(
                file,
                lambda: hashlib.blake2b(name.encode("utf-8", "surrogateescape"), digest_size=8),
            ).hexdigest()
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}.") from None
    return files.cache_folder() / "unpacked" / f"{key}{ending}"


def _expect_room(path: Path, kept: Path, size: int) -> None:
    folder = files.existing(kept.parent)
    if size > shutil.disk_usage(folder).free / 2:
        raise DataError(
            f"{path} unpacks to {size:,} bytes, more than half of what is free in {folder}: make"
            " room, or let NETWRIGHT_CACHE name another folder."
        )
