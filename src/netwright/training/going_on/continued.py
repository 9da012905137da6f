"""A complete run goes on: as a new run that begins where the old one ended.

The old run is a record and stays as it is, whatever becomes of the new one. The new one begins as a
copy of it that is not complete, with the state of its last step as checkpoint and the change of
settings as a tweak at that step; what follows is what follows any kill: the training restores,
makes the tweak, and steps on. So it has the curves from the first epoch on, can itself be stopped,
resumed and repeated, and on the same data ``20 + 20`` epochs take the very steps that 40 take,
but for what the schedule plans by the end.
"""

from __future__ import annotations

import contextlib
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from netwright.base.errors import DataError, RunError
from netwright.base.figures import counted, readable
from netwright.base.files import copy
from netwright.contract import AnySystem, Reading
from netwright.metrics.measure import loss_of, value_of
from netwright.recipe import Recipe, resolved
from netwright.runs import codecs
from netwright.runs import reading as runs_reading
from netwright.runs.annotations import overlay
from netwright.runs.choosing.choice import rank
from netwright.runs.environment import environment
from netwright.runs.keeping import promises, stages
from netwright.runs.project import Project
from netwright.runs.reading import WEIGHTS
from netwright.runs.record import Record
from netwright.training import checkpoints, evaluate
from netwright.training.batching.hold import Loaders, hold_splits
from netwright.training.batching.train_batches import course_of, plan_of
from netwright.training.freezing import transfer
from netwright.training.going_on import kept_splits
from netwright.training.live import live_knobs, past_changes
from netwright.training.optim.schedules import factor
from netwright.training.recording import opening
from netwright.training.recording.message_log import MessageLog
from netwright.training.setup import (
    TrainingSetup,
    arranged,
    as_trained,
    assemble,
    laid_out,
    parts_of,
    without_test,
)
from netwright.training.trainer import PreparedTraining

COPIED = (
    "recipe.yaml",
    "codec.json",
    "data.json",
    "splits.parquet",
    "curves.csv",
    "steps.csv",
    "abandoned.csv",
    "layers.csv",
    "lr_finder.csv",
    "events.jsonl",
    "net.safetensors",
    overlay.FILE,
)
"""What the new run begins with, beside the state; what a training writes at its end is not."""

OF_THE_OLD = (
    "id",
    "process",
    "baseline",
    "repeats",
    "search",
    "round",
    "trial",
    "compiled",
    "estimate",
    "time_limit",
    "trained",
    "promised",
)
"""Entries of run.json that are not the new run's."""


@dataclass(frozen=True)
class _Data:
    """The data as they are now.

    Args:
        assigned: the split of every example.
        same: whether they are those that the old run ended with.
        new, gone: how many examples, by their content.
    """

    reading: Reading
    assigned: list[str]
    same: bool
    new: int = 0
    gone: int = 0


def begin(
    system: AnySystem,
    old: Record,
    reading: Reading,
    recipe: Recipe,
    changes: Mapping[str, Any],
    store: Path,
    project: Project,
) -> PreparedTraining:
    """A new run in ``store`` that goes on from the end of a complete one.

    The examples that the old run knew stay in their splits; the codec stays as it was fitted.

    Args:
        recipe: the old run's, as it began.
        changes: knob -> value, of those that can change while a run trains; they must lead further.

    Raises:
        RunError: the old run keeps no state to go on from, would not go further, or cannot encode
            the data as they are now.
        RecipeError: a change that needs another net, other data or a new run.
    """
    _check_state(old)
    then = past_changes.recipe_after(old, recipe)
    if recipe.training.max_examples != then.training.max_examples:
        # where it ended by its time, or by a tweak, is no end for what goes on
        changes = {"training.max_examples": recipe.training.max_examples, **changes}
    after = live_knobs.changed(then, changes, epoch=old.info().get("epochs", 0))
    data = _data(system, old, arranged(system, reading, recipe), recipe)
    setup, loaders = _setup(system, old, recipe, data)
    line = _check_further(old, setup, loaders, (then, after), same=data.same)
    with opening.new_record(store, recipe, setup.device) as (record, hold):
        log = MessageLog(record if setup.device.main else None)
        log.lines += [*old.info()["messages"], _origin(old, data), *line]
        if setup.device.main:
            _copy(old, record, setup)
            _note_place(record, data.reading, recipe)
            _write_state(old, record, setup, loaders, same=data.same)
            if not data.same:
                _write_data(record, system, setup, data, project)
            note_changes(record, then, after, changes)
            _note(old, record, setup, log.lines, project, same=data.same)
        return PreparedTraining(record, setup, loaders, log, hold.pop_all())


def _write_data(
    record: Record, system: AnySystem, setup: TrainingSetup, data: _Data, project: Project
) -> None:
    contents = system.contents(without_test(setup.splits))
    found = opening.findings(system, data.reading, data.assigned, contents, project)
    opening.write_data(record, system, data.reading, setup.splits, data.assigned, found, contents)


def note_changes(record: Record, before: Recipe, after: Recipe, changes: Mapping[str, Any]) -> None:
    """Note a change of settings where the training goes on: it makes it there, now and whenever
    the run is resumed or repeated.
    """
    done = past_changes.done(record)
    step, epoch, _ = checkpoints.position(record.state) if record.has_state else (0, 0, 0)
    record.event(
        "tweak",
        number=past_changes.next_number(record),
        # changes that a kill has undone are made again before
        step=max([step, *(int(event["step"]) for event in done)]),
        epoch=epoch,
        changes={key: [before.value(key), after.value(key)] for key in changes},
    )


def change(training: PreparedTraining, recipe: Recipe, changes: Mapping[str, Any]) -> None:
    """Change settings of an unfinished run where it goes on.

    Args:
        recipe: the run's, as it began.

    Raises:
        RecipeError: a change that needs another net, other data or a new run.
    """
    record = training.record
    before = past_changes.recipe_after(record, recipe)
    after = live_knobs.changed(before, changes, epoch=record.info().get("epochs", 0))
    if training.setup.device.main:
        if promises.is_trained_only(record):  # it is to take more steps
            promises.withdraw(record)
        note_changes(record, before, after, changes)


def _check_state(old: Record) -> None:
    if not old.has_state:
        raise RunError(
            f"{old.id} is complete: nothing to resume, and it keeps no state to go on from, only"
            " its weights (it is of an earlier netwright, or was tidied); train again with more"
            f" epochs, {stages.by_recipe(old.path, old.info())} --epochs N."
        )


def _data(system: AnySystem, old: Record, reading: Reading, recipe: Recipe) -> _Data:
    if old.mapping("data.json").get("fingerprint") == reading.fingerprint:
        return _Data(reading, old.splits_of(reading.examples), same=True)
    before = runs_reading.table(old.path, "splits.parquet")
    assigned = kept_splits.assign(system, reading.examples, recipe, before)
    now, known = set(reading.examples.ids), set(before["id"])
    return _Data(reading, assigned, same=False, new=len(now - known), gone=len(known - now))


def _setup(
    system: AnySystem, old: Record, recipe: Recipe, data: _Data
) -> tuple[TrainingSetup, Loaders]:
    """The old run's net, to be given its weights, and the data encoded as it did."""
    parts = parts_of(data.reading.examples, data.assigned)
    parts, _, _ = overlay.of_parts(system, parts, overlay.kept(old.path))
    for split in ("train", "dev"):
        if split not in parts:
            raise RunError(f"{old.id} cannot go on: its data hold no example of {split} any more.")
    codec = codecs.load(system, old)
    checkpoints.check_fits(old.state, lambda: system.model(codec, recipe), "net.")
    seen = as_trained(system, recipe, parts)
    setup = laid_out(transfer.gone_on(assemble(system, recipe, codec, seen), old.state))
    try:
        with codecs.on_own_data(old) if data.same else contextlib.nullcontext():
            return setup, hold_splits(setup)
    except DataError as error:
        if data.same:
            raise
        raise RunError(
            f"{old.id} cannot go on with the data as they are now, which it reads as it learned to"
            f" read those before: {str(error).rstrip('.')}; train anew."
        ) from None


def _check_further(
    old: Record,
    setup: TrainingSetup,
    loaders: Loaders,
    recipes: tuple[Recipe, Recipe],
    *,
    same: bool,
) -> list[str]:
    """See that the training has something to do; what the schedule makes of its new length, in a
    line where that shows.

    Args:
        recipes: at the old run's end, and from there on.

    Raises:
        RunError: it would end where it is.
    """
    then, after = recipes
    before, course = (course_of(setup.with_recipe(one), loaders.train) for one in recipes)
    _, epoch, done = checkpoints.position(old.state)
    length = len(plan_of(setup, loaders.train)(epoch)) if same and done else 1
    place = course.place(epoch, done if same else 0, length)
    epochs, knobs = old.info().get("epochs", 0), after.training
    if knobs.patience is not None and epochs - old.info().get("epoch_kept", 0) >= knobs.patience:
        raise RunError(
            f"{old.id} ended since dev got no better in training.patience = {knobs.patience}"
            " epochs, and would end again: give it more, --set training.patience=N, or null."
        )
    if place >= course.steps:
        raise RunError(_too_short(old, knobs.max_examples, epochs))
    rates = [
        factor(recipe.schedule, at, one.steps, one.steps / one.per_epoch)
        for recipe, one, at in ((then, before, before.steps - 1), (after, course, place))
    ]
    if math.isclose(*rates, rel_tol=0.02):
        return []
    peak, whole = resolved(after.optimizer.lr), counted(course.epochs, "epoch")
    return [
        f"the rate of schedule.name = {after.schedule.name} is planned by the end: it had come to"
        f" {readable(peak * rates[0], 2)}, and goes on at {readable(peak * rates[1], 2)}, as in a"
        f" training of {whole}"
    ]


def _too_short(old: Record, max_examples: int | None, epochs: int) -> str:
    again = stages.resume(old.path, old.info())
    if max_examples is not None:
        return (
            f"{old.id} is complete: training.max_examples = {max_examples:,} ended it; give it"
            f" more, {again} --set training.max_examples=N, or null."
        )
    return (
        f"{old.id} is complete: nothing to resume; to go on from its {counted(epochs, 'epoch')}"
        f" say how many there shall be in all: {again} --epochs {2 * epochs}."
    )


def _origin(old: Record, data: _Data) -> str:
    """Where the run goes on from, and how its data differ."""
    line = f"goes on from {old.id}, after {counted(old.info().get('epochs', 0), 'epoch')}"
    if data.same:
        return line
    return (
        f"{line}; its data have changed since: {counted(data.new, 'example')} new,"
        f" {data.gone:,} gone; those that it knew stay in their splits"
    )


# --- what is written


def _copy(old: Record, record: Record, setup: TrainingSetup) -> None:
    for name in COPIED:
        if old.has(name):
            copy(old.inside(name), record.inside(name))
    record.write_json("environment.json", environment(str(setup.device)))


def _note_place(record: Record, reading: Reading, recipe: Recipe) -> None:
    """Where the data lie now, once they were moved."""
    place = reading.source.path
    known = record.mapping("data.json")
    if known.get("source") in (None, place):
        return
    record.write_json("data.json", {**known, "source": place})
    record.write_recipe(recipe.to_yaml())


def _write_state(
    old: Record, record: Record, setup: TrainingSetup, loaders: Loaders, *, same: bool
) -> None:
    """The state as it was; on other data the epoch begins anew, and the weights that are the best
    so far are measured on dev as it is now.
    """
    if same:
        copy(old.state, record.state)
        return
    net, metric = setup.net, setup.system.metrics[0]
    checkpoints.load_weights(old.inside(WEIGHTS), net)
    found = evaluate.answers(
        net, setup.system, setup.codec, loaders.dev, setup.recipe, units=setup.dev_units
    )
    loss = loss_of(setup.dev, found.losses, found.counts)
    key = rank(value_of(metric, setup.dev, found.answers), (loss,), metric.better)
    checkpoints.copy_at_epoch(old.state, record.state, {"best_key": key})


def _note(
    old: Record,
    record: Record,
    setup: TrainingSetup,
    lines: list[str],
    project: Project,
    *,
    same: bool,
) -> None:
    """Last: from now on it is a run."""
    info = old.info()
    kept = {key: value for key, value in info.items() if key not in OF_THE_OLD}
    kept |= {
        "status": "running",
        "message": "",
        "continues": old.id,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "process": os.getpid(),
        "splits": {split: len(examples) for split, examples in setup.splits.items()},
        "messages": lines,
        "data_changed": not same or info.get("data_changed", False),
        **project.named_from(record.path),
    }
    record.note(**kept)
