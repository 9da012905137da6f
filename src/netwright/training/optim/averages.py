"""Averages of the weights over the steps: what is evaluated and kept instead of the last step's
weights.

``ema``: exponentially weighted, every step (notes 2.2.3). ``swa``: equally weighted, once an epoch,
over the last part of the run (Izmailov et al. 2018, "Averaging weights leads to wider optima and
better generalization").
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from typing import TYPE_CHECKING

from torch import Tensor

from netwright.recipe import Recipe, resolved

if TYPE_CHECKING:
    from netwright.training.state import State


def start(recipe: Recipe, vector: Tensor) -> Tensor | None:
    """The average before the first step: the weights for ``ema``, none yet for ``swa`` and without
    averaging.
    """
    ema = recipe.training.average_kind == "ema" and resolved(recipe.training.average) > 0
    return vector.clone() if ema else None


def weight_averager(recipe: Recipe, per_epoch: int, steps: int) -> Callable[[State], None] | None:
    """What is done to ``state.average`` after each step; None: nothing.

    Args:
        per_epoch, steps: of the first epoch, and in all.
    """
    if recipe.training.average_kind == "swa":
        return _equal(first_step(recipe.training.swa_from, steps), per_epoch, steps)
    decay = resolved(recipe.training.average)
    if decay == 0:
        return None

    def ema(state: State) -> None:
        assert state.average is not None
        follow(state.average, state.weights.vector, decay, state.step)

    return ema


def follow(average: Tensor, vector: Tensor, decay: float, step: int) -> None:
    """average := k average + (1-k) vector, with k rising to ``decay`` so that the first steps count
    less (notes 2.2.3).
    """
    average.lerp_(vector, 1 - min(decay, (1 + step) / (10 + step)))


def first_step(swa_from: float, steps: int) -> int:
    """The place on the course at or after which the ends of epochs are averaged."""
    return max(1, ceil(swa_from * steps - 1e-9))


def averaged_before(place: float, first: int, per_epoch: int) -> int:
    """How many ends of epochs lie from ``first`` on and before ``place``, both on the course: the
    state of the average is the place alone.
    """
    return max(0, ceil(place / per_epoch) - 1 - ceil(first / per_epoch) + 1)


def _equal(first: int, per_epoch: int, steps: int) -> Callable[[State], None]:
    """average := average + (vector - average) / (n + 1) at the end of each epoch from step
    ``first`` on.
    """

    def swa(state: State) -> None:
        if state.place < first or (state.done and state.place < steps):
            return
        if state.average is None:
            state.average = state.weights.vector.clone()
        else:
            state.average.lerp_(
                state.weights.vector, 1 / (averaged_before(state.place, first, per_epoch) + 1)
            )

    return swa


def messages(recipe: Recipe) -> tuple[str, ...]:
    """A line for the person about what ``swa`` averages, and at what rate."""
    if recipe.training.average_kind != "swa":
        return ()
    line = (
        "the weights at the ends of epochs are averaged with equal weight, from"
        f" {recipe.training.swa_from:.0%} of the run on"
    )
    if recipe.schedule.name in ("one_cycle", "cosine"):
        line += (
            f"; the rate of {recipe.schedule.name} falls to 0 there, so that they differ little:"
            " --set schedule.name=constant lets them"
        )
    if recipe.schedule.name == "restarts" and (recipe.schedule.period, recipe.schedule.longer) != (
        1,
        1,
    ):
        line += (
            "; a cycle is longer than an epoch, so that weights at high rates are averaged too:"
            " --set schedule.period=1 --set schedule.longer=1 averages the ends of cycles alone"
        )
    return (line,)
