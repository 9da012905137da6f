"""A source as a training would take it: read and arranged by the recipe of its system."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from netwright import systems
from netwright.api.reading import (
    expect_columns,
    options_of,
    recognize,
    taken_if_any,
)
from netwright.contract import Reading, ReadOptions, Takes

if TYPE_CHECKING:
    from netwright.api.recipes import Wanted
    from netwright.recipe import Recipe

READ_BY = {
    "data.target": "target",
    "data.group": "group",
    "data.time": "time",
    "data.domain": "domain",
    "data.series": "series",
    "data.task": "task",
    "data.skip_unreadable": "skip_unreadable",
    "data.columns": "wanted",
}
"""Knob -> the option that a source is read by, of those that have an option of their own."""


@dataclass(frozen=True)
class ReadSource:
    """A source, and who would learn from it.

    Args:
        systems: the names of those that take what was read.
        system: the one that would learn from it, as a note says, too; None: none would.
        takes: what the one knows of it.
        recipe: by which it is split; None: one of defaults.
    """

    reading: Reading
    systems: tuple[str, ...]
    system: str | None
    takes: Takes | None
    recipe: Recipe | None = None


def read_source(
    source: str, named: Mapping[str, Any], settings: Mapping[str, Any], recipe: str | None
) -> ReadSource:
    """The source by the recipe that ``train`` would begin with. That of the system is loaded where
    it may say something: the person changes it, or the system has no takes.py.

    Args:
        named: knob -> value of those that have an option of their own, and ``system``.
        settings: changes of the recipe.
        recipe: a recipe file or a preset to start from.

    Raises:
        NetwrightError: the source or the recipe cannot be used.
    """
    if recipe is None and not settings and named.keys() <= {*READ_BY, "system"}:
        options = ReadOptions(**{READ_BY[key]: named[key] for key in READ_BY if key in named})
        seen = _seen(source, named.get("system", "auto"), options)
        if seen.takes is None or seen.takes.recipe is None:
            return seen
        return _by_its_recipe(seen, _wanted(source, named, settings, recipe))
    given = _wanted(source, named, settings, recipe)
    shared = given.shared()
    seen = _seen(source, shared.system, options_of(shared))
    if seen.takes is None:
        return replace(seen, recipe=shared)
    return _by_its_recipe(seen, given)


def _seen(source: str, system: str, options: ReadOptions) -> ReadSource:
    recognized = recognize(source, system, options)
    reading = recognized.read(options)
    expect_columns(reading, options)
    name, reading = taken_if_any(reading, recognized.systems, system)
    takes = None if name is None else systems.takes(name)
    return ReadSource(reading, recognized.systems, name, takes)


def _by_its_recipe(seen: ReadSource, given: Wanted) -> ReadSource:
    assert seen.system is not None  # as there is what it takes
    system = systems.load(seen.system)
    recipe = given.of(system)
    return replace(seen, takes=system.takes_by(recipe), recipe=recipe)


def _wanted(
    source: str, named: Mapping[str, Any], settings: Mapping[str, Any], recipe: str | None
) -> Wanted:
    from netwright.api.recipes import from_run, give, wanted
    from netwright.runs import store

    changes = dict(settings)
    for key, value in {**named, "data.source": source}.items():
        give(changes, key, value)
    return from_run(wanted(recipe, changes), store.folder())
