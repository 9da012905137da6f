"""Taking runs away, and what they weigh."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from netwright.base.errors import NetwrightError, reason_of
from netwright.base.files import take_away
from netwright.base.paths import Inside
from netwright.runs import reading
from netwright.runs.record import Record

ASIDE = ".removed-"
"""How the folder of a run begins that is being taken away: no list shows it."""


def bytes_of(path: Path) -> int:
    """What a file, or a folder with all that is in it, takes on disk; a link counts itself."""
    total = 0
    try:
        if path.is_symlink() or not path.is_dir():
            return path.lstat().st_size
        with os.scandir(path) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    total += bytes_of(Path(entry.path))
                else:
                    total += entry.stat(follow_symlinks=False).st_size
    except OSError:  # gone meanwhile, or another's
        pass
    return total


def remove(record: Record) -> int:
    """Take a run away for good; returns the bytes that are free now.

    It is out of sight at once: a kill leaves no half of a run, but a folder for ``tidying``.

    Raises:
        RunError: a process trains it.
        NetwrightError: it cannot be taken away.
    """
    size = bytes_of(record.path)
    aside = record.path.with_name(f"{ASIDE}{record.id}-{os.urandom(3).hex()}")
    try:
        # with a link in it no training begins, and its lock may be one: it goes as it is
        with contextlib.nullcontext() if reading.is_strange(record.path) else record.held():
            record.path.rename(aside)
        take_away(Inside(aside.parent, aside.name))
    except OSError as error:
        raise NetwrightError(f"{record.path} cannot be removed: {reason_of(error)}.") from None
    return size
