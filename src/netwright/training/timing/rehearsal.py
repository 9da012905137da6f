"""A few steps before the first one, on a copy of the net: how long the training will take."""

from __future__ import annotations

import copy
import statistics
import time
from dataclasses import replace

from netwright.recipe import resolved
from netwright.training import loop
from netwright.training.batching import example_weights
from netwright.training.batching.hold import Loaders
from netwright.training.batching.train_batches import course_of, train_batches
from netwright.training.devices import cpu_threads
from netwright.training.freezing import phases
from netwright.training.setup import TrainingSetup
from netwright.training.start.first_state import first_state
from netwright.training.steps import plain
from netwright.training.timing.pace import Pace

FEWEST, MOST = 2, 20
"""Steps that are timed, after one that is not: it warms up."""

LONG = 0.3
"""Seconds after which no further one is taken."""

FORWARD = 1 / 3
"""Of the time of a step, what it takes to answer as many examples."""

clock = time.perf_counter
"""What a pace is measured by; a benchmark beside other work counts CPU seconds."""


def rehearse(setup: TrainingSetup, loaders: Loaders) -> Pace:
    """The pace of a training's own steps, on the batches of its first epoch, by autograd; the net,
    and all that is drawn, stay as they are. Several processes step together, by the main one's
    clock. Where stages are thawed on the way, each phase counts by its epochs.
    """
    course = course_of(setup, loaders.train)
    end = course.steps / course.per_epoch  # in epochs: training.max_examples may end it sooner
    begins = [0, *sorted({after for after in setup.recipe.training.thaws if after < end})]
    ends = [*begins[1:], end]
    found = [_of_phase(setup, loaders, epoch) for epoch in begins]
    weights = [end - begin for begin, end in zip(begins, ends, strict=True)]
    mean = sum(w * one.step for w, one in zip(weights, found, strict=True)) / sum(weights)
    dev = sum(w * one.evaluation for w, one in zip(weights, found, strict=True)) / sum(weights)
    return Pace(mean, dev, sum(one.rehearsed for one in found))


def _of_phase(setup: TrainingSetup, loaders: Loaders, epoch: int) -> Pace:
    """Of the phase that begins with this epoch, counted from 0."""
    trial = replace(setup, net=copy.deepcopy(setup.net))
    train = trial.train_units.units
    weights = example_weights.weights_of(trial.system, trial.recipe, train)
    batches = train_batches(trial, loaders.train, weights)
    state, course = first_state(trial), course_of(trial, loaders.train)
    state.epoch = epoch
    phases.enter(state, trial.recipe)
    step = plain.of_the_system(trial, state) or plain.eager(trial, state)
    steps = loop.train(state, step, batches, course, trial.recipe, trial.device)
    times, sizes, begun = list[float](), list[int](), clock()
    with cpu_threads(resolved(trial.recipe.training.threads)):
        for result in steps:
            float(result.loss)  # waits for an accelerator
            now = clock()
            times.append(setup.device.agree(now - begun))
            sizes.append(result.examples)
            begun = now
            if len(times) > MOST or (len(times) > FEWEST and sum(times) > LONG):
                break
    found = statistics.median(times[1:] or times)
    answered = len(trial.dev_units) / statistics.mean(sizes)
    return Pace(found, FORWARD * answered * found, len(times))
