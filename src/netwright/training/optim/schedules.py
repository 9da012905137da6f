"""The learning rate at each step (notes 2.2.8), as a factor of the peak rate."""

from __future__ import annotations

import math

from netwright.recipe import Recipe, Schedule, resolved


def length(recipe: Recipe, count: int) -> tuple[int, int]:
    """(steps of an epoch, steps in all) on ``count`` training examples; a single left-over example
    joins the batch before it.
    """
    batch_size = resolved(recipe.training.batch_size)
    per_epoch = -(-count // batch_size) - (
        1 if count > batch_size > 1 and count % batch_size == 1 else 0
    )
    return per_epoch, steps_of(recipe, per_epoch, count)


def steps_of(recipe: Recipe, per_epoch: int, count: int) -> int:
    """Steps in all, with ``per_epoch`` of them in an epoch of ``count`` examples."""
    steps = resolved(recipe.training.epochs) * per_epoch
    examples = recipe.training.max_examples
    if examples is None:
        return steps
    size = resolved(recipe.training.batch_size)
    usual = size if recipe.training.batch_tokens is None else count / per_epoch
    return max(1, min(steps, round(examples / usual)))


def examples_of(recipe: Recipe, steps: int, per_epoch: int, count: int) -> int:
    """The ``training.max_examples`` that ends a training after so many steps, see ``steps_of``."""
    size = resolved(recipe.training.batch_size)
    return max(
        1, round(steps * (size if recipe.training.batch_tokens is None else count / per_epoch))
    )


def rates(schedule: Schedule, peak: float, per_epoch: int, steps: int) -> list[float]:
    """The learning rate of every step; of ``plateau`` as it is while dev gets better."""
    return [peak * factor(schedule, step, steps, steps / per_epoch) for step in range(steps)]


def factor(schedule: Schedule, step: float, steps: int, epochs: float) -> float:
    """The factor of the peak rate at ``step`` (from 0) of ``steps``, which make ``epochs`` epochs.

    ``one_cycle``: up from 1/25 during the warm-up, then down to 1/10,000, both along a cosine or a
    straight line (Smith 2018; torch's OneCycleLR). All others rise linearly over the warm-up. After
    it, t is the part of what is left that is done and e the epochs since: ``constant`` 1;
    ``cosine`` (1 + cos(pi t)) / 2; ``inverse`` 1 / (1 + decay e); ``exponential`` base^e;
    ``restarts`` (1 + cos(pi e' / T)) / 2, where e' epochs of a period of T are over (SGDR,
    Loshchilov and Hutter 2017); ``root`` 1 / sqrt(1 + e); ``steps`` factor^floor(e / every);
    ``plateau`` 1, of which dev leaves less (``plateau``). A constant rate with ``drops`` is the
    last that has begun.
    """
    rise = resolved(schedule.warmup) * steps
    straight, cycle = schedule.anneal == "linear", schedule.name == "one_cycle"
    if step < rise:
        part = (step + 1) / (rise + 1)
        if not cycle:
            return part
        up = part if straight else (1 - math.cos(math.pi * part)) / 2
        return 1 / 25 + (1 - 1 / 25) * up
    if schedule.name in ("cosine", "one_cycle"):
        part = (step - rise) / max(1.0, steps - rise)
        left = 1 - part if cycle and straight else (1 + math.cos(math.pi * part)) / 2
        lowest = 1e-4 if cycle else 0.0
        return lowest + (1 - lowest) * left
    return decayed(schedule, (step - rise) * epochs / steps)


def decayed(schedule: Schedule, epoch: float) -> float:
    """The fraction of the rate that is left ``epoch`` epochs after the warm-up: the notes' laws,
    and the cosine with restarts.
    """
    epoch = round(epoch, 9)  # 3 epochs shall not be 2.9999999999999996
    if schedule.name == "restarts":
        return _restarted(schedule, epoch)
    if schedule.name == "inverse":
        return 1 / (1 + schedule.decay * epoch)
    if schedule.name == "exponential":
        return float(schedule.base**epoch)
    if schedule.name == "root":
        return 1 / math.sqrt(1 + epoch)
    if schedule.name == "steps":
        return float(schedule.factor ** math.floor(round(epoch / schedule.every, 9)))
    if schedule.name in ("constant", "plateau"):
        return next((part for begin, part in reversed(schedule.drops) if begin <= epoch), 1.0)
    raise ValueError(f"schedule '{schedule.name}' has no law here.")


def _restarted(schedule: Schedule, epoch: float) -> float:
    """Within its period, (1 + cos(pi t)) / 2; the periods last T, T m, T m^2 ... epochs."""
    period = schedule.period
    if schedule.longer == 1:
        return (1 + math.cos(math.pi * (round(epoch / period, 9) % 1))) / 2
    while round(epoch / period, 9) >= 1:
        epoch, period = epoch - period, period * schedule.longer
    return (1 + math.cos(math.pi * max(0.0, epoch / period))) / 2
