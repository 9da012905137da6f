"""Files that are never half written (beside, fsync, rename), and bounded reading."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from netwright.base.errors import NetwrightError, UnreadableError, reason_of
from netwright.base.paths import Inside, Place, folder_of, named, opened
from netwright.base.visible import one_line


@contextlib.contextmanager
def replacing(place: Place) -> Iterator[Path]:
    """Yield a path to write to; what was written takes the place's name when the block ends well.

    A reader sees the old file or the new one, never a part. When the block fails, the old file
    stays as it was. A folder on the way to it is made; of a place inside a folder that is gone
    nothing is.

    Raises:
        NetwrightError: the disk is full or the folder cannot be written.
    """
    try:
        with folder_of(place, make=True) as (folder, name), _aside(folder, name) as temporary:
            handle, called = temporary
            yield named(handle)
            os.fsync(handle)
            os.rename(called, name, src_dir_fd=folder, dst_dir_fd=folder)
    except (OSError, UnreadableError) as error:
        raise NetwrightError(
            f"{place} could not be written: {reason_of(error)}; what was there before is untouched."
        ) from error


@contextlib.contextmanager
def _aside(folder: int, name: str) -> Iterator[tuple[int, str]]:
    """A new file beside the one that it shall replace, open, and its name; gone after the block."""
    called = f".{name}.{os.urandom(4).hex()}"
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    handle = os.open(called, flags, 0o666, dir_fd=folder)
    try:
        yield handle, called
    finally:
        os.close(handle)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(called, dir_fd=folder)


def write_bytes(place: Place, content: bytes) -> None:
    """Write ``content`` atomically."""
    with replacing(place) as temporary:
        temporary.write_bytes(content)


def write_text(place: Place, content: str) -> None:
    """Write ``content`` atomically, as UTF-8.

    Raises:
        NetwrightError: it holds what is no text.
    """
    write_bytes(place, _encoded(place, content))


def _encoded(place: Place, content: str) -> bytes:
    """Text as UTF-8; a byte of a name or of a command line that is no text cannot be kept."""
    try:
        return content.encode()
    except UnicodeEncodeError as error:
        odd = one_line(content[error.start : error.end])
        raise NetwrightError(
            f"{place} could not be written: it would hold '{odd}', which is no UTF-8 text."
        ) from None


def write_json(place: Place, value: Any) -> None:
    """Write ``value`` atomically, as indented JSON (NaN and infinity are refused)."""
    write_text(place, json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def append_line(place: Place, line: str) -> None:
    """Append one line in a single write and sync it; lines of several processes do not interleave.

    One that a full disk cut off damages no other. A file of several names (hard links) is replaced
    by a copy of its own first: the line reaches no other name.

    Raises:
        NetwrightError: it cannot be written.
    """
    try:
        _replace_shared(place)
        with opened(place, os.O_RDWR | os.O_APPEND | os.O_CREAT) as handle:
            size = os.fstat(handle).st_size
            torn = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
            content = _encoded(place, f"{chr(10) if torn else ''}{line}\n")
            if os.write(handle, content) < len(content):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(handle)
    except (OSError, UnreadableError) as error:
        raise NetwrightError(f"{place} could not be written: {reason_of(error)}.") from error


def read_bytes(place: str | Place, most: int) -> bytes:
    """The content of a file that others may have written.

    Args:
        most: bytes that it may hold; a larger file is refused before it is read.

    Raises:
        FileNotFoundError, NotADirectoryError: there is no such file.
        UnreadableError: see ``opened``, or it is too large.
    """
    with opened(Path(place) if isinstance(place, str) else place) as handle:
        size = os.fstat(handle).st_size
        if size > most:
            raise UnreadableError(f"it holds {size:,} bytes, more than {most:,}")
        try:
            with open(handle, "rb", closefd=False) as file:
                return file.read(size)
        except OSError as error:
            raise UnreadableError(reason_of(error)) from None


def read_text(place: str | Place, most: int) -> str:
    """The content of a UTF-8 file that others may have written; see ``read_bytes``.

    Raises:
        UnreadableError: as ``read_bytes``, or it is not UTF-8.
    """
    try:
        return read_bytes(place, most).decode("utf-8")
    except UnicodeDecodeError:
        raise UnreadableError("it is not UTF-8") from None


def is_shared(handle: int) -> bool:
    """Whether an open file has another name, which may lie anywhere: a hard link."""
    return os.fstat(handle).st_nlink > 1


def _replace_shared(place: Place) -> None:
    """Put a copy in the place of a file that has another name, too."""
    with contextlib.suppress(FileNotFoundError):
        with opened(place) as handle:
            shared = is_shared(handle)
        if shared:
            copy(place, place)


def copy(place: Place, to: Place) -> None:
    """Copy a file, atomically.

    Raises:
        UnreadableError: see ``opened``.
        NetwrightError: it cannot be written.
    """
    import shutil

    with opened(place) as handle, replacing(to) as temporary:
        shutil.copyfile(named(handle), temporary)


def take_away(place: Inside) -> None:
    """Delete a file, a link, or a folder with all that is in it; nothing where there is none.

    Raises:
        UnreadableError: a folder that leads to it is a link.
        OSError: it may not be deleted.
    """
    import shutil  # here, as it loads compression: readers need not pay for it

    with contextlib.suppress(FileNotFoundError), folder_of(place) as (folder, name):
        if stat.S_ISDIR(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
            shutil.rmtree(name, dir_fd=folder)
        else:
            os.unlink(name, dir_fd=folder)


def take_away_empty(place: Inside) -> None:
    """Delete a folder, unless it holds something.

    Raises:
        UnreadableError: a folder that leads to it is a link.
    """
    with contextlib.suppress(OSError), folder_of(place) as (folder, name):
        os.rmdir(name, dir_fd=folder)


def digest(content: bytes) -> str:
    """16 hexadecimal digits of BLAKE2b that stand for ``content``, the same on every machine."""
    import hashlib  # here, as it loads OpenSSL: 2 ms that most readers need not pay

    return hashlib.blake2b(content, digest_size=8).hexdigest()


def cache_folder() -> Path:
    """The folder where decoded data is kept between runs; safe to delete.

    ``NETWRIGHT_CACHE`` names it; else it lies in the user's cache folder.
    """
    named = os.environ.get("NETWRIGHT_CACHE")
    if named:
        return Path(named)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "netwright"


def existing(folder: Path) -> Path:
    """The folder, or the nearest one above it that is there."""
    while not folder.exists():
        folder = folder.parent
    return folder
