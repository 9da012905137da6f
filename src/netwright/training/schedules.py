"""The learning rate at each step (notes 2.2.8), as a factor of the peak rate."""

from __future__ import annotations

import math

from netwright.recipe import Recipe, Schedule, settled


def length(recipe: Recipe, count: int) -> tuple[int, int]:
    """(steps of an epoch, steps in all) on ``count`` training examples; a single left-over example joins the batch before it."""
    batch_size, examples = settled(recipe.training.batch_size), recipe.training.examples
    per_epoch = -(-count // batch_size) - (1 if count > batch_size > 1 and count % batch_size == 1 else 0)
    steps = settled(recipe.training.epochs) * per_epoch
    return per_epoch, steps if examples is None else max(1, min(steps, round(examples / batch_size)))


def rates(schedule: Schedule, peak: float, per_epoch: int, steps: int) -> list[float]:
    """The learning rate of every step; of ``plateau`` as it is while dev gets better."""
    return [peak * factor(schedule, step, steps, steps / per_epoch) for step in range(steps)]


def factor(schedule: Schedule, step: int, steps: int, epochs: float) -> float:
    """The share of the peak rate in step ``step`` (from 0) of ``steps``, which make ``epochs`` epochs.

    ``one_cycle``: up along a cosine from 1/25 during the warm-up, then down along a cosine to 1/10,000 (Smith 2018). All
    others rise linearly over the warm-up. After it, t is the share of what is left and e the epochs since:
    ``constant`` 1; ``cosine`` (1 + cos(pi t)) / 2; ``inverse`` 1 / (1 + decay e); ``exponential`` base^e;
    ``root`` 1 / sqrt(1 + e); ``steps`` factor^floor(e / every); ``plateau`` 1, of which dev leaves less (``plateau``). A constant rate with ``drops`` is the last that has begun.
    """
    rise = settled(schedule.warmup) * steps
    if step < rise:
        part = (step + 1) / (rise + 1)
        return 1 / 25 + (1 - 1 / 25) * (1 - math.cos(math.pi * part)) / 2 if schedule.name == "one_cycle" else part
    if schedule.name in ("cosine", "one_cycle"):
        part = (step - rise) / max(1.0, steps - rise)
        lowest = 1e-4 if schedule.name == "one_cycle" else 0.0
        return lowest + (1 - lowest) * (1 + math.cos(math.pi * part)) / 2
    return decayed(schedule, (step - rise) * epochs / steps)


def decayed(schedule: Schedule, epoch: float) -> float:
    """The notes' laws: the share that is left ``epoch`` epochs after the warm-up."""
    if schedule.name == "inverse":
        return 1 / (1 + schedule.decay * epoch)
    if schedule.name == "exponential":
        return float(schedule.base**epoch)
    if schedule.name == "root":
        return 1 / math.sqrt(1 + epoch)
    if schedule.name == "steps":
        return float(schedule.factor ** math.floor(epoch / schedule.every))
    return next((share for begin, share in reversed(schedule.drops) if begin <= epoch), 1.0)
