"""The way to step that needs no trial."""

from __future__ import annotations

from netwright.training.setup import TrainingSetup
from netwright.training.state import State
from netwright.training.steps import watched
from netwright.training.steps.autograd import Eager, Step
from netwright.training.steps.lanes import LaneStep
from netwright.training.steps.own import OwnStep


def of_the_system(setup: TrainingSetup, state: State) -> Step | None:
    """A step of the system's own, or one that hands tensors on; None: it has none."""
    if setup.system.step is not None:
        return OwnStep(setup.system, setup.recipe, state)
    return LaneStep(setup, state) if setup.system.carry is not None else None


def eager(setup: TrainingSetup, state: State) -> Eager:
    """By autograd; what the system watches is counted on the way."""
    loss, parts = watched.loss_of(setup, state.watched), setup.recipe.training.accumulate
    return Eager(state.net, loss, state.moving, setup.device, parts, state.watched)
