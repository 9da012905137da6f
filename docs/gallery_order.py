"""The order of the gallery: by row of the syllabus, so that 2.2.13 comes after 2.2.9."""

from __future__ import annotations

import re


def by_row(path: str) -> tuple[list[int], str]:
    """The row in a script's name as numbers: notes_2_2_13_optimizers_race.py is ([2, 2, 13],
    ...).
    """
    name = path.replace("\\", "/").rsplit("/", 1)[-1]
    row = re.match(r"notes_(\d+)_(\d+)_(\d+)_", name)
    if row is None:
        raise ValueError(
            f"The gallery's script {name} names no row: expected"
            " notes_<chapter>_<section>_<row>_<topic>.py; rename it."
        )
    return [int(part) for part in row.groups()], name
