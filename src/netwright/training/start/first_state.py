"""A net as it is before its first step, with all that changes while it is trained."""

from __future__ import annotations

from torch import nn

from netwright.training import synchronize
from netwright.training.freezing import phases, stages
from netwright.training.optim import averages, flat_weights, optimizers
from netwright.training.setup import TrainingSetup
from netwright.training.state import State
from netwright.training.steps import watched


def first_state(setup: TrainingSetup) -> State:
    """Of the training: its net works together with those of other processes, if there are any."""
    several = setup.device.world > 1
    return state_of(setup, synchronize.synchronize(setup.net) if several else setup.net)


def state_of(setup: TrainingSetup, net: nn.Module) -> State:
    """The same of a net that is as the setup's; its weights lie in one vector from now on."""
    recipe, system = setup.recipe, setup.system
    frozen = stages.frozen_stages(system, net, recipe)
    each = stages.stage_of_each(net, frozen) if frozen else None
    depth = None
    if recipe.optimizer.depth_factor < 1:
        depth = stages.stage_of_each(net, stages.stages_of(system, net))
    flat = flat_weights.flatten(net, optimizers.kinds(net, recipe.optimizer, each, depth))
    state = State(
        net,
        flat,
        setup.optimizer(flat),
        averages.start(recipe, flat.vector),
        memory=system.memory(net, recipe),
        watched=watched.start(system, setup.device.torch_device),
        stages=tuple(tuple(map(net.get_submodule, stage)) for stage in frozen),
        passed=setup.passed,
    )
    phases.enter(state, recipe)
    return state
