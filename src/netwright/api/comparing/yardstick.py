"""Another yardstick (notes 3.1.7): what a mistake of a class costs, on answers that are there. Runs
are ranked anew without training, and each change of the yardstick is logged beside the runs.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from netwright.base import read_json, typed_numbers
from netwright.base.errors import RecipeError, UnreadableError, nearest
from netwright.base.files import append_line
from netwright.base.paths import Inside
from netwright.contract import AnySystem, Examples

LOG = "yardsticks.jsonl"
"""Beside the runs: a line each time that runs were held against another yardstick than before."""


def typed(texts: Sequence[str]) -> dict[str, float]:
    """``cat=10`` once or more, as class -> weight.

    Raises:
        RecipeError: it does not read, or a class stands twice.
    """
    found: dict[str, float] = {}
    for text in texts:
        label, equals, weight = text.rpartition("=")
        try:
            number = typed_numbers.number(weight)
        except UnreadableError:
            number = math.nan
        if not (equals and label and number >= 0):
            raise RecipeError(f"--weigh {text}: expected CLASS=NUMBER, 0 or more, such as cat=10.")
        if label in found:
            raise RecipeError(f"--weigh: the class '{label}' is given twice.")
        found[label] = number
    return found


def weighed(examples: Examples, weights: Mapping[str, float], system: AnySystem) -> Examples:
    """The examples with the weight of their class, times their own; a class that is not named
    counts 1.

    Raises:
        RecipeError: the system has no classes, there is no such class, or nothing counts any more.
    """
    if not weights:
        return examples
    labels = system.labels(examples.targets)
    known = {label for label in labels if label is not None}
    if not known:
        raise RecipeError(
            f"--weigh weighs classes, and the targets of the system '{system.name}' are none."
        )
    for label in weights:
        if label not in known:
            raise RecipeError(f"--weigh: no class '{label}' in dev{nearest(label, known)}")
    own = examples.weights or [1.0] * len(examples)
    found = [
        weight * weights.get(label, 1.0) if label is not None else weight
        for weight, label in zip(own, labels, strict=True)
    ]
    if not any(found):
        raise RecipeError("--weigh leaves no example that counts: give one class a weight above 0.")
    return replace(examples, weights=found)


def note(
    store: Path, runs: Sequence[str], optimized: str, weights: Mapping[str, float], winner: str
) -> None:
    """Log by what these runs were judged, where that is another yardstick than the last one was;
    without weights only where there were some before.
    """
    place = Inside(store, LOG)
    entry, last = {"optimized": optimized, "weights": dict(weights)}, _last(place.path)
    if entry == last or not (weights or last):
        return
    now = datetime.now(UTC).isoformat(timespec="seconds")
    line = {"time": now, **entry, "runs": list(runs), "winner": winner}
    append_line(place, json.dumps(line, ensure_ascii=False))


def _last(path: Path) -> dict[str, object]:
    """The yardstick of the last line that reads; that of no weights where there is none."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return {}
    for line in reversed(lines):
        try:
            held = read_json.parse(line)
            return {"optimized": held["optimized"], "weights": held["weights"]}
        except (UnreadableError, KeyError, TypeError):  # torn by a kill, or changed by hand
            continue
    return {}
