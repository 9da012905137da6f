"""What a person pointed at, looked at: a name, a path, or Python values."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

from netwright.base import paths
from netwright.base.errors import DataError, UnreadableError, nearest
from netwright.contract import Look
from netwright.data import catalogue


def look_at(source: Any) -> Look:
    """A look at a ready data set's name, a path, or data in memory; nothing is listed or opened.

    Raises:
        DataError: nothing is there; it is neither a file nor a folder, cannot be looked at, or its
            name is not UTF-8.
    """
    if not isinstance(source, str | Path):
        return Look("memory", "memory", value=source)
    found = at_path(source)
    if found is None:
        raise DataError(_missing(str(source)))
    return found


def at_path(name: str | Path) -> Look | None:
    """A look at what a name or path stands for; None: nothing is there.

    Raises:
        DataError: it is neither a file nor a folder, cannot be looked at, or its name is empty or
            not UTF-8.
    """
    if name == "":
        raise DataError("the name of a source or an input is empty: expected a path.")
    try:
        path = Path(name).expanduser()
        kind = paths.kind_of(path)
    except (RuntimeError, UnreadableError) as error:  # no home; no path
        raise DataError(
            f"{paths.shown(name)} cannot be looked at: {str(error).rstrip('.')}."
        ) from None
    if kind == "other":
        raise DataError(
            f"{name} is a device, a pipe or a socket: expected a regular file or a folder."
        )
    expect_text(path)
    # a file goes before the ready data set of its name, a folder does not
    if str(name) in catalogue.ENTRIES and kind != "file":
        return Look(str(name), "ready")
    return None if kind is None else Look(str(name), kind, path)


def expect_text(path: Path) -> None:
    """Refuse a path that no file of a run could name.

    Raises:
        DataError: it is not UTF-8.
    """
    if not paths.is_text(path):
        raise DataError(
            f"{paths.shown(path)}: the name is not UTF-8; rename it, or the folder above it that is"
            " not."
        )


def _missing(name: str) -> str:
    path, beside = Path(name).expanduser(), []
    with contextlib.suppress(OSError):  # no folder, or one that may not be listed
        start = "" if path.parent == Path() else f"{name.rstrip('/').rpartition('/')[0]}/"
        beside = [f"{start}{file.name}" for file in sorted(path.parent.iterdir())[:10_000]]
    close = nearest(name, [*catalogue.ENTRIES, *beside])
    if not close.startswith("; did"):
        close = nearest(name, catalogue.ENTRIES).replace("; known are", "; ready data sets are")
    return f"{name}: no such file, folder or ready data set{close}"
