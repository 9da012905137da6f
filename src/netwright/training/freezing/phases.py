"""Which stages are frozen in which epoch, and the net as it is meanwhile.

A frozen stage is what it is in evaluation: batch norm by its running statistics, which stay,
nothing dropped. It takes no gradient, so that nothing is computed for one, and the optimizer leaves
its part of the vector alone. The vector is laid out once, for all phases.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from torch import Tensor, nn

from netwright.contract import Batch
from netwright.recipe import Recipe
from netwright.training.state import State
from netwright.training.steps.autograd import Step


def frozen_in(recipe: Recipe, epoch: int) -> int:
    """How many of the first stages are frozen in an epoch, counted from 0."""
    knobs = recipe.training
    return knobs.frozen - sum(after <= epoch for after in knobs.thaws)


def next_thaw(recipe: Recipe, epoch: int) -> int | None:
    """After how many epochs something is thawed the next time; None: nothing is any more."""
    return min((after for after in recipe.training.thaws if after > epoch), default=None)


def enter(state: State, recipe: Recipe) -> None:
    """Put the net into training mode, but for the stages that are frozen in this epoch."""
    state.net.train()
    if not state.stages:
        return
    state.frozen = frozen_in(recipe, state.epoch)
    if state.passed is not None:
        state.passed.on = state.frozen >= state.passed.count
    for module in state.frozen_modules:
        module.training = False
    moving = set(map(id, state.moving.parameters))
    for parameter in state.weights.parameters:
        parameter.requires_grad_(id(parameter) in moving)
    state.weights.gradient.zero_()


def leave(state: State) -> None:
    """Put the net back as it was made: all of it in training mode, and taking a gradient."""
    state.net.train()
    for parameter in state.weights.parameters:
        parameter.requires_grad_(True)


@contextlib.contextmanager
def evaluating(net: nn.Module) -> Iterator[None]:
    """The net in evaluation mode inside the block; after it each part is in the mode it was in."""
    modes = [(module, module.training) for module in net.modules()]
    net.eval()
    try:
        yield
    finally:
        for module, training in modes:
            module.training = training


@dataclass
class ByPhase:
    """The steps of a training that thaws: made anew in each phase, since what is recorded of a
    step holds what was frozen.

    Args:
        make: the way to step in the phase that begins.
    """

    state: State
    make: Callable[[], Step]
    step: Step | None = None
    frozen: int = 0

    def __call__(self, batch: Batch, total: Tensor) -> Tensor:
        if self.step is None or self.frozen != self.state.frozen:
            self.step, self.frozen = self.make(), self.state.frozen
        return self.step(batch, total)
