"""The learning rate before anything runs: the schedule of every step, and the rate that a short
sweep proposes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from netwright.base.errors import RecipeError, nearest
from netwright.recipe import Recipe, Schedule, merge, nest, read_recipe, resolved

if TYPE_CHECKING:
    from torch import nn

    from netwright.training.probes.lr_finder import Sweep

EXAMPLES = 64_000
"""Training examples where no source says how many there are."""


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
) -> Schedules:
    """The learning rate of every step of a training, without training.

    Args:
        names: schedules to lay side by side; none: the recipe's own.
        source: whose size and defaults are taken; None: ``examples`` training examples in batches
            of 64, 10 epochs.
        epochs, set, recipe: as for ``train``.
        examples: how many there are to train on.

    Raises:
        NetwrightError: an unknown schedule, or a recipe or source that cannot be used.
    """
    changes = {**({} if epochs is None else {"training.epochs": epochs}), **(set or {})}
    start, count, notes = _start(source, examples, changes, recipe)
    found, per_epoch = {}, 1
    known = get_args(Schedule.model_fields["name"].annotation)
    if unknown := [name for name in names if name not in known]:
        raise RecipeError(f"no schedule '{unknown[0]}'{nearest(unknown[0], known)}")
    for name in names or [start.schedule.name]:
        one, per_epoch, found[name] = _rates(start.changed({"schedule.name": name}), count)
        if one.optimizer.lr == "find":
            notes += (
                ("the finder will choose the peak; drawn as a share of it.",)
                if name == (names or [name])[0]
                else ()
            )
        if name == "plateau":
            notes += (
                (
                    f"plateau: drawn as while dev gets better; after {one.schedule.wait} epochs"
                    f" without, the rate is {one.schedule.factor:g} of it."
                ),
            )
    return Schedules(found, per_epoch, notes)


@dataclass(frozen=True)
class Found:
    """What the finder says.

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
    target: str | None = None,
    model: str | nn.Module | None = None,
    set: Mapping[str, Any] | None = None,
    recipe: str | Path | Recipe | None = None,
) -> Found:
    """Sweep the learning rate over less than an epoch and propose one; nothing is kept, the module
    is left as it was.

    Args:
        source, target, model, set, recipe: as for ``train``.

    Raises:
        NetwrightError: the data or the recipe cannot be used, or the loss is no number at the first
            step.
    """
    from netwright.api.training import start_of
    from netwright.training.probes import before_training, find_rate
    from netwright.training.setup import split

    system, reading, start = start_of(source, target, model, dict(set or {}), recipe)
    parts = split(system, reading.examples, start)
    wanted = start.changed({"optimizer.lr": "find"})
    setup, sweep = before_training.find_lr(system, wanted, parts)
    found = setup.recipe.changed({"optimizer.lr": sweep.proposal})
    return Found(sweep, found, (reading.source.why, find_rate.message(sweep)))


def _rates(recipe: Recipe, count: int) -> tuple[Recipe, int, list[float]]:
    from netwright.data import defaults
    from netwright.training.optim import schedules

    whole = defaults.with_rate(recipe)
    per_epoch, steps = schedules.length(whole, count)
    peak = 1.0 if whole.optimizer.lr == "find" else resolved(whole.optimizer.lr)
    return whole, per_epoch, schedules.rates(whole.schedule, peak, per_epoch, steps)


def _start(
    source: str | None,
    examples: int | None,
    changes: dict[str, Any],
    recipe: str | Path | Recipe | None,
) -> tuple[Recipe, int, tuple[str, ...]]:
    """The recipe, warm-up and rate still open; how many examples train; what was assumed."""
    if source is None:
        values = (
            recipe.model_dump(mode="json")
            if isinstance(recipe, Recipe)
            else read_recipe(recipe)
            if recipe
            else {}
        )
        written = Recipe.of(
            merge({k: v for k, v in values.items() if k != "search"}, nest(changes)),
            str(recipe or "recipe"),
        )
        if examples is not None and examples < 1:
            raise RecipeError(f"--examples {examples}: expected at least 1.")
        start = written.resolve({"training.epochs": 10, "training.batch_size": 64})
        count = examples or EXAMPLES
        return (
            start,
            count,
            (
                (
                    f"{count:,} training examples in batches of {start.training.batch_size}, as no"
                    " source says."
                ),
            ),
        )
    if examples is not None:
        raise RecipeError(
            "--examples is for a schedule without a source: the source says how many there are."
        )
    from netwright.api.training import completed, start_of

    system, reading, begun = start_of(source, None, None, changes, recipe)
    complete, counts = completed(system, reading, begun)
    kept = complete.changed(
        {"optimizer.lr": begun.optimizer.lr, "schedule.warmup": begun.schedule.warmup}
    )
    return kept, counts["train"], (reading.source.why,)
