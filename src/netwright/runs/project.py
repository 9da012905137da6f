"""What holds for every run of a project: the human error, and findings that need not be said again
(``project.yaml``).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from netwright.base.errors import RecipeError, nearest
from netwright.base.findings import CODES

KEYS = ("human_error", "mute")


@dataclass(frozen=True)
class Project:
    """The settings of a project.

    Args:
        human_error: the error of people at this task; None when unknown.
        mute: codes of findings to leave out.
    """

    human_error: float | None = None
    mute: frozenset[str] = frozenset()


def read(folder: Path = Path()) -> Project:
    """The settings in ``project.yaml`` of ``folder``; the defaults when there is no such file.

    Raises:
        RecipeError: the file cannot be read, holds an unknown key or code, or a value of the wrong
            kind.
    """
    path = folder / "project.yaml"
    if not path.exists():
        return Project()
    values = _mapping(path)
    for key in values:
        if key not in KEYS:
            raise RecipeError(f"{path}: unknown key '{key}'{nearest(str(key), KEYS)}")
    return Project(_human_error(path, values.get("human_error")), _mute(path, values.get("mute")))


def _mapping(path: Path) -> dict[Any, Any]:
    import yaml

    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(f"{path} cannot be read: {error}.") from None
    except yaml.YAMLError as error:
        raise RecipeError(
            f"{path}: not YAML ({getattr(error, 'problem', None) or error})."
        ) from None
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise RecipeError(
            f"{path}: expected keys such as 'mute: [NW107]', got {type(values).__name__}."
        )
    return values


def _human_error(path: Path, value: Any) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise RecipeError(f"{path}: human_error = {value!r}: expected a number, such as 0.01.")
    return float(value)


def _mute(path: Path, value: Any) -> frozenset[str]:
    if value is None:
        return frozenset()
    if not isinstance(value, list) or not all(isinstance(code, str) for code in value):
        raise RecipeError(f"{path}: mute = {value!r}: expected a list of codes, such as [NW107].")
    for code in value:
        if code not in CODES:
            raise RecipeError(f"{path}: mute: no finding '{code}'{nearest(code, CODES)}")
    return frozenset(value)
