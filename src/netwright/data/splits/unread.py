"""What a person says of the splits, where nothing is left that it could say it of."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from netwright.base.errors import RecipeError
from netwright.contract import Examples
from netwright.data.splits import by_domain
from netwright.data.splits.sizes import all_given, brought

if TYPE_CHECKING:
    from netwright.recipe import Recipe

GIVEN = "the splits are given by the source or the system"


def changed(recipe: Recipe) -> list[str]:
    """The knobs of ``split`` that are not as the system's recipe has them by default."""
    fields = type(recipe.split).model_fields
    return [name for name in fields if getattr(recipe.split, name) != fields[name].default]


def refuse(recipe: Recipe) -> None:
    """Refuse a way to split that a person asks for, where the splits are given.

    Raises:
        RecipeError: split.by or split.gap is another than the default.
    """
    names = [name for name in changed(recipe) if name in ("by", "gap")]
    if not names:
        return
    values = " and ".join(f"split.{name} = {getattr(recipe.split, name)!r}" for name in names)
    have, them = ("has", "it") if len(names) == 1 else ("have", "them")
    raise RecipeError(f"{values} {have} nothing to say here: {GIVEN}; leave {them} out.")


def messages(examples: Examples, recipe: Recipe, left_out: int = 0) -> list[str]:
    """Lines on where the examples come from, and on what else a person said of the splits that is
    not read.

    Args:
        left_out: examples that are in no split.
    """
    origin = by_domain.messages(examples, recipe, left_out)
    if all_given(examples):
        return origin + _line(recipe, ("dev", "test", "stratify", "seed"), GIVEN)
    by_time = recipe.split.by == "time"
    has_test = "test" in (brought(examples) or ())
    return [
        *origin,
        *(_line(recipe, ("stratify", "seed"), "the splits are by time") if by_time else []),
        *(_line(recipe, ("test",), "the source or the system gives test") if has_test else []),
    ]


def _line(recipe: Recipe, names: Collection[str], why: str) -> list[str]:
    keys = [f"split.{name}" for name in changed(recipe) if name in names]
    are = "is" if len(keys) == 1 else "are"
    return [f"{', '.join(keys)} {are} not read: {why}"] if keys else []
