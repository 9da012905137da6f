"""The compiled step of a training, made before its first step."""

from __future__ import annotations

from netwright.recipe import resolved
from netwright.training import loop
from netwright.training.batching import order
from netwright.training.batching.training_loss import Descent
from netwright.training.setup import TrainingSetup
from netwright.training.steps import autograd, compiled
from netwright.training.steps.compiled import Costs
from netwright.training.steps.traced import Traced


def compiled_step(
    setup: TrainingSetup, eager: autograd.Eager, descent: Descent
) -> tuple[Traced, Costs]:
    """The step compiled for full batches, and what it cost.

    Before the first step, not at the second batch as a recorded one: a resumed training takes every
    step as it was taken.

    Raises:
        RecipeError: the net cannot be compiled.
    """
    recipe, knobs = setup.recipe, setup.recipe.training
    count = len(descent.loader)
    rows = order.order(count, resolved(knobs.batch_size), knobs.seed, 0)[:1]
    batch = next(iter(descent.loader.batches(rows)))
    eager.net.train()
    draws = loop.draws(recipe, 0, len(batch), setup.device)
    return compiled.compile_step(eager, descent.codec.prepare(batch, recipe, draws))
