"""The learning rate that a recipe leaves to the finder."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray

from netwright.base.errors import RecipeError
from netwright.base.seeds import seed_of
from netwright.recipe import Recipe, resolved
from netwright.runs.rows import SweepRow
from netwright.training.batching import example_weights
from netwright.training.batching.loader import BatchLoader
from netwright.training.batching.train_batches import planned, train_batches
from netwright.training.probes import lr_finder
from netwright.training.probes.lr_finder import Sweep
from netwright.training.setup import TrainingSetup
from netwright.training.start.first_state import state_of
from netwright.training.steps import autograd

Rows = NDArray[np.int64]


def sweep(setup: TrainingSetup, loader: BatchLoader, rows: Rows) -> Sweep:
    """A sweep over at most ``STEPS`` batches of training examples, drawn, weighted and mixed as the
    training's are; the net is left as it was.

    Args:
        loader: the training examples at ``rows``, see ``rows_of``.

    Raises:
        RecipeError: the loss is not finite at the very first step.
    """
    recipe, device = setup.recipe, setup.device
    state = state_of(setup, setup.net)
    counted = example_weights.weights_of(setup.system, recipe, setup.train_units.units)
    weights = None if counted is None else counted[rows]
    batches = train_batches(setup, loader, weights, rows_drawn=True)
    if setup.system.plan is not None:
        renumbered = [torch.from_numpy(np.searchsorted(rows, some)) for some in _planned(setup)]
        batches = replace(batches, plan=lambda epoch: renumbered)
    step = autograd.Eager(setup.net, setup.loss, state.moving, device, recipe.training.accumulate)
    found = lr_finder.sweep(state, step, batches, recipe, device)
    if len(found.rates) < 2:
        raise RecipeError(
            f"the learning-rate finder saw a loss of {found.losses[0]:g} at its first step: set"
            " optimizer.lr by hand, or mend the net or its inputs first."
        )
    return found


def announced(recipe: Recipe) -> str:
    """What is about to be done, in one line."""
    return (
        f"finding the learning rate: up to {lr_finder.STEPS} steps of"
        f" {recipe.training.batch_size} examples (--set optimizer.lr=0.01 takes that instead)"
    )


def rows_of(setup: TrainingSetup) -> Rows:
    """As many training examples as a sweep can read, drawn as training draws them, or those of the
    batches that the system plans first; all of them where they are fewer than a sweep has places
    for.
    """
    recipe, count = setup.recipe, len(setup.train_units)
    if setup.system.plan is not None:
        return np.unique(np.concatenate([some.ravel() for some in _planned(setup)]))
    most = min(count, lr_finder.STEPS * resolved(recipe.training.batch_size))
    rng = np.random.default_rng(seed_of(recipe.training.seed, "finder examples"))
    weights = example_weights.draw_weights(setup.system, recipe, setup.train_units.units)
    if weights is None:
        return np.sort(rng.permutation(count)[:most])
    return np.sort(rng.choice(count, most, p=(weights / weights.sum()).numpy()))


def _planned(setup: TrainingSetup) -> list[Rows]:
    """The first batches that the system plans, as many as a sweep has steps, (B,) or (B, k)."""
    batches = (some.numpy() for epoch in itertools.count() for some in planned(setup, epoch))
    return list(itertools.islice(batches, lr_finder.STEPS))


def as_rows(found: Sweep) -> list[SweepRow]:
    """One row a step, for ``lr_finder.csv``."""
    return [SweepRow(*pair) for pair in zip(found.rates, found.losses, strict=True)]


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
