"""The compiled step of a training, made before its first step; the record notes what it cost and
when it pays.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from netwright.contract import Codec
from netwright.recipe import resolved
from netwright.training import loop
from netwright.training.batching import loader, order
from netwright.training.setup import TrainingSetup
from netwright.training.steps import autograd, compiled


def compiled_step(
    job: TrainingSetup,
    eager: autograd.Eager,
    codec: Codec,
    store: loader.BatchLoader,
    left: int,
    say: Callable[[str], None],
) -> autograd.Step:
    """The step compiled for full batches.

    Before the first step, not at the second batch as a recorded one: a resumed training takes every
    step as it was taken.

    Args:
        left: steps to go.

    Raises:
        RecipeError: the net cannot be compiled.
    """
    knobs = job.recipe.training
    rows = order.order(len(store), resolved(knobs.batch_size), knobs.seed, 0)[:1]
    batch = next(iter(store.batches(rows)))
    eager.net.train()
    prepared = codec.prepare(batch, job.recipe, loop.draws(job.recipe, 0, len(batch), job.device))
    step, costs = compiled.compile_step(eager, prepared)
    job.record.note(compiled={**dataclasses.asdict(costs), "break_even": costs.break_even})
    say(costs.words(left))
    return step
