"""The compiled step of a training, made before its first step."""

from __future__ import annotations

from netwright.training import loop
from netwright.training.batching.train_batches import TrainBatches
from netwright.training.setup import TrainingSetup
from netwright.training.steps import autograd, compiled
from netwright.training.steps.compiled import Costs
from netwright.training.steps.traced import Traced


def compiled_step(
    setup: TrainingSetup, eager: autograd.Eager, batches: TrainBatches
) -> tuple[Traced, Costs]:
    """The step compiled for full batches, and what it cost.

    Before the first step, not at the second batch as a recorded one: a resumed training takes every
    step as it was taken.

    Raises:
        RecipeError: the net cannot be compiled.
    """
    recipe = setup.recipe
    rows = batches.plan(0)[:1]
    batch = next(iter(batches.batches(rows, setup.device)))
    draws = loop.draws(recipe, 0, len(batch), setup.device)
    return compiled.compile_step(eager, batches.prepare(batch, draws))
