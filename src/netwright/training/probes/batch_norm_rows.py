"""Batch norm takes the variance over a batch: a part of a single value a channel has none."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from netwright.base.errors import RecipeError
from netwright.contract import Batch
from netwright.recipe import key_of, resolved
from netwright.training.batching import order
from netwright.training.batching.train_batches import planned
from netwright.training.setup import TrainingSetup


def check(setup: TrainingSetup, few: Batch) -> None:
    """Refuse a batch norm over a single value a channel; images have as many as pixels there.

    Args:
        few: encoded training examples, one at least; the first goes through the net.

    Raises:
        RecipeError: a step would give it no more.
    """
    knobs = setup.recipe.training
    norms = [layer for layer in setup.net.modules() if isinstance(layer, _BatchNorm)]
    if not norms or (knobs.batch_size == "largest" and setup.system.plan is None):
        return
    sizes = _sizes(setup)
    if min(len(torch.arange(size).chunk(knobs.accumulate)[-1]) for size in sizes) > 1:
        return
    if _values(setup, few.take(torch.arange(1, device=few.count.device)), norms) > 1:
        return
    parts = f" in {knobs.accumulate} parts (training.accumulate)" if knobs.accumulate > 1 else ""
    batches = f"training.batch_size = {knobs.batch_size}"
    if setup.system.plan is not None:
        batches = f"a batch of {min(sizes):,} that the system '{setup.system.name}' plans"
    raise RecipeError(
        f"{batches} of {len(setup.train_units):,} training examples{parts} leaves batch norm a"
        " single example, which has no variance: expected parts of 2 examples or more, or another"
        f" norm ({key_of(type(setup.recipe), 'norm')})."
    )


def _sizes(setup: TrainingSetup) -> set[int]:
    """How many examples the batches of the first epoch have."""
    knobs, count = setup.recipe.training, len(setup.train_units)
    if setup.system.plan is not None:
        return set(map(len, planned(setup, 0)))
    if knobs.batch_tokens is not None:  # as many as fit, and these at least
        return {min(count, max(2, setup.device.world))}
    return set(map(len, order.order(count, resolved(knobs.batch_size), 0, 0)))


@torch.no_grad()
def _values(setup: TrainingSetup, one: Batch, norms: list[_BatchNorm]) -> int:
    """The fewest values a channel that a batch norm gets of one example; draws no random number."""
    found: list[int] = []

    def note(norm: nn.Module, inputs: tuple[torch.Tensor]) -> None:
        found.append(inputs[0].numel() // inputs[0].shape[1])

    net, training = setup.net, setup.net.training
    hooks = [norm.register_forward_pre_hook(note) for norm in norms]
    try:
        prepared = setup.codec.prepare(one.to(setup.device.torch_device), setup.recipe, None)
        setup.loss(net.eval(), prepared)
    finally:
        net.train(training)
        for hook in hooks:
            hook.remove()
    return min(found, default=2)
