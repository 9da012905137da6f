"""A small disk of our own: a file system in memory of a chosen size, which only one process sees.

Linux gives it to anyone in a namespace of users and mounts; where that is forbidden ``small_disk``
raises ``OSError``.
"""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

CLONE_NEWNS = 0x00020000
CLONE_NEWUSER = 0x10000000
MS_RDONLY, MS_REMOUNT, MS_REC, MS_PRIVATE = 1, 32, 16384, 1 << 18

_LIBC = ctypes.CDLL(None, use_errno=True)


def small_disk(place: Path, size: int) -> None:
    """Put an empty file system of so many bytes at ``place``, for this process alone.

    It must have a single thread, as a forked process has.

    Raises:
        OSError: the system forbids it.
    """
    user, group = os.getuid(), os.getgid()
    if user == 0:
        _call(_LIBC.unshare, CLONE_NEWNS)
    else:
        _call(_LIBC.unshare, CLONE_NEWNS | CLONE_NEWUSER)
        Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
        Path("/proc/self/uid_map").write_text(f"0 {user} 1", encoding="ascii")
        Path("/proc/self/gid_map").write_text(f"0 {group} 1", encoding="ascii")
    _mount(None, Path("/"), MS_REC | MS_PRIVATE)
    _mount(size, place, 0)


def resize(place: Path, size: int) -> None:
    """Give the disk another size; what lies on it stays."""
    _mount(size, place, MS_REMOUNT)


def forbid_writing(place: Path, size: int) -> None:
    """Make the disk one that can only be read."""
    _mount(size, place, MS_REMOUNT | MS_RDONLY)


def _mount(size: int | None, place: Path, flags: int) -> None:
    options = b"" if size is None else f"size={size}".encode()
    _call(_LIBC.mount, b"tmpfs", os.fsencode(place), b"tmpfs", ctypes.c_ulong(flags), options)


def _call(function: ctypes._FuncPointer, *arguments: object) -> None:
    if function(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
