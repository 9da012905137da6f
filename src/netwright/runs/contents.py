"""A run folder as it is, complete or not: what is there is read, what is missing or damaged is
named.
"""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from netwright.base.errors import RunError
from netwright.runs.formats import upgraded
from netwright.runs.history import Change, changes_on_curves


@dataclass(frozen=True)
class Material:
    """The readable files of one run.

    Args:
        folder: where it lies.
        info: ``run.json``; the only file that must be there.
        files: name -> content of the JSON files; a file that is missing or damaged is not in it.
        recipe_text: ``recipe.yaml`` as written; empty when missing.
        curves: one mapping an epoch; empty cells are left out.
        steps: one mapping a sampled step.
        abandoned: rows of the curves that rewinds left behind, with their ``branch``.
        layers: one mapping a layer and moment.
        events: the lines of ``events.jsonl``.
        missing: file -> why it is not shown.
    """

    folder: Path
    info: Mapping[str, Any]
    files: Mapping[str, Any]
    recipe_text: str
    curves: Sequence[Mapping[str, float]]
    steps: Sequence[Mapping[str, float]]
    abandoned: Sequence[Mapping[str, float]]
    layers: Sequence[Mapping[str, Any]]
    events: Sequence[Mapping[str, Any]]
    missing: Mapping[str, str]

    def get(self, name: str) -> Any:
        """The content of a JSON file; an empty mapping when it is not there."""
        return self.files.get(name, {})

    @property
    def metric(self) -> Mapping[str, Any]:
        """Name, unit and better of the single number."""
        return self.info.get("metric") or {"name": "error", "unit": "fraction", "better": "lower"}

    def measured(self, split: str) -> Mapping[str, Any] | None:
        """The single number on ``split`` with its interval, or None."""
        found = self.get("measures.json").get(split, {}).get(self.metric["name"])
        return found if found else None

    @property
    def marks(self) -> list[Change]:
        """What was changed while it trained, on the epoch axis of the curves."""
        first = next(iter(self.curves), {})
        return changes_on_curves(self.events, first.get("step", 0) / first.get("epoch", 1) or 1.0)

    @property
    def differs(self) -> list[dict[str, Any]]:
        """The knobs that do not stand at their defaults: as noted when the run began, else worked
        out from the recipe.

        Raises:
            RunError: ``recipe.yaml`` is needed and damaged.
        """
        noted = self.info.get("differs")
        return list(noted) if noted is not None else differences(_yaml(self.recipe_text))

    @property
    def kept_epoch(self) -> int | None:
        """The epoch whose weights are kept: as noted, else the best on dev."""
        noted = self.info.get("epoch_kept")
        if noted:
            return int(noted)
        name = f"dev_{self.metric['name']}"
        sign = 1 if self.metric["better"] == "lower" else -1
        known = [
            (sign * row[name], row["epoch"])
            for row in self.curves
            if math.isfinite(row.get(name, math.nan))
        ]
        return int(min(known)[1]) if known else None


JSON_FILES = (
    "codec.json",
    "environment.json",
    "data.json",
    "measures.json",
    "diagnosis.json",
    "pictures/worst.json",
)


def read(folder: Path) -> Material:
    """Read what there is of a run.

    Raises:
        RunError: there is no ``run.json``, or it cannot be read.
    """
    missing: dict[str, str] = {}
    info = _json(folder, "run.json", missing)
    if not isinstance(info, dict):
        raise RunError(
            f"{folder} is no run that can be shown:"
            f" {missing.get('run.json', 'run.json holds no mapping')}."
        )
    files = {
        name: value for name in JSON_FILES if (value := _json(folder, name, missing)) is not None
    }
    return Material(
        folder=folder,
        info=info,
        files=files,
        recipe_text=_text(folder, "recipe.yaml", missing) or "",
        curves=_rows(folder, "curves.csv", missing),
        steps=_rows(folder, "steps.csv", missing),
        abandoned=(
            _rows(folder, "abandoned.csv", missing) if (folder / "abandoned.csv").exists() else []
        ),
        layers=_layers(folder, missing),
        events=_events(folder, missing),
        missing=missing,
    )


def _layers(folder: Path, missing: dict[str, str]) -> list[dict[str, Any]]:
    from netwright.runs.record import Record

    try:
        return Record(folder).layers()
    except RunError as error:
        missing["layers.csv"] = str(error)
        return []


def differences(
    recipe: Mapping[str, Any], asked: Mapping[str, Any] | None = None
) -> list[dict[str, Any]]:
    """Every knob that does not stand at its default: key, default, value, and how: ``set`` by a
    person or ``chosen`` from the data.

    Args:
        recipe: the run's recipe as nested plain values.
        asked: the recipe before its ``auto`` values were replaced; None: whatever was ``auto``
            counts as chosen.
    """
    from netwright.recipe import Recipe

    usual, here = flat(Recipe().model_dump(mode="json")), flat(recipe)
    wanted = here if asked is None else flat(asked)
    found = []
    for key, value in here.items():
        default = usual.get(key)
        if key not in usual or default != value:
            chosen = default == "auto" and (asked is None or wanted.get(key) == "auto")
            found.append(
                {
                    "key": key,
                    "default": default,
                    "value": value,
                    "how": "chosen" if chosen else "set",
                }
            )
    return found


def flat(nested: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """``{"a": {"b": 1}}`` -> ``{"a.b": 1}``."""
    found: dict[str, Any] = {}
    for key, value in nested.items():
        found |= (
            flat(value, f"{prefix}{key}.")
            if isinstance(value, Mapping)
            else {f"{prefix}{key}": value}
        )
    return found


def _text(folder: Path, name: str, missing: dict[str, str]) -> str | None:
    try:
        return (folder / name).read_text(encoding="utf-8")
    except FileNotFoundError:
        missing[name] = f"{name} is not in the run folder"
    except (OSError, UnicodeDecodeError) as error:
        missing[name] = f"{name} cannot be read ({error})"
    return None


def _json(folder: Path, name: str, missing: dict[str, str]) -> Any:
    text = _text(folder, name, missing)
    try:
        value = None if text is None else upgraded(name, json.loads(text))
    except (ValueError, RecursionError) as error:
        missing[name] = f"{name} is damaged ({error})"
        return None
    if text is not None and value is None:
        missing[name] = f"{name} is damaged (it holds null)"
    return value


def _yaml(text: str) -> dict[str, Any]:
    import yaml

    try:
        values = yaml.safe_load(text) if text else {}
    except yaml.YAMLError as error:
        raise RunError(f"recipe.yaml is damaged ({getattr(error, 'problem', error)}).") from None
    if not isinstance(values, dict):
        raise RunError(f"recipe.yaml is damaged: expected sections, got {type(values).__name__}.")
    return values


def _rows(folder: Path, name: str, missing: dict[str, str]) -> list[dict[str, float]]:
    text = _text(folder, name, missing)
    if text is None:
        return []
    try:
        return [_numbers(row) for row in csv.DictReader(text.splitlines())]
    except (ValueError, csv.Error) as error:
        missing[name] = f"{name} is damaged ({error})"
        return []


def _numbers(row: Mapping[str | Any, Any]) -> dict[str, float]:
    cells = {name: cell for name, cell in row.items() if isinstance(name, str) and cell}
    return {name: float(cell) for name, cell in cells.items()}


def _events(folder: Path, missing: dict[str, str]) -> list[dict[str, Any]]:
    text = _text(folder, "events.jsonl", missing)
    events = []
    for line in (text or "").splitlines():
        try:
            event = json.loads(line)
        except ValueError:  # the last line of a run that was killed while writing
            missing["events.jsonl"] = "events.jsonl holds a line that cannot be read"
            continue
        if isinstance(event, dict):
            events.append(event)
    return events
