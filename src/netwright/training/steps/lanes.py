"""Steps of a system that hands tensors from one to the next: lanes of contiguous text, streams."""

from __future__ import annotations

from dataclasses import replace

from torch import Tensor, nn

from netwright.contract import Batch
from netwright.training.setup import TrainingSetup
from netwright.training.state import State
from netwright.training.steps.autograd import Eager
from netwright.training.steps.watched import losses_of


class LaneStep:
    """A step by autograd on what the step before it left, through which no gradient flows; the
    first step of an epoch begins anew.
    """

    def __init__(self, setup: TrainingSetup, state: State) -> None:
        self.setup, self.state = setup, state
        self.losses = losses_of(setup, state.watched)
        self.eager = Eager(state.net, self._loss, state.moving, setup.device)

    def __call__(self, batch: Batch, total: Tensor) -> Tensor:
        """See ``autograd.Step``.

        Raises:
            ValueError: an epoch's batches have not the same number of rows.
        """
        setup, state = self.setup, self.state
        assert setup.system.carry is not None
        if state.done == 0:
            state.carry = setup.system.carry(state.net, setup.recipe, len(batch))
        lanes = state.carry[0].shape[0]
        if lanes != len(batch):
            raise ValueError(
                f"the plan of {setup.system.name} has a batch of {len(batch)} rows in an epoch of"
                f" {lanes} lanes: each batch has a row of every lane"
            )
        return self.eager(replace(batch, carry=state.carry), total)

    def _loss(self, net: nn.Module, batch: Batch) -> Tensor:
        setup = self.setup
        outputs = setup.system.forward(net, batch, setup.recipe)
        self.state.carry = tuple(left.detach() for left in setup.system.carried(outputs))
        return self.losses(net, outputs, batch)
