"""The learning rate that a recipe leaves to the finder."""

from __future__ import annotations

from typing import Any

import numpy as np
from torch import nn

from netwright.base.errors import RecipeError
from netwright.base.seeds import seed_of
from netwright.contract import Codec, Examples, System
from netwright.recipe import Recipe, settled
from netwright.runs.mixing import loss_of, mixing
from netwright.training import lr_finder, optimizers, steps, weights
from netwright.training.batches import InMemory
from netwright.training.devices import Device
from netwright.training.loop import State
from netwright.training.lr_finder import Sweep


def settle(
    system: System, codec: Codec, net: nn.Module, device: Device, recipe: Recipe, train: Examples
) -> tuple[Recipe, Sweep | None]:
    """The recipe with the found rate where it says ``find``, and the sweep that found it; the net is left as it was."""
    if recipe.optimizer.lr != "find":
        return recipe, None
    found = sweep(system, codec, net, device, recipe, train)
    return recipe.changed({"optimizer.lr": found.proposal}), found


def sweep(system: System, codec: Codec, net: nn.Module, device: Device, recipe: Recipe, train: Examples) -> Sweep:
    """A sweep over at most ``STEPS`` batches of training examples.

    Raises:
        RecipeError: the loss is not finite at the very first step.
    """
    flat = weights.flatten(net, optimizers.kinds(net, recipe.optimizer))
    state = State(net, flat, optimizers.build(flat, recipe.optimizer), None)
    step = steps.Eager(net, loss_of(system, recipe), flat, device, recipe.training.accumulate)
    found = lr_finder.sweep(
        state, step, mixing(codec, recipe, device), _store(codec, device, recipe, train), recipe, device
    )
    if len(found.rates) < 2:
        raise RecipeError(
            f"the learning-rate finder saw a loss of {found.losses[0]:g} at its first step: set optimizer.lr by hand, "
            "or mend the net or its inputs first."
        )
    return found


def as_rows(found: Sweep) -> list[dict[str, Any]]:
    """One row a step, for ``lr_finder.csv``."""
    return [{"rate": rate, "loss": loss} for rate, loss in zip(found.rates, found.losses, strict=True)]


def said(found: Sweep) -> str:
    """What was found, in one line."""
    low, high = found.basin
    return (
        f"learning rate {found.proposal:g}, found by a sweep of {len(found.rates)} steps: "
        f"the loss is lowest between {low:.2g} and {high:.2g}"
    )


def _store(codec: Codec, device: Device, recipe: Recipe, train: Examples) -> InMemory:
    """As many examples as a sweep can read, drawn anew: the sweep's steps take less than an epoch of them."""
    most = lr_finder.STEPS * settled(recipe.training.batch_size)
    rng = np.random.default_rng(seed_of(recipe.training.seed, "finder examples"))
    rows = np.sort(rng.permutation(len(train))[:most]).tolist()
    return InMemory(codec.encode(train.take(rows)).to(device.where))
