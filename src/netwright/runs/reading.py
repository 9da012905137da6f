"""A run folder as it is, complete or not: what is there is read, what is missing or damaged is named."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from netwright.base.errors import RunError


@dataclass(frozen=True)
class Material:
    """The readable files of one run.

    Args:
        folder: where it lies.
        info: ``run.json``; the only file that must be there.
        files: name -> content of the JSON files; a file that is missing or damaged is not in it.
        recipe_text: ``recipe.yaml`` as written; empty when missing.
        recipe: the same as nested values.
        curves: one mapping an epoch; empty cells are left out.
        steps: one mapping a sampled step.
        events: the lines of ``events.jsonl``.
        missing: file -> why it is not shown.
    """

    folder: Path
    info: Mapping[str, Any]
    files: Mapping[str, Any]
    recipe_text: str
    recipe: Mapping[str, Any]
    curves: Sequence[Mapping[str, float]]
    steps: Sequence[Mapping[str, float]]
    events: Sequence[Mapping[str, Any]]
    missing: Mapping[str, str]

    def get(self, name: str) -> Any:
        """The content of a JSON file; an empty mapping when it is not there."""
        return self.files.get(name, {})

    @property
    def metric(self) -> Mapping[str, Any]:
        """Name, unit and better of the single number."""
        return self.info.get("metric") or {"name": "error", "unit": "share", "better": "lower"}

    def measured(self, split: str) -> Mapping[str, Any] | None:
        """The single number on ``split`` with its interval, or None."""
        found = self.get("measures.json").get(split, {}).get(self.metric["name"])
        return found if found else None

    @property
    def kept_epoch(self) -> int | None:
        """The epoch whose weights are kept: as noted, else the best on dev."""
        noted = self.info.get("epoch_kept")
        if noted:
            return int(noted)
        name = f"dev_{self.metric['name']}"
        sign = 1 if self.metric["better"] == "lower" else -1
        known = [(sign * row[name], row["epoch"]) for row in self.curves if math.isfinite(row.get(name, math.nan))]
        return int(min(known)[1]) if known else None


JSON_FILES = ("codec.json", "environment.json", "data.json", "measures.json", "diagnosis.json", "pictures/worst.json")


def read(folder: Path) -> Material:
    """Read what there is of a run.

    Raises:
        RunError: there is no ``run.json``, or it cannot be read.
    """
    missing: dict[str, str] = {}
    info = _json(folder, "run.json", missing)
    if not isinstance(info, dict):
        raise RunError(f"{folder} is no run that can be shown: {missing.get('run.json', 'run.json holds no mapping')}.")
    files = {name: value for name in JSON_FILES if (value := _json(folder, name, missing)) is not None}
    recipe_text = _text(folder, "recipe.yaml", missing) or ""
    return Material(
        folder=folder,
        info=info,
        files=files,
        recipe_text=recipe_text,
        recipe=_yaml(recipe_text, missing),
        curves=_rows(folder, "curves.csv", missing),
        steps=_rows(folder, "steps.csv", missing),
        events=_events(folder, missing),
        missing=missing,
    )


def changed_knobs(recipe: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    """(key, default, value) of every knob that does not stand at its default; a default ``auto`` was chosen from the data."""
    from netwright.recipe import Recipe

    usual, here = flat(Recipe().model_dump(mode="json")), flat(recipe)
    return [(key, usual.get(key), value) for key, value in here.items() if key not in usual or usual[key] != value]


def flat(nested: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """``{"a": {"b": 1}}`` -> ``{"a.b": 1}``."""
    found: dict[str, Any] = {}
    for key, value in nested.items():
        found |= flat(value, f"{prefix}{key}.") if isinstance(value, Mapping) else {f"{prefix}{key}": value}
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
        return None if text is None else json.loads(text)
    except (ValueError, RecursionError) as error:
        missing[name] = f"{name} is damaged ({error})"
        return None


def _yaml(text: str, missing: dict[str, str]) -> dict[str, Any]:
    import yaml

    try:
        values = yaml.safe_load(text) if text else {}
    except yaml.YAMLError as error:
        missing["recipe.yaml"] = f"recipe.yaml is damaged ({getattr(error, 'problem', error)})"
        return {}
    return values if isinstance(values, dict) else {}


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
