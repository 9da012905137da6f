"""The learning rate at each step (notes 2.2.8), as a factor of the peak rate."""

from __future__ import annotations

import math

from netwright.recipe import Schedule, settled


def factor(schedule: Schedule, step: int, steps: int) -> float:
    """The share of the peak rate in step ``step`` (from 0) of ``steps``.

    ``constant``: 1; ``cosine``: (1 + cos(pi t)) / 2; ``one_cycle``: up along a cosine from 1/25 during the warm-up, then
    down along a cosine to 1/10,000 (Smith 2018). Constant and cosine rise linearly over the warm-up.
    """
    rise = settled(schedule.warmup) * steps
    if step < rise:
        part = (step + 1) / (rise + 1)
        return 1 / 25 + (1 - 1 / 25) * (1 - math.cos(math.pi * part)) / 2 if schedule.name == "one_cycle" else part
    if schedule.name == "constant":
        return 1.0
    part = (step - rise) / max(1.0, steps - rise)
    lowest = 1e-4 if schedule.name == "one_cycle" else 0.0
    return lowest + (1 - lowest) * (1 + math.cos(math.pi * part)) / 2
