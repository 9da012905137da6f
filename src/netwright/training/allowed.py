"""What a recipe may not ask of a system that learns in a way of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from netwright.base.errors import RecipeError
from netwright.contract import AnySystem
from netwright.recipe import Recipe

Plain = Callable[[Any], bool]

COUPLED: Mapping[str, tuple[Plain, str]] = {"training.accumulate": (lambda parts: parts == 1, "1")}
"""Knob -> whether its value is one that such a system can train with, and which these are."""


def check(system: AnySystem, recipe: Recipe, world: int) -> None:
    """Refuse what the system's own way of learning excludes.

    Args:
        world: how many processes work on every batch.

    Raises:
        RecipeError: a knob has a value that it excludes, or there are several processes.
    """
    if system.coupled:
        why = "the rows of a batch belong together"
        _check(system, recipe, world, COUPLED, why)


def _check(
    system: AnySystem,
    recipe: Recipe,
    world: int,
    plain: Mapping[str, tuple[Plain, str]],
    why: str,
) -> None:
    for key, (allowed, expected) in plain.items():
        if not allowed(recipe.value(key)):
            raise RecipeError(
                f"{key} = {recipe.value(key)}: of the system '{system.name}' {why};"
                f" expected {expected}."
            )
    if world > 1:
        raise RecipeError(
            f"{world} processes: of the system '{system.name}' {why}; train in one process."
        )
