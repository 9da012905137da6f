"""The knobs of a recipe that a run leaves unread."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from netwright.contract import AnySystem
    from netwright.recipe import Recipe


def of_run(system: AnySystem, recipe: Recipe, info: Mapping[str, Any]) -> tuple[str, ...]:
    """Those that its data leave unread; of a net whose last layer alone was trained, on features
    that were computed once, all that change inputs, too.

    Args:
        info: its ``run.json``.
    """
    found = tuple(system.unread(recipe))
    return (*found, *changing_inputs(recipe)) if info.get("on_features") else found


def changing_inputs(recipe: Recipe) -> tuple[str, ...]:
    """The knobs of the sections that change inputs while a net trains."""
    from netwright.recipe import knobs, metadata

    known = knobs(type(recipe))
    sections = {
        key.partition(".")[0]
        for key, field in known.items()
        if any(turn.remedy == "more augmentation" for turn in metadata(field)["turns"])
    }
    return tuple(key for key in known if key.partition(".")[0] in sections)
