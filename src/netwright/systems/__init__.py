"""The systems, one folder each; found by looking at the folders, loaded when asked for."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING

from netwright.base.errors import RecipeError, nearest

if TYPE_CHECKING:
    from netwright.contract import AnySystem


def names() -> list[str]:
    """The names of all systems, sorted."""
    return sorted(path.parent.name for path in Path(__file__).parent.glob("*/system.py"))


def load(name: str) -> AnySystem:
    """The system called ``name``.

    Raises:
        RecipeError: there is no such system.
    """
    if name not in names():
        raise RecipeError(f"no system '{name}'{nearest(name, names())}")
    system: AnySystem = importlib.import_module(f"netwright.systems.{name}.system").SYSTEM
    return system
