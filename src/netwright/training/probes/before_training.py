"""Trials without a training: on a few examples that are encoded for them alone; nothing is kept."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch

from netwright.contract import AnySystem, Batch, Examples
from netwright.recipe import Recipe
from netwright.training.batching import hold, loader, memory, mixing
from netwright.training.probes import batch_norm_rows, choose_speed, find_rate, fit_memory
from netwright.training.probes.lr_finder import Sweep
from netwright.training.probes.trial_step import FEW, TrialStep
from netwright.training.setup import TrainingSetup, build, laid_out
from netwright.training.start import earlier


def trial_step(
    system: AnySystem, recipe: Recipe, parts: Mapping[str, Examples], runs: Path
) -> TrialStep:
    """A step of the training that would begin on these splits, to be measured.

    Args:
        runs: the store of the run that it starts from, where it does.

    Raises:
        NetwrightError: the data or the recipe do not allow it.
    """
    setup = build(system, recipe, parts, earlier.read(system, recipe, runs))
    train, knobs = setup.train_units.units, setup.recipe.training
    encoded = setup.codec.encode(train.take(range(min(len(train), FEW))))
    few = encoded.padded()
    mixing.check(setup, few)
    batch_norm_rows.check(setup, few)
    setup = laid_out(setup.with_recipe(choose_speed.resolve(setup, few)))
    size = loader.row_bytes(encoded) * (len(train) + len(setup.dev_units))
    held = 0 if knobs.batches == "stream" else min(size, knobs.memory * loader.MIB)
    if encoded.lengths:
        few = _longest(setup)
    return TrialStep(setup, few, held)


def _longest(setup: TrainingSetup) -> Batch:
    """The training examples that take the most room: all are encoded to find them."""
    knobs, cpu = setup.recipe.training, torch.device("cpu")
    budget = knobs.memory * loader.MIB
    found, _ = hold.hold(
        setup.train_units.units, setup.codec, cpu, place=knobs.batches, budget=budget
    )
    return loader.longest(found, FEW)


def find_lr(
    system: AnySystem, recipe: Recipe, parts: Mapping[str, Examples], runs: Path
) -> tuple[TrainingSetup, Sweep]:
    """The setup of the training that would begin, and a sweep of its learning rate.

    Args:
        runs: as for ``trial_step``.

    Raises:
        NetwrightError: the data or the recipe do not allow it.
    """
    trial = trial_step(system, recipe, parts, runs)
    setup = trial.setup
    if setup.recipe.training.batch_size == "largest":
        setup = setup.with_recipe(fit_memory.resolve(trial)[0])
    rows = find_rate.rows_of(setup)
    encoded = setup.codec.encode(setup.train_units.units.take(rows.tolist()))
    swept = memory.InMemory(encoded.to(setup.device.torch_device))
    return setup, find_rate.sweep(setup, swept, rows)
