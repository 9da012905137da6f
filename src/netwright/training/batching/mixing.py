"""Mixup and cutmix in training, for any system: the inputs of two examples mixed, the loss of
both targets.

A mixed batch is an ordinary batch whose targets are (own, partner's, lam, own count, partner's
count); the step works it through, traced or in parts, like any other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from netwright.base.errors import RecipeError
from netwright.contract import Answer, AnswerColumns, Batch, Codec, Draws, Examples
from netwright.data.images.augment.mix import draw_mix, mix, mixes
from netwright.recipe import Augment, Recipe
from netwright.training.devices import Device
from netwright.training.evaluate import CachedForward

Loss = Callable[[nn.Module, Batch], Tensor]
"""(net, prepared batch) -> (B,) losses."""


@dataclass(frozen=True)
class MixingCodec:
    """A codec whose batches are mixed when training prepares them."""

    codec: Codec
    device: Device

    def encode(self, examples: Examples) -> Batch:
        """As the codec does."""
        return self.codec.encode(examples)

    def prepare(self, batch: Batch, recipe: Any, draws: Draws | None) -> Batch:
        """As the codec does; in training, then mixed."""
        prepared = self.codec.prepare(batch, recipe, draws)
        return prepared if draws is None else mixed(prepared, recipe.augment, draws, self.device)

    def decode(self, net: nn.Module, batch: Batch, recipe: Any) -> list[Answer] | AnswerColumns:
        """As the codec does."""
        return self.codec.decode(net, batch, recipe)


def mixing(codec: Codec, recipe: Recipe, device: Device) -> Codec:
    """The codec itself when nothing is mixed."""
    return MixingCodec(codec, device) if mixes(recipe.augment) else codec


def mixed(batch: Batch, policy: Augment, draws: Draws, device: Device) -> Batch:
    """The prepared batch mixed; partners come from the whole batch, whichever process holds
    them.
    """
    drawn = draw_mix(policy, draws.seed, draws.step, draws.total, batch.inputs[0].shape[2:])
    whole = (
        batch if device.world == 1 else batch.map(lambda tensor: _gathered(tensor, draws, device))
    )
    rows = drawn.partners.to(batch.count.device)[draws.rows]
    other = whole.count.index_select(0, rows)
    lam = torch.full_like(batch.count, drawn.lam)
    targets = (
        *batch.targets,
        *(t.index_select(0, rows) for t in whole.targets),
        lam,
        batch.count,
        other,
    )
    inputs = tuple(mix(x, w, rows, drawn) for x, w in zip(batch.inputs, whole.inputs, strict=True))
    return Batch(inputs, targets, torch.lerp(other, batch.count, lam))


def mixed_loss(loss: Loss) -> Loss:
    """lambda L(y) + (1 - lambda) L(y') of a mixed batch; the net is run once."""

    def both(net: nn.Module, batch: Batch) -> Tensor:
        cached = CachedForward(net, training=net.training)
        *targets, lam, own, other = batch.targets
        half = len(targets) // 2
        first = loss(cached, Batch(batch.inputs, tuple(targets[:half]), own))
        second = loss(cached, Batch(batch.inputs, tuple(targets[half:]), other))
        return lam * first + (1 - lam) * second

    return both


def check(recipe: Recipe, codec: Codec, few: Batch) -> None:
    """Refuse to mix what has no mean.

    Args:
        few: encoded training examples.

    Raises:
        RecipeError: the net reads whole numbers (categories, words), an example holds several
            labels, or what cutmix shall cut is no image.
    """
    if not mixes(recipe.augment):
        return
    knob = "mixup" if recipe.augment.mixup else "cutmix"
    wish = f"augment.{knob} = {getattr(recipe.augment, knob):g}"
    batch = codec.prepare(few, recipe, None)
    if not all(x.is_floating_point() for x in batch.inputs):
        raise RecipeError(
            f"{wish}: the model reads categories or words, of which no mean can be taken;"
            " expected 0."
        )
    if float(batch.count.max()) > 1:
        raise RecipeError(
            f"{wish}: an example holds several labels, at places that differ from its partner's;"
            " expected 0."
        )
    if recipe.augment.cutmix and any(x.dim() != 4 for x in batch.inputs):
        raise RecipeError(
            f"augment.cutmix = {recipe.augment.cutmix:g}: only images have rectangles to cut, and"
            " the source holds none; expected 0, or augment.mixup."
        )


def _gathered(tensor: Tensor, draws: Draws, device: Device) -> Tensor:
    """(N, ...): the rows of all processes, in the order of the global batch."""
    whole = tensor.new_zeros((draws.total, *tensor.shape[1:]))
    whole[draws.rows] = tensor
    return device.total(whole)
