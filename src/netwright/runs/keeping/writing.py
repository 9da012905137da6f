"""Who writes into a run: one at a time; and what dead writers left half written."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from netwright.base.errors import NetwrightError, RunError, reason_of
from netwright.base.files import take_away
from netwright.base.paths import Inside

WAIT = 300.0
"""Seconds that a writer waits for the one before it."""

HALF_WRITTEN = re.compile(
    r"\..+\.(json|jsonl|answer|csv|parquet|safetensors|png|svg|html|yaml)\.[a-z0-9_]{8}"
)
"""What ``base.files.replacing`` calls a file of ours until it is whole."""

_mine = threading.local()


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Inside the block nobody else changes the files of a run: what is read there and written back
    loses no one's change. Waits for its turn; blocks may be nested.

    The lock is on the folder itself, so that it leaves no file and ends with the process. It says
    nothing of who trains the run (``Record.held``), who may hold it for days.

    Raises:
        RunError: the folder is not there any more.
        NetwrightError: another process writes into it without an end.
    """
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        raise gone(folder) from None
    except OSError as error:
        raise NetwrightError(f"{folder} cannot be opened: {reason_of(error)}.") from None
    try:
        status = os.fstat(handle)
        key, inside = (status.st_dev, status.st_ino), _mine.__dict__.setdefault("folders", set())
        if key in inside:
            yield
            return
        _await_turn(handle, folder)
        inside.add(key)
        try:
            yield
        finally:
            inside.discard(key)
    finally:
        os.close(handle)


def _await_turn(handle: int, folder: Path) -> None:
    until = time.monotonic() + WAIT
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() > until:
                raise NetwrightError(
                    f"another process has been writing into {folder} for {WAIT:.0f} s: stop it,"
                    " or wait for it."
                ) from None
            time.sleep(0.002)
        except OSError:  # a file system without locks: nothing to wait for
            return


def gone(folder: Path) -> RunError:
    """The error of a run whose folder is not there any more: it is never made anew in silence."""
    return RunError(
        f"{folder} is not there any more: the run was moved or deleted, or its disk is gone, so"
        " nothing more is kept of it"
    )


def expect_there(folder: Path) -> None:
    """See that the folder of a run is still there.

    Raises:
        RunError: it is not.
    """
    if not folder.is_dir():
        raise gone(folder)


def half_written(folder: Path) -> list[Inside]:
    """Files of a run, or of another folder, that a writer had not ended yet."""
    return [
        Inside(folder, str(path.relative_to(folder)))
        for path in sorted(folder.rglob(".*"))
        if HALF_WRITTEN.fullmatch(path.name) and path.is_file() and not path.is_symlink()
    ]


def sweep(folder: Path) -> None:
    """Take away what dead writers left half written; for who holds the run, so that none of the
    others who write into it, each ``alone``, is at it.
    """
    with alone(folder):
        for place in half_written(folder):
            take_away(place)
