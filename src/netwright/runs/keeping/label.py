"""What people call a run and write about it: ``label.json``, beside what the training keeps.

A run's id, by which others know it, stays; a name is one more way to find it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from netwright.base.errors import RunError
from netwright.base.files import write_json
from netwright.base.paths import Inside
from netwright.runs import reading
from netwright.runs.keeping import stages
from netwright.runs.keeping.writing import alone
from netwright.runs.schema import LabelJson

FILE = "label.json"

NAME = re.compile(r"[^\W_][\w .+-]{0,58}[\w+]|[^\W_]")
"""What a run may be called: nothing that a shell or a path reads otherwise."""

LONGEST = 10_000
"""Characters of a note."""


def of(folder: Path) -> LabelJson:
    """Name and notes of a run; empty when nobody gave any.

    Raises:
        RunError: the file is damaged.
    """
    try:
        found: LabelJson = reading.json_file(folder, FILE)
    except reading.AbsentError:
        return {}
    return found


def name_of(folder: Path) -> str:
    """What people call the run; empty when nothing, or when that cannot be read."""
    try:
        return of(folder).get("name", "")
    except RunError:
        return ""


def rename(folder: Path, name: str, others: Iterable[Path]) -> None:
    """Call the run by a name; by none, where it is empty.

    Args:
        others: the runs of its store.

    Raises:
        RunError: it cannot be called so, or another is.
    """
    if name and (name == "last" or NAME.fullmatch(name) is None):
        raise RunError(
            f"a run cannot be called '{name[:80]}': expected up to 60 letters, digits, blanks and"
            " . _ + -, beginning with a letter or digit, and not 'last'."
        )
    with alone(folder.absolute().parent), alone(folder):  # two of the store never take one name
        for other in others:
            taken = name and name in (reading.id_of(other), name_of(other))
            if taken and reading.id_of(other) != reading.id_of(folder):
                again = f"{reading.id_of(other)}{stages.in_store(other.parent)}"
                raise RunError(
                    f"{reading.id_of(other)} is called '{name}': choose another name, or take it"
                    f" away from that one first, netwright runs rename {again}."
                )
        kept = {key: value for key, value in of(folder).items() if key != "name"}
        write_json(Inside(folder, FILE), {"name": name, **kept} if name else kept)


def note(folder: Path, text: str) -> None:
    """Write a note under those that are there.

    Raises:
        RunError: it is empty, or too long.
    """
    if not text.strip() or len(text) > LONGEST:
        raise RunError(
            f"a note holds 1 to {LONGEST:,} characters: this one has {len(text.strip()):,}."
        )
    now = datetime.now(UTC).isoformat(timespec="seconds")
    with alone(folder):
        known = of(folder)
        notes = [*known.get("notes", []), {"time": now, "message": text.strip()}]
        write_json(Inside(folder, FILE), {**known, "notes": notes})


def forget_notes(folder: Path) -> None:
    """Take all notes away."""
    with alone(folder):
        kept = {key: one for key, one in of(folder).items() if key != "notes"}
        write_json(Inside(folder, FILE), kept)
