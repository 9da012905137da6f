"""What a person points at, read, and the system that takes it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from netwright import systems
from netwright.base.errors import DataError
from netwright.contract import Examples, System
from netwright.data import sources
from netwright.data.reading import Reading
from netwright.recipe import Recipe


def read(source: Any, recipe: Recipe) -> Reading:
    """The examples of a source: a name or path, (x, y), or a data frame.

    Raises:
        DataError: it cannot be read.
    """
    reading = _read(source, recipe)
    if recipe.data.weight is not None and reading.examples.weights is None:
        raise DataError(
            f"data.weight = '{recipe.data.weight}' names a column, and {reading.source.path} is no table: leave it out."
        )
    return reading


def _read(source: Any, recipe: Recipe) -> Reading:
    data = recipe.data
    if isinstance(source, str | Path):
        found = sources.recognize(str(source), target=data.target, group=data.group, weight=data.weight, task=data.task)
        return sources.read(found, skip_unreadable=data.skip_unreadable, memory=recipe.training.memory * 2**20)
    x, y = source if isinstance(source, tuple) and len(source) == 2 else (source, None)
    return sources.read_arrays(x, y, target=data.target, group=data.group, weight=data.weight, task=data.task)


def system_for(examples: Examples, wanted: str) -> tuple[System, str]:
    """The system for these examples, and why.

    Raises:
        DataError: none takes them.
    """
    if wanted != "auto":
        return systems.load(wanted), "as asked for"
    for name in systems.names():
        system = systems.load(name)
        reason = system.accepts(examples)
        if reason:
            return system, reason
    if all(target is None for target in examples.targets):
        raise DataError("the source has no targets: nothing to learn; for a table name the column with --target.")
    raise DataError(f"no system takes these examples; there are {', '.join(systems.names())}.")
