"""What a person points at, read, and the system that takes it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from netwright import systems
from netwright.base.errors import DataError
from netwright.contract import AnySystem, Examples
from netwright.contract.reading import Reading
from netwright.data import catalogue
from netwright.data.sources import recognize, suffixes
from netwright.data.tables import table_files
from netwright.data.weights import weighed
from netwright.recipe import Recipe


def read(source: Any, recipe: Recipe) -> Reading:
    """The examples of a source: a name or path, (x, y), (x, y, weights), or a data frame.

    Raises:
        DataError: it cannot be read.
    """
    reading = _read(source, recipe)
    if recipe.data.weight is not None and reading.examples.weights is None:
        raise DataError(
            f"data.weight = '{recipe.data.weight}' names a column, and {reading.source.path} is no"
            " table: leave it out."
        )
    return reading


def _read(source: Any, recipe: Recipe) -> Reading:
    data = recipe.data
    if isinstance(source, str | Path):
        found = recognize.recognize(
            str(source), target=data.target, group=data.group, weight=data.weight, task=data.task
        )
        return recognize.read(
            found, skip_unreadable=data.skip_unreadable, memory=recipe.training.memory * 2**20
        )
    x, y, *weights = (
        source if isinstance(source, tuple) and len(source) in (2, 3) else (source, None)
    )
    reading = recognize.read_arrays(
        x, y, target=data.target, group=data.group, weight=data.weight, task=data.task
    )
    return weighed(reading, weights[0]) if weights else reading


def read_again(run: str, recipe: Recipe) -> Reading:
    """The source that a run was trained on.

    Args:
        run: its id.
        recipe: as used.

    Raises:
        DataError: it was data in memory, is no longer where it was, or cannot be read.
    """
    name = recipe.data.source
    if not name:
        raise DataError(f"{run} was trained on data in memory: give them again.")
    path, kind = recognize.look(name)
    if kind is None and name not in catalogue.ENTRIES:
        place, way = (
            ("there any more", "put it back")
            if path.is_absolute()
            else (f"in {Path.cwd()}", "go to the folder that it was trained in")
        )
        raise DataError(
            f"the source that {run} was trained on, {name}, is not {place}: {way}, or name the"
            " source."
        )
    return read(name, recipe)


def with_weights(source: Any, weights: Any) -> Any:
    """Data in memory together with their weights, as ``read`` takes them.

    Raises:
        DataError: the source is not in memory.
    """
    if weights is None:
        return source
    if source is None or isinstance(source, str | Path):
        raise DataError(
            "weights are given beside data in memory, (x, y): for a table name the column,"
            " data.weight."
        )
    return (*source, weights) if isinstance(source, tuple) else (source, None, weights)


def with_weight_if_named(source: Any, recipe: Recipe) -> Recipe:
    """The recipe without ``data.weight`` where other data have no such column: there every example
    counts once.
    """
    name = recipe.data.weight
    if name is None or name in _columns(source):
        return recipe
    return recipe.changed({"data.weight": None})


def _columns(source: Any) -> list[str]:
    """The names of a table's or a frame's columns; none of other data."""
    if not isinstance(source, str | Path):
        return list(map(str, getattr(source, "columns", ())))
    path, kind = recognize.look(source)
    if str(source) in catalogue.ENTRIES and kind is None:
        return list(catalogue.ENTRIES[str(source)].columns)
    return (
        table_files.look(path).names
        if kind == "file" and path.suffix.lower() in suffixes.TABLES
        else []
    )


def system_for(examples: Examples, wanted: str) -> tuple[AnySystem, str]:
    """The system for these examples, and why; one that is named is asked, too.

    Raises:
        DataError: none takes them, or the one that is named does not.
        RecipeError: there is no system of that name.
    """
    candidates = [
        systems.load(name) for name in ([wanted] if wanted != "auto" else systems.names())
    ]
    for system in candidates:
        if reason := system.accepts(examples):
            return system, reason if wanted == "auto" else "as asked for"
    if all(target is None for target in examples.targets):
        raise DataError(
            "the source has no targets: nothing to learn; for a table name the column with"
            " --target."
        )
    if wanted != "auto":
        takes = candidates[0].takes
        raise DataError(f"system = '{wanted}' does not take these examples: it takes {takes}.")
    taken = "; ".join(f"{system.name} takes {system.takes}" for system in candidates)
    raise DataError(f"no system takes these examples: {taken}.")
