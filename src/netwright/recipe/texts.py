"""Recipes as people write them: YAML files and KEY=VALUE."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from netwright.base import paths
from netwright.base import read_yaml as yaml_reader
from netwright.base.errors import RecipeError, UnreadableError, nearest

PRESETS = Path(__file__).parent / "presets"
"""Recipes that come with the package, commented; a recipe file of the same name goes first."""


ALIASES = {"training.examples": "training.max_examples"}
"""Keys of earlier releases, which recipes may still use -> their names now."""


def in_todays_names(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Nested values with the keys of earlier releases renamed.

    A key given by both names stays, to be refused.
    """
    for old, new in ALIASES.items():
        name, _, key = old.partition(".")
        section, now = values.get(name), new.rpartition(".")[2]
        if isinstance(section, Mapping) and key in section and section.get(now) is None:
            rest = {k: value for k, value in section.items() if k != key}
            values = {**values, name: {**rest, now: section[key]}}
    return values


EARLIER_DEFAULTS = {"augment.mirror": False, "optimizer.name": "adamw"}
"""Of knobs that have another one now: what an earlier release wrote where nobody set them."""

RECORD = ("system", "data.source", "split.seed", "optimizer.lr", "schedule.name", "training.seed")
"""Knobs that ``recipe.yaml`` of a run always names; nobody who writes a recipe names them all."""

FOREIGN = {
    "objective.label_smoothing": ("auto", 0.0, 0.05, 0.1),
    "objective.focal_gamma": (2.0,),
    "objective.class_weights": ("none",),
}
"""What earlier releases wrote into every run's recipe, of knobs that only some systems read now."""


def was_filled_in(values: Mapping[str, Any]) -> Callable[[str, Any], bool]:
    """Of a recipe file's nested values: (key, value) -> whether an earlier release wrote that
    without being asked to. False for all of a file that is no record of a run.
    """
    written = {f"{a}.{b}" for a, part in values.items() if isinstance(part, Mapping) for b in part}
    recorded = {*values, *written} >= {*RECORD}
    return lambda key, value: recorded and value in FOREIGN.get(key, ())


def is_preset(name: str | Path) -> bool:
    """Whether ``read_recipe`` reads a preset of this name, not a file."""
    path = Path(name)
    return path.name == str(name) and path.name in presets() and not os.path.exists(path)  # noqa: PTH110


def presets() -> list[str]:
    """The names of the recipes that come with the package."""
    return sorted(path.stem for path in PRESETS.glob("*.yaml"))


def read_recipe(name: str | Path) -> dict[str, Any]:
    """The nested values of a recipe file, or of the preset of that name.

    Raises:
        RecipeError: there is neither, or the file cannot be read.
    """
    path = Path(name)
    try:
        there = paths.kind_of(path) is not None
    except UnreadableError as error:
        raise RecipeError(f"--recipe {paths.shown(path)} cannot be read: {error}.") from None
    if there or len(path.parts) > 1 or path.suffix:
        return dict(in_todays_names(read_yaml(path)))
    if path.name not in presets():
        raise RecipeError(
            f"--recipe {name}: neither a file nor a preset{nearest(path.name, presets())}"
        )
    return read_yaml(PRESETS / f"{name}.yaml")


def read_yaml(path: Path) -> dict[str, Any]:
    """The nested values in a recipe file.

    Raises:
        RecipeError: the file is missing, is no YAML, or holds no mapping.
    """
    try:
        values = yaml_reader.load(path)
    except (FileNotFoundError, NotADirectoryError):
        raise RecipeError(f"{path}: no such recipe file.") from None
    except UnreadableError as error:
        raise RecipeError(f"{path} cannot be read as a recipe: {error}.") from None
    if not isinstance(values, dict):
        raise RecipeError(
            f"{path}: expected sections such as 'optimizer:', got {type(values).__name__}."
        )
    return values


def parse_setting(text: str) -> tuple[str, Any]:
    """``"optimizer.lr=0.01"`` -> ``("optimizer.lr", 0.01)``; the value is read as YAML.

    Raises:
        RecipeError: there is no ``=`` or the value is no YAML.
    """
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise RecipeError(f"--set {text}: expected KEY=VALUE, for example --set optimizer.lr=0.01.")
    try:
        return key.strip(), yaml_reader.parse(value)
    except UnreadableError as error:
        raise RecipeError(f"--set {text[:200]}: the value cannot be read ({error}).") from None


def nest(changes: Mapping[str, Any]) -> dict[str, Any]:
    """``{"a.b": 1, "a.c": 2}`` -> ``{"a": {"b": 1, "c": 2}}``.

    Raises:
        RecipeError: a key is given both a value and keys below it.
    """
    nested: dict[str, Any] = {}
    for key, value in changes.items():
        *sections, name = ALIASES.get(key, key).split(".")
        place = nested
        for section in sections:
            place = place.setdefault(section, {})
            if not isinstance(place, dict):
                raise RecipeError(
                    f"{key} lies in '{section}', which is set to {place!r}: set one of the two."
                )
        place[name] = value
    return nested


def merge(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Nested values, those of ``above`` winning."""
    merged = dict(below)
    for key, value in above.items():
        old = merged.get(key)
        merged[key] = (
            merge(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
        )
    return merged
