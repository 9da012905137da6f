"""What holds for every run of a project: the human error, and findings that need not be repeated
(``project.yaml``).
"""

# ruff: noqa: PTH100, PTH118, PTH120 (importing pathlib takes a tenth of netwright ladder)
from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from netwright.base.errors import NetwrightError, RecipeError, UnreadableError, nearest
from netwright.base.findings import CODES
from netwright.runs.human_levels import HumanError, levels_of

if TYPE_CHECKING:
    from pathlib import Path

NAME = "project.yaml"
KEYS = ("human_error", "mute")


@dataclass(frozen=True)
class Project:
    """The settings of a project.

    Args:
        human_error: the error of people at this task, or of several by name; None when unknown.
        mute: codes of findings to leave out.
        path: the file that says so; None when there is none.
    """

    human_error: HumanError | None = None
    mute: frozenset[str] = frozenset()
    path: str | None = None

    def named_from(self, folder: Path) -> dict[str, str]:
        """What records note of it: ``{"project": "../../project.yaml"}``, the file as seen from the
        run's folder; nothing when there is none.
        """
        return {} if self.path is None else {"project": os.path.relpath(self.path, folder)}


def of_store(store: str | Path) -> Project:
    """The settings for the runs of a store: ``project.yaml`` in the folder that holds the store, or
    in the nearest above it. They are the same from whichever folder a verb is called.

    Raises:
        RecipeError: as ``of_folder``.
    """
    return of_folder(os.path.dirname(os.path.abspath(store)))


def of_folder(folder: str | Path) -> Project:
    """The settings in ``project.yaml`` of a folder, or of the nearest above it, up to one with a
    ``.git``; the defaults when there is none.

    Raises:
        RecipeError: the file cannot be read, holds an unknown key or code, or a value of the wrong
            kind.
    """
    place = os.path.abspath(folder)
    while True:
        if os.path.lexists(path := os.path.join(place, NAME)):
            return read(path)
        above = os.path.dirname(place)
        if above == place or os.path.lexists(os.path.join(place, ".git")):
            return Project()
        place = above


def read(path: str) -> Project:
    """The settings in a file.

    Raises:
        RecipeError: see ``of_folder``.
    """
    values = _mapping(path)
    for key in values:
        if key not in KEYS:
            raise RecipeError(f"{path}: unknown key '{key}'{nearest(str(key), KEYS)}")
    return Project(
        _human_error(path, values.get("human_error")), _mute(path, values.get("mute")), path
    )


def _mapping(path: str) -> dict[Any, Any]:
    from netwright.base import read_yaml

    try:
        values = read_yaml.load(path)
    except (OSError, UnreadableError) as error:
        raise RecipeError(f"{path} cannot be read: {error}.") from None
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise RecipeError(
            f"{path}: expected keys such as 'mute: [NW107]', got {type(values).__name__}."
        )
    return values


def _human_error(path: str, value: Any) -> HumanError | None:
    try:
        return levels_of(value, f"{path}: human_error") or None
    except NetwrightError as error:
        raise RecipeError(str(error)) from None


def _mute(path: str, value: Any) -> frozenset[str]:
    if value is None:
        return frozenset()
    if not isinstance(value, list) or not all(isinstance(code, str) for code in value):
        raise RecipeError(f"{path}: mute = {value!r}: expected a list of codes, such as [NW107].")
    for code in value:
        if code not in CODES:
            raise RecipeError(f"{path}: mute: no finding '{code}'{nearest(code, CODES)}")
    return frozenset(value)
