"""Settings near others: a few knobs at once, each a little way along its range."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from typing import Any

from netwright.searching.space import Dimension, Space, active

MOST_AT_ONCE = 3
"""Knobs that are turned together: of more one cannot say which it was."""

STEP = 0.15
"""The standard deviation of a step, of the knob's range on its scale."""


def nearby(space: Space, values: Mapping[str, Any], seed: int) -> dict[str, Any]:
    """One to three knobs, and what each is turned to: a range by a step of the normal law, no
    further than its ends, a choice to another one.

    Args:
        values: knob -> what it stands at.
        seed: of the draw.
    """
    draws = random.Random(seed)
    there = [knob for knob in space if active(knob, values) and _has_place(knob, values[knob.key])]
    some = draws.sample(there, min(len(there), draws.randint(1, MOST_AT_ONCE)))
    return {knob.key: _moved(knob, values[knob.key], draws) for knob in some}


def _has_place(knob: Dimension, value: Any) -> bool:
    each = value if isinstance(value, list | tuple) else [value]
    numbers = all(isinstance(one, int | float) and not isinstance(one, bool) for one in each)
    return knob.scale == "choice" or bool(each and numbers)


def _moved(knob: Dimension, value: Any, draws: random.Random) -> Any:
    if knob.scale == "choice":
        return draws.choice([one for one in knob.choices if one != value] or [value])
    low, high = knob.ends
    at = low if knob.scale == "log" and not value else knob.coordinate(value)
    moved = knob.value(min(high, max(low, at + draws.gauss(0.0, STEP) * (high - low))))
    return moved if not isinstance(moved, float) or not math.isclose(moved, value) else value
