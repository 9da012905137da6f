"""Paths that people give: whatever they hold, it is looked at without a crash."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Literal

from netwright.base.errors import UnreadableError

SHOWN = 200


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
    except OSError as error:
        raise UnreadableError(error.strerror or str(error)) from None
    except ValueError as error:  # a null byte
        raise UnreadableError(str(error)) from None
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
