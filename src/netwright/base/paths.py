"""Paths that people give, and names inside a folder of a stranger: whatever they hold, they are
looked at without a crash.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from netwright.base.errors import UnreadableError, reason_of

SHOWN = 200


@dataclass(frozen=True)
class Inside:
    """A file, or a folder, of a folder that a stranger may have filled: ``base.files`` opens it
    only where no part of its name is a link, so that nothing leads out.

    Args:
        folder: links that lead to it are the person's own, and are followed.
        name: below it, with ``/`` between its parts: ``checkpoint/state.safetensors``.
    """

    folder: Path
    name: str

    def __str__(self) -> str:
        return str(self.path)

    @property
    def path(self) -> Path:
        """Where it lies, for messages."""
        return self.folder / self.name

    @property
    def parts(self) -> tuple[str, ...]:
        """The folders that lead to it, and what it is called itself.

        Raises:
            UnreadableError: the name may lead elsewhere: ``../x``, ``/x``.
        """
        parts = tuple(self.name.split("/"))
        if "\0" in self.name or any(part in ("", ".", "..") for part in parts):
            raise UnreadableError(f"{shown(self.name)!r} is no name inside a folder")
        return parts


Place = Path | Inside
"""Where a file lies: where a person said, or in a folder that a stranger may have filled."""

_FOLDER = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_CLOEXEC


@contextlib.contextmanager
def folder_of(place: Place, *, make: bool = False) -> Iterator[tuple[int, str]]:
    """The folder that a file lies in, open, and the file's name in it.

    Args:
        make: the folder, where it is not there.

    Raises:
        UnreadableError: a part of the name inside a folder is a link, or leads elsewhere.
        OSError: it is not there, or may not be entered.
    """
    if isinstance(place, Inside):
        handle, name = _entered(place, make), place.parts[-1]
    else:
        if make:
            place.parent.mkdir(parents=True, exist_ok=True)
        handle, name = os.open(place.parent, _FOLDER), place.name
    try:
        yield handle, name
    finally:
        os.close(handle)


def _entered(place: Inside, make: bool) -> int:
    """The folder that a file lies in, reached one part after the other."""
    parts = place.parts
    handle = os.open(place.folder, _FOLDER)
    for at, part in enumerate(parts[:-1], start=1):
        try:
            if make:
                with contextlib.suppress(FileExistsError):
                    os.mkdir(part, dir_fd=handle)
            inner = os.open(part, _FOLDER | os.O_NOFOLLOW, dir_fd=handle)
        except OSError:
            if _is_link(part, handle):
                raise linked("/".join(parts[:at])) from None
            raise
        finally:
            os.close(handle)
        handle = inner
    return handle


def _is_link(name: str, folder: int) -> bool:
    try:
        return stat.S_ISLNK(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
    except OSError:
        return False


def linked(name: str) -> UnreadableError:
    """The refusal of a link."""
    return UnreadableError(f"{name} is a link, which may lead anywhere")


@contextlib.contextmanager
def opened(place: Place, flags: int = os.O_RDONLY) -> Iterator[int]:
    """A file, open; what libraries that take names can open as ``named(handle)``.

    Raises:
        FileNotFoundError, NotADirectoryError: there is no such file.
        UnreadableError: it is a link inside a stranger's folder, a folder, a pipe, a socket or a
            device, or may not be opened.
    """
    # a pipe whose other end is not there must not block
    flags |= os.O_NONBLOCK | os.O_CLOEXEC
    try:
        with folder_of(place, make=bool(flags & os.O_CREAT)) as (folder, name):
            if isinstance(place, Inside) and _is_link(name, folder):
                raise linked(place.name)
            inside = os.O_NOFOLLOW if isinstance(place, Inside) else 0
            handle = os.open(name or ".", flags | inside, 0o666, dir_fd=folder)
    except (FileNotFoundError, NotADirectoryError):
        raise
    except (OSError, ValueError) as error:  # a null byte is a ValueError
        raise UnreadableError(reason_of(error)) from None
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise UnreadableError("it is no file")
        yield handle
    finally:
        os.close(handle)


def named(handle: int) -> Path:
    """A name by which the open file itself is opened once more."""
    return Path(f"/dev/fd/{handle}")


def lies(place: Inside) -> os.stat_result | None:
    """What lies there, links not followed; None: nothing.

    Raises:
        UnreadableError: a folder that leads to it is a link, or may not be entered.
    """
    try:
        with folder_of(place) as (folder, name):
            return os.stat(name, dir_fd=folder, follow_symlinks=False)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise UnreadableError(reason_of(error)) from None


def names_in(place: Inside) -> list[str]:
    """What a folder inside the folder holds, in order; nothing where there is none.

    Raises:
        UnreadableError: it, or a folder that leads to it, is a link, or may not be read.
    """
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        with folder_of(place) as (folder, name):
            if _is_link(name, folder):
                raise linked(place.name)
            handle = os.open(name, flags, dir_fd=folder)
        try:
            return sorted(os.listdir(handle))  # noqa: PTH208 (of an open folder)
        finally:
            os.close(handle)
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise UnreadableError(reason_of(error)) from None


MOST_NAMES = 100_000
"""In a stranger's folder: far above what a run keeps, and listed in a tenth of a second."""


def stray(folder: Path) -> str | None:
    """The first thing in a folder, or in the folders in it, that is neither a file nor a folder,
    as ``checkpoint is a link``; None where there is none.

    Raises:
        UnreadableError: it holds too many names.
        OSError: it, or a folder in it, may not be read.
    """
    left, seen = [folder], 0
    while left:
        with os.scandir(left.pop()) as entries:
            for entry in entries:
                seen += 1
                if seen > MOST_NAMES:
                    raise UnreadableError(f"it holds more than {MOST_NAMES:,} files")
                if entry.is_dir(follow_symlinks=False):
                    left.append(Path(entry.path))
                elif not entry.is_file(follow_symlinks=False):
                    what = "a link" if entry.is_symlink() else "a pipe, a socket or a device"
                    return f"{shown(Path(entry.path).relative_to(folder))} is {what}"
    return None


def kind_of(path: Path) -> Literal["folder", "file", "other"] | None:
    """What lies at a path; other: a pipe, a device or a socket; None: nothing.

    Raises:
        UnreadableError: that cannot be found out: the name is too long, a folder may not be
            entered.
    """
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:  # a null byte is a ValueError
        raise UnreadableError(reason_of(error)) from None
    if stat.S_ISDIR(mode):
        return "folder"
    return "file" if stat.S_ISREG(mode) else "other"


def is_text(path: Path) -> bool:
    """Whether the name is UTF-8, as what is kept of it must be."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return False
    return True


def shown(path: str | Path) -> str:
    """The path as a message shows it: the beginning of a long one, ``\\xff`` for a byte that is no
    text.
    """
    text = os.fsencode(path).decode("utf-8", "backslashreplace")
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."
