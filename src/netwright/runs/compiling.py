"""The compiled step of a training, made before its first step; the record notes what it cost and
when it pays.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from netwright.contract import Codec
from netwright.recipe import settled
from netwright.runs.job import Job
from netwright.training import batches, compiled, loop, steps


def compiled_step(
    job: Job,
    eager: steps.Eager,
    codec: Codec,
    store: batches.Store,
    left: int,
    say: Callable[[str], None],
) -> steps.Step:
    """The step compiled for full batches.

    Before the first step, not at the second batch as a recorded one: a resumed training takes every
    step as it was taken.

    Args:
        left: steps to go.

    Raises:
        RecipeError: the net cannot be compiled.
    """
    knobs = job.recipe.training
    rows = batches.order(len(store), settled(knobs.batch_size), knobs.seed, 0)[:1]
    batch = next(iter(store.batches(rows)))
    eager.net.train()
    prepared = codec.prepare(batch, job.recipe, loop.draws(job.recipe, 0, len(batch), job.device))
    step, costs = compiled.compile_step(eager, prepared)
    job.record.note(compiled={**dataclasses.asdict(costs), "break_even": costs.break_even})
    say(costs.words(left))
    return step
