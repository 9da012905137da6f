"""The learning rate before training: the schedule, and the rate that a short sweep proposes."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from netwright.api.recipes import wanted
from netwright.base.errors import RecipeError, nearest
from netwright.recipe import Recipe, Schedule, resolved
from netwright.runs import store as stores

if TYPE_CHECKING:
    from torch import nn

    from netwright.training.probes.lr_finder import Sweep

EXAMPLES = 64_000
"""Training examples where no source says how many there are."""

MOST_STEPS = 2_000_000
"""Steps of a schedule that is drawn: more is a slip of the finger, and a list that fills memory."""


@dataclass(frozen=True)
class Schedules:
    """What the rate will be.

    Args:
        rates: name of the schedule -> the learning rate of every step.
        per_epoch: steps of an epoch.
        notes: what was assumed, and what cannot be known ahead.
    """

    rates: dict[str, list[float]]
    per_epoch: int
    notes: tuple[str, ...]

    def picture(self) -> str:
        """All of them in one picture, as SVG."""
        from netwright.plots.schedule import schedules

        return schedules(self.rates, self.per_epoch)


def schedule(
    names: Sequence[str] = (),
    *,
    source: str | None = None,
    epochs: int | None = None,
    examples: int | None = None,
    set: Mapping[str, Any] | None = None,
    recipe: str | Path | Recipe | None = None,
    system: str | Path | None = None,
) -> Schedules:
    """The learning rate of every step of a training, without training.

    Args:
        names: schedules to lay side by side; none: the recipe's own.
        source: whose size and defaults are taken; None: ``examples`` training examples in batches
            of 64, 10 epochs.
        epochs, set, recipe, system: as for ``train``; the system of the source.
        examples: how many there are to train on.

    Raises:
        NetwrightError: an unknown schedule, or a recipe or source that cannot be used.
    """
    from netwright.api.beginning import changes_of

    changes = changes_of(epochs, system, set)
    start, complete, count, notes = _start(source, examples, changes, recipe)
    rates, per_epoch = {}, 1
    known = get_args(Schedule.model_fields["name"].annotation)
    if unknown := [name for name in names if name not in known]:
        raise RecipeError(f"no schedule '{unknown[0]}'{nearest(unknown[0], known)}")
    for name in names or [start.schedule.name]:
        whole = complete(start.changed({"schedule.name": name}))
        per_epoch, rates[name] = _rates(whole, count)
        if whole.optimizer.lr == "find" and len(rates) == 1:
            notes = (*notes, "the finder will choose the peak; drawn as a fraction of it.")
        if name == "plateau":
            part = whole.schedule
            note = (
                f"plateau: drawn as while dev gets better; after {part.wait} epochs without, the"
                f" rate is {part.factor:g} of it."
            )
            notes = (*notes, note)
    return Schedules(rates, per_epoch, notes)


@dataclass(frozen=True)
class FoundRate:
    """What the finder found.

    Args:
        sweep: rates, losses and batch size of its steps.
        recipe: what it was swept for, with the rate proposed.
        notes: what was chosen and why, a line each.
    """

    sweep: Sweep
    recipe: Recipe
    notes: tuple[str, ...]

    @property
    def rate(self) -> float:
        """The rate proposed."""
        return self.sweep.proposal

    def picture(self) -> str:
        """The loss against the rate, as SVG."""
        from netwright.plots.lr_finder import lr_sweep

        sweep = self.sweep
        return lr_sweep(sweep.rates, sweep.losses, basin=sweep.basin, proposal=sweep.proposal)


def find_lr(
    source: Any = None,
    *,
    target: str | Sequence[str] | None = None,
    model: str | nn.Module | None = None,
    set: Mapping[str, Any] | None = None,
    recipe: str | Path | Recipe | None = None,
    system: str | Path | None = None,
) -> FoundRate:
    """Sweep the learning rate over at most 100 steps, and propose one.

    Nothing is kept, and a module of your own is left as it was.

    Args:
        source, target, model, set, recipe, system: as for ``train``.

    Raises:
        NetwrightError: the data or the recipe cannot be used, or the loss is no number at the first
            step.
    """
    from netwright.api.beginning import changes_of, start_of
    from netwright.training.probes import before_training, find_rate
    from netwright.training.setup import split

    changes = changes_of(None, system, set)
    found_system, reading, start = start_of(source, target, copy.deepcopy(model), changes, recipe)
    parts = split(found_system, reading.examples, start)
    open_rate = start.changed({"optimizer.lr": "find"})
    setup, sweep = before_training.find_lr(found_system, open_rate, parts, stores.folder())
    found = setup.recipe.changed({"optimizer.lr": sweep.proposal})
    return FoundRate(sweep, found, (reading.source.why, find_rate.message(sweep)))


def _rates(whole: Recipe, count: int) -> tuple[int, list[float]]:
    """Steps of an epoch, and the rate of every step, by a completed recipe."""
    from netwright.training.optim import schedules

    per_epoch, steps = schedules.length(whole, count)
    if steps > MOST_STEPS:
        raise RecipeError(
            f"training.epochs = {whole.training.epochs}: {steps:,} steps of {per_epoch:,} an epoch;"
            f" expected at most {MOST_STEPS:,} to draw. Fewer epochs or larger batches."
        )
    peak = 1.0 if whole.optimizer.lr == "find" else resolved(whole.optimizer.lr)
    return per_epoch, schedules.rates(whole.schedule, peak, per_epoch, steps)


def _start(
    source: str | None,
    examples: int | None,
    changes: dict[str, Any],
    recipe: str | Path | Recipe | None,
) -> tuple[Recipe, Callable[[Recipe], Recipe], int, tuple[str, ...]]:
    """The recipe; what replaces its ``auto`` values; how many examples train; what was assumed."""
    if source is None:
        from netwright.data import defaults

        start, count, note = _without_source(examples, changes, recipe)
        return start, defaults.with_rate, count, (note,)
    if examples is not None:
        raise RecipeError(
            "--examples is for a schedule without a source: the source says how many there are."
        )
    from netwright.api.beginning import start_of, train_split

    system, reading, start = start_of(source, None, None, changes, recipe)
    train, counts = train_split(system, reading, start)
    return (
        start,
        lambda recipe: system.completed(recipe, train),
        counts["train"],
        (reading.source.why,),
    )


def _without_source(
    examples: int | None, changes: dict[str, Any], recipe: str | Path | Recipe | None
) -> tuple[Recipe, int, str]:
    written = wanted(recipe, changes).shared()
    if examples is not None and examples < 1:
        raise RecipeError(f"--examples {examples}: expected at least 1.")
    start = written.resolve({"training.epochs": 10, "training.batch_size": 64})
    count = examples or EXAMPLES
    note = (
        f"{count:,} training examples in batches of {start.training.batch_size}, as no source says."
    )
    return start, count, note
