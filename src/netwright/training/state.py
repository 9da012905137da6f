"""All that changes during training, in one value."""

from __future__ import annotations

from dataclasses import dataclass, field

from torch import Tensor, nn

from netwright.training.freezing.passed import PassedStages
from netwright.training.optim.flat_weights import Weights
from netwright.training.optim.optimizers import FlatOptimizer


@dataclass
class State:
    """All that changes during training; ``checkpoints`` saves and restores it.

    Args:
        step: steps done.
        epoch, done: whole epochs done, and steps of the one after them.
        place: how far the training is on its course, see ``course``: ``step``, where all epochs
            are of one length.
        average: of the weights, (P,), or None when the recipe keeps none, or none yet; see
            ``averages``.
        ceiling: the largest loss of the first ten steps; what a later loss is held against.
        lr_scale: what is left of the rate that the schedule says; whoever measures dev sets it
            (``plateau``).
        rate: of the step that is being taken.
        memory: what a system's own steps remember, by name.
        carry: what the last step left to the next, of a system that hands tensors on.
        watched: the epoch's sums of what the system watches, changed in place; see
            ``steps.watched``.
        stages: of the net, by depth, those that are frozen in some epoch; see ``freezing``.
        frozen: how many of them are now, the first ones.
        passed: the stages that are not run while all of them are frozen; None: all are run.
    """

    net: nn.Module
    weights: Weights
    optimizer: FlatOptimizer
    average: Tensor | None
    step: int = 0
    epoch: int = 0
    done: int = 0
    place: float = 0
    ceiling: float = 0.0
    lr_scale: float = 1.0
    rate: float = 0.0
    memory: dict[str, Tensor] = field(default_factory=dict)
    carry: tuple[Tensor, ...] = ()
    watched: Tensor | None = None
    stages: tuple[tuple[nn.Module, ...], ...] = ()
    frozen: int = 0
    passed: PassedStages | None = None

    @property
    def moving(self) -> Weights:
        """The weights that are moved now."""
        return self.weights.unfrozen(self.frozen)

    @property
    def frozen_modules(self) -> set[nn.Module]:
        """All modules that are frozen now."""
        tops = (module for stage in self.stages[: self.frozen] for module in stage)
        return {module for top in tops for module in top.modules()}
