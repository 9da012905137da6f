"""The learning rate that a recipe leaves to the finder."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import nn

from netwright.base.errors import RecipeError
from netwright.base.seeds import seed_of
from netwright.contract import Codec, Examples, System
from netwright.recipe import Recipe, resolved
from netwright.training.batching import example_weights
from netwright.training.batching.loader import BatchLoader
from netwright.training.batching.memory import InMemory
from netwright.training.batching.training_loss import training_loss
from netwright.training.devices import Device
from netwright.training.optim import flat_weights, optimizers
from netwright.training.probes import lr_finder
from netwright.training.probes.lr_finder import Sweep
from netwright.training.state import State
from netwright.training.steps import autograd


def resolve(
    system: System, codec: Codec, net: nn.Module, device: Device, recipe: Recipe, train: Examples
) -> tuple[Recipe, Sweep | None]:
    """The recipe with the found rate where it says ``find``, and the sweep that found it; the net
    is left as it was.
    """
    if recipe.optimizer.lr != "find":
        return recipe, None
    found = sweep(system, codec, net, device, recipe, train)
    return recipe.changed({"optimizer.lr": found.proposal}), found


def sweep(
    system: System, codec: Codec, net: nn.Module, device: Device, recipe: Recipe, train: Examples
) -> Sweep:
    """A sweep over at most ``STEPS`` batches of training examples, drawn, weighted and mixed as the
    training's are.

    Raises:
        RecipeError: the loss is not finite at the very first step.
    """
    flat = flat_weights.flatten(net, optimizers.kinds(net, recipe.optimizer))
    state = State(net, flat, optimizers.build(flat, recipe.optimizer), None)
    rows, counted = _rows(recipe, train), example_weights.weights_of(recipe, train)
    store: BatchLoader = InMemory(codec.encode(train.take(rows.tolist())).to(device.torch_device))
    some = None if counted is None else counted[rows]
    loss, codec, store = training_loss(system, recipe, codec, store, some, device)
    step = autograd.Eager(net, loss, flat, device, recipe.training.accumulate)
    found = lr_finder.sweep(state, step, codec, store, recipe, device)
    if len(found.rates) < 2:
        raise RecipeError(
            f"the learning-rate finder saw a loss of {found.losses[0]:g} at its first step: set"
            " optimizer.lr by hand, or mend the net or its inputs first."
        )
    return found


def as_rows(found: Sweep) -> list[dict[str, Any]]:
    """One row a step, for ``lr_finder.csv``."""
    return [
        {"rate": rate, "loss": loss} for rate, loss in zip(found.rates, found.losses, strict=True)
    ]


def summary(found: Sweep) -> dict[str, float]:
    """What a report needs to draw it."""
    low, high = found.basin
    return {"rate": found.proposal, "low": low, "high": high}


def message(found: Sweep) -> str:
    """What was found, in one line."""
    low, high = found.basin
    return (
        f"learning rate {found.proposal:g}, found by a sweep of {len(found.rates)} steps: "
        f"the loss is lowest between {low:.2g} and {high:.2g}"
    )


def _rows(recipe: Recipe, train: Examples) -> NDArray[np.int64]:
    """As many examples as a sweep can read, drawn as training draws them: its steps take less than
    an epoch of them.
    """
    most = min(len(train), lr_finder.STEPS * resolved(recipe.training.batch_size))
    rng = np.random.default_rng(seed_of(recipe.training.seed, "finder examples"))
    shares = example_weights.draw_weights(recipe, train)
    if shares is None:
        return np.sort(rng.permutation(len(train))[:most])
    return np.sort(rng.choice(len(train), most, p=(shares / shares.sum()).numpy()))
