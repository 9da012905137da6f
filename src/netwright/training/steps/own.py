"""A step of the system's own, in place of gradient and optimizer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from torch import Tensor

from netwright.contract import AnySystem, Batch
from netwright.training.state import State


@dataclass(frozen=True)
class OwnStep:
    """It moves the weights itself, at the rate that the loop has put into the state; no gradient
    is left, and the optimizer beside it moves nothing.
    """

    system: AnySystem
    recipe: Any
    state: State

    def __call__(self, batch: Batch, total: Tensor) -> Tensor:
        assert self.system.step is not None
        state = self.state
        loss: Tensor = self.system.step(state.net, batch, self.recipe, state.rate, state.memory)
        return loss.detach()
