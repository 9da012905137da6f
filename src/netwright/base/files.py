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

from netwright.base.errors import NetwrightError, UnreadableError


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path that takes the name ``path`` when the block ends well.

    A reader sees the old file or the new one, never a part. When the block fails, the old file
    stays as it was.

    Raises:
        NetwrightError: the disk is full or the folder cannot be written.
    """
    # here, as it loads random and shutil: a hundredth of a second that readers need not pay
    import tempfile

    path = Path(path)
    temporary: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        os.close(handle)
        temporary = Path(name)
        yield temporary
        with temporary.open("rb") as written:
            os.fsync(written.fileno())
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
    except OSError as error:
        reason = error.strerror or str(error)
        raise NetwrightError(
            f"{path} could not be written: {reason}; what was there before is untouched."
        ) from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def write_bytes(path: Path, content: bytes) -> None:
    """Write ``content`` to ``path`` atomically."""
    with replacing(path) as temporary:
        temporary.write_bytes(content)


def write_text(path: Path, content: str) -> None:
    """Write ``content`` to ``path`` atomically, as UTF-8."""
    write_bytes(path, content.encode())


def write_json(path: Path, value: Any) -> None:
    """Write ``value`` to ``path`` atomically, as indented JSON (NaN and infinity are refused)."""
    write_text(path, json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def append_line(path: Path, line: str) -> None:
    """Append one line to ``path`` in a single write and sync it.

    Lines of several processes do not interleave; one that a full disk cut off spoils no other.
    """
    try:
        handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o666)
        try:
            size = os.fstat(handle).st_size
            torn = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
            content = f"{chr(10) if torn else ''}{line}\n".encode()
            if os.write(handle, content) < len(content):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        raise NetwrightError(f"{path} could not be written: {error.strerror or error}.") from error


def read_bytes(path: str | Path, most: int) -> bytes:
    """The content of a file that others may have written.

    Args:
        most: bytes that it may hold; a larger file is refused before it is read.

    Raises:
        FileNotFoundError, NotADirectoryError: there is no such file.
        UnreadableError: it is a folder, a pipe or a device, too large, or may not be read.
    """
    try:
        # a pipe without a writer must not block
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        raise
    except OSError as error:
        raise UnreadableError(error.strerror or str(error)) from None
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise UnreadableError("it is no file")
        if status.st_size > most:
            raise UnreadableError(f"it holds {status.st_size:,} bytes, more than {most:,}")
        return os.pread(handle, status.st_size, 0)
    except OSError as error:
        raise UnreadableError(error.strerror or str(error)) from None
    finally:
        os.close(handle)


def read_text(path: str | Path, most: int) -> str:
    """The content of a UTF-8 file that others may have written; see ``read_bytes``.

    Raises:
        UnreadableError: as ``read_bytes``, or it is not UTF-8.
    """
    try:
        return read_bytes(path, most).decode("utf-8")
    except UnicodeDecodeError:
        raise UnreadableError("it is not UTF-8") from None


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


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
