"""Mixup and cutmix in training, for any system: the inputs of two examples mixed, the loss of
both targets.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from netwright.base.errors import RecipeError
from netwright.contract import Batch, Draws, Mixed
from netwright.data.images.augment.mix import draw_mix, mix
from netwright.recipe import Augment, key_of
from netwright.training.devices import Device
from netwright.training.setup import TrainingSetup


def mixed(batch: Batch, policy: Augment, draws: Draws, device: Device) -> Batch:
    """The prepared batch mixed; partners come from the whole batch, whichever process holds
    them.
    """
    drawn = draw_mix(policy, draws.seed, draws.step, draws.total, batch.inputs[0].shape[2:])
    whole = (
        batch if device.world == 1 else batch.map(lambda tensor: _gathered(tensor, draws, device))
    )
    rows = drawn.partners.to(batch.count.device)[draws.rows]
    partners = Mixed(
        tuple(t.index_select(0, rows) for t in whole.targets),
        whole.count.index_select(0, rows),
        None if whole.weight is None else whole.weight.index_select(0, rows),
        torch.full_like(batch.count, drawn.lam),
    )
    inputs = tuple(mix(x, w, rows, drawn) for x, w in zip(batch.inputs, whole.inputs, strict=True))
    return replace(batch, inputs=inputs, mix=partners)


def check(setup: TrainingSetup, few: Batch) -> None:
    """Refuse to mix what has no mean.

    Args:
        few: encoded training examples.

    Raises:
        RecipeError: the net reads whole numbers (categories, words), an example holds several
            labels, or what cutmix shall cut is no image.
    """
    policy = setup.system.mixes(setup.recipe)
    if policy is None:
        return
    knob = "mixup" if policy.mixup else "cutmix"
    wish = f"{key_of(type(setup.recipe), knob)} = {getattr(policy, knob):g}"
    batch = setup.codec.prepare(few, setup.recipe, None)
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
    if policy.cutmix and any(x.dim() != 4 for x in batch.inputs):
        raise RecipeError(
            f"{key_of(type(setup.recipe), 'cutmix')} = {policy.cutmix:g}: only images have"
            " rectangles to cut, and the source holds none; expected 0, or mixup."
        )


def _gathered(tensor: Tensor, draws: Draws, device: Device) -> Tensor:
    """(N, ...): the rows of all processes, in the order of the global batch."""
    whole = tensor.new_zeros((draws.total, *tensor.shape[1:]))
    whole[draws.rows] = tensor
    return device.total(whole)
