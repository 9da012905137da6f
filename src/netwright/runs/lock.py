"""Who trains a run now: a lock in its folder that ends with the process, however it ends."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from netwright.base.errors import NetwrightError, RunError


def id_of(folder: Path) -> str:
    """What a run is called: as its folder, which may have been renamed or copied."""
    return os.path.basename(os.path.abspath(folder))  # noqa: PTH100, PTH119 (no link is followed)


@contextlib.contextmanager
def held(folder: Path) -> Iterator[None]:
    """Inside the block no other process trains into this run.

    Raises:
        RunError: another process holds it.
        NetwrightError: the folder cannot be written.
    """
    path = folder / ".lock"
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT, 0o666)
    except OSError as error:
        raise NetwrightError(f"{path} cannot be written: {error.strerror or error}.") from None
    try:
        if not _lock(handle):
            raise RunError(
                f"{id_of(folder)} is being trained by another process: wait for it, or stop it"
                " first."
            )
        yield
    finally:
        os.close(handle)


def is_held(folder: Path) -> bool:
    """Whether a process trains the run.

    Raises:
        NetwrightError: the folder cannot be written.
    """
    try:
        with held(folder):
            return False
    except RunError:
        return True


def status_of(folder: Path, noted: str) -> str:
    """The status that ``run.json`` notes; ``killed`` where it says ``running`` and nobody trains
    the run any more.
    """
    try:
        return "killed" if noted == "running" and not is_held(folder) else noted
    except NetwrightError:  # another's folder: nobody can tell
        return noted


def _lock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks: nothing to hold
        pass
    return True
