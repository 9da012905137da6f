"""Batch norm's running mean and variance computed anew for weights that never trained with them.

The running statistics of training belong to the weights of the last steps; averaged weights have
others. Here they are the plain means over batches of training examples with the weights fixed:
``torch.optim.swa_utils.update_bn``; Wu and Johnson 2021, "Rethinking 'Batch' in BatchNorm", section
3 (precise batch norm). Two choices: dropout and augmentation are off, as they are when the net is
used, and no more than 10,000 examples are read, which the paper finds to be enough.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from netwright.base.errors import RecipeError
from netwright.contract import AnySystem, Codec
from netwright.recipe import Recipe, resolved
from netwright.training import carry
from netwright.training.batching import order
from netwright.training.batching.loader import BatchLoader
from netwright.training.freezing.phases import evaluating

Frozen: TypeAlias = AbstractSet[nn.Module]

MOST = 10_000
"""Training examples that are read, at most."""


def wanted(recipe: Recipe, net: nn.Module, frozen: Frozen = frozenset()) -> bool:
    """Whether the recipe asks for it: ``auto`` does for ``swa``, and nothing is to be done without
    batch norm that is not frozen.
    """
    knob = recipe.training.reestimate
    return bool(_norms(net, frozen)) and (
        recipe.training.average_kind == "swa" if knob == "auto" else knob
    )


def check(recipe: Recipe, net: nn.Module) -> None:
    """Refuse to estimate what the net does not have.

    Raises:
        RecipeError: ``training.reestimate`` is true, and the net has no batch norm.
    """
    if recipe.training.reestimate is True and not _norms(net):
        raise RecipeError(
            f"training.reestimate = true: model '{recipe.model.name}' has no batch norm whose"
            " running statistics could be estimated; expected false or auto, or a net with batch"
            " norm."
        )


@contextlib.contextmanager
def reestimated(
    net: nn.Module,
    system: AnySystem,
    codec: Codec,
    loader: BatchLoader,
    recipe: Recipe,
    frozen: Frozen = frozenset(),
) -> Iterator[None]:
    """The net with statistics estimated anew inside the block, and with those of training after
    it; see ``estimate``.
    """
    buffers = [buffer for norm in _norms(net, frozen) for buffer in norm.buffers()]
    before = [buffer.clone() for buffer in buffers]
    try:
        estimate(net, system, codec, loader, recipe, frozen)
        yield
    finally:
        for buffer, old in zip(buffers, before, strict=True):
            buffer.copy_(old)


@torch.no_grad()
def estimate(
    net: nn.Module,
    system: AnySystem,
    codec: Codec,
    loader: BatchLoader,
    recipe: Recipe,
    frozen: Frozen = frozenset(),
) -> None:
    """Set every batch norm's running statistics to the mean over batches of ``loader``; draws no
    random number.

    The batches are drawn plainly, as evenly cut as may be, at most ``MOST`` examples; also where
    the system plans others to learn from, as answers are given to examples as they come.

    Args:
        frozen: modules whose statistics stay.
    """
    with evaluating(net), _measuring(_norms(net, frozen)):
        for encoded in loader.batches(_rows(len(loader), recipe)):
            batch = carry.begun(system, net, codec.prepare(encoded, recipe, None), recipe)
            system.forward(net, batch, recipe)


def _rows(count: int, recipe: Recipe) -> list[Tensor]:
    size = resolved(recipe.training.batch_size)
    rows = torch.cat(order.order(count, size, recipe.training.seed, 0))[:MOST]
    return list(torch.tensor_split(rows, max(1, round(len(rows) / size))))


@contextlib.contextmanager
def _measuring(norms: list[_BatchNorm]) -> Iterator[None]:
    """These alone in training mode, their statistics cleared and averaged with equal weight, in
    this process alone.
    """
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.train()
        _set(norm, None, alone=True)
    try:
        yield
    finally:
        for norm, momentum in zip(norms, momenta, strict=True):
            _set(norm, momentum, alone=False)


def _set(norm: Any, momentum: float | None, *, alone: bool) -> None:
    norm.momentum, norm.alone = momentum, alone


def _norms(net: nn.Module, frozen: Frozen = frozenset()) -> list[_BatchNorm]:
    return [
        layer
        for layer in net.modules()
        if isinstance(layer, _BatchNorm) and layer.track_running_stats and layer not in frozen
    ]
