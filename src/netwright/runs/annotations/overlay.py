"""Corrected labels over the examples of a run: those that it was trained with, and those of now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from netwright.contract import AnySystem, Examples
from netwright.runs import reading
from netwright.runs.annotations import files
from netwright.runs.annotations.noted import Correction
from netwright.runs.annotations.targets import corrected

FILE = "corrections.json"
"""Of a run: the corrections that were laid over its data when it was trained, so that it is resumed
and repeated as it was, whatever is corrected or undone later.
"""


def kept(folder: Path) -> dict[str, Correction]:
    """Id -> the correction that the run of a folder was trained with.

    Raises:
        RunError: the file is damaged.
    """
    try:
        found = [Correction.of_json(one) for one in reading.json_file(folder, FILE)]
    except reading.AbsentError:
        return {}
    return {one.id: one for one in found}


def there_are_any(folder: Path) -> bool:
    """Whether labels of the run of a folder were corrected, before its training or since."""
    return bool(kept(folder) or files.read(folder.absolute().parent).corrections())


def as_in_the_source(folder: Path, system: AnySystem, examples: Examples) -> Examples:
    """Examples of the run of a folder with the labels that their source gives them."""
    back = {name: replace(one, old=one.new, new=one.old) for name, one in kept(folder).items()}
    return corrected(system, examples, back)[0]


def as_of_now(folder: Path, system: AnySystem, examples: Examples) -> tuple[Examples, int]:
    """Examples of the run of a folder with the labels as they are corrected now; and how many of
    these are other than the source's.

    Raises:
        NetwrightError: what was noted cannot be read.
    """
    source = as_in_the_source(folder, system, examples)
    found, changed = corrected(system, source, files.read(folder.absolute().parent).corrections())
    return found, len(changed)


def by_annotations(folder: Path, system: AnySystem, examples: Examples) -> Examples:
    """Examples just read, with the labels as they are corrected now."""
    return corrected(system, examples, files.read(folder.absolute().parent).corrections())[0]


def of_parts(
    system: AnySystem, parts: Mapping[str, Examples], corrections: Mapping[str, Correction]
) -> tuple[dict[str, Examples], list[Correction], str]:
    """The examples of every split with their labels corrected; the corrections that did so; and a
    line about it, empty where none did.
    """
    found, applied, counts = {}, dict[str, Correction](), []
    for name, examples in parts.items():
        found[name], rows = corrected(system, examples, corrections)
        applied |= {examples.ids[row]: corrections[examples.ids[row]] for row in rows}
        counts += [f"{name} {len(rows):,}"] if rows else []
    line = f"labels corrected by annotations: {', '.join(counts)}" if counts else ""
    return found, list(applied.values()), line
