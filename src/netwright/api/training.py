"""Train: from a source and a recipe to a run that is kept, diagnosed and reported."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from time import time as wall_clock
from typing import TYPE_CHECKING, Any

from netwright import systems
from netwright.api.earlier_names import also_called
from netwright.api.reading import read, read_again, read_to_learn, with_weights
from netwright.api.recipes import OWN, Given, from_run, give, wanted
from netwright.api.run import Run, expect_system, with_module
from netwright.base.errors import DataError, NetwrightError, RecipeError, RunError
from netwright.data.several_targets.names import in_a_line
from netwright.recipe import Recipe
from netwright.runs import store as stores

if TYPE_CHECKING:
    from torch import nn

    from netwright.contract import AnySystem, Examples, Reading
    from netwright.runs.project import Project
    from netwright.runs.record import Record
    from netwright.training.trainer import PreparedTraining, Progress


@also_called(log="say")
def train(
    source: Any = None,
    *,
    target: str | Sequence[str] | None = None,
    weights: Any = None,
    model: str | nn.Module | None = None,
    epochs: int | None = None,
    time: str | float | None = None,
    set: Mapping[str, Any] | None = None,
    recipe: str | Path | Recipe | None = None,
    system: str | Path | None = None,
    start: str | None = None,
    human_error: float | None = None,
    store: str | Path | None = None,
    resume: str | None = None,
    repeat: str | None = None,
    watch: Callable[[Progress], None] | None = None,
    log: Callable[[str], None] | None = None,
    tensorboard: str | None = None,
    started: float | None = None,
) -> Run:
    """Train on ``source``, keep the run, diagnose it and write its report.

    Args:
        source: a ready data set's name, a folder, a file, (x, y) arrays or tensors, or a data frame
            with ``target``.
        target: what to predict: a column, several, or a class of boxes.
        weights: (N,) how much each example of data in memory counts, at least 0; of a table name
            the column, ``data.weight``.
        model: an architecture's name, or a module of your own that maps prepared inputs to (B,
            classes) or (B, 1).
        epochs, set: changes to the recipe, ``set={"optimizer.lr": 0.01}``.
        time: how long all of it may take, ``"10m"``, ``"1.5h"`` or seconds: as many epochs as fit,
            where the recipe leaves them to ``auto``.
        recipe: a recipe file, the name of a preset (``sketch``, ``quick``) or an object to start
            from.
        system: the kind of problem, by its name or by the folder of one of your own; None: from the
            data.
        start: an earlier run of the same system that training starts from, ``model.start``: its
            weights, its codec and, where you say nothing else, its net.
        human_error: what people reach, for the diagnosis.
        store: where runs are kept (default: ``runs``).
        resume: the id of an unfinished run to go on with; or of a complete one, with more
            ``epochs``: a new run then goes on from its end, on its source as that is now. ``set``
            takes what can change while a run trains; ``source`` is needed only if it was data in
            memory.
        repeat: the id of a run to train anew as it was trained, by its recipe and with its tweaks
            at their steps; as for ``resume``.
        watch: called with each ``Progress``.
        log: called with each line about what was chosen and why, before training begins, and with
            an estimate of how long it will take.
        tensorboard: a folder to which the curves are written for TensorBoard, too.
        started: when the process began (``time.time``), to measure the time to the first step.

    Raises:
        NetwrightError: the data or the recipe cannot be used; nothing is kept then.
        DivergenceError: training diverged; the run keeps the best weights.
        KeyboardInterrupt: it was stopped; the run can be resumed.
    """
    begun = wall_clock() if started is None else started
    from netwright.api import timing
    from netwright.runs import to_tensorboard
    from netwright.training import trainer
    from netwright.training.timing import rehearsal

    limit = timing.seconds_of(time)
    folder, source = stores.folder(store), with_weights(source, weights)
    if tensorboard is not None:
        to_tensorboard.check(Path(tensorboard))
    module = None if isinstance(model, str) else model
    if resume is None and repeat is None:
        changes = changes_of(epochs, system, set, start)
        found, reading, given = start_of(source, target, model, changes, recipe, folder)
        project = _project(folder, found, human_error)
        timing.check(limit, given)
        training = trainer.prepare(found, reading, given, folder, project)
        note_origin(training)
        most = None if given.training.epochs == "auto" else given.training.epochs
    else:
        named = model if isinstance(model, str) else None
        other = repeat if resume else None
        _refuse_changes(target=target, recipe=recipe, model=named, start=start, repeat=other)
        if resume is None:
            _refuse_changes(epochs=epochs, time=time, set=set)
        name = str(resume or repeat)
        expect_system(Run(stores.find(name, folder)), system)
        if resume is None:
            training = _repeat(name, folder, source, module, human_error)
        else:
            changes = changes_of(epochs, None, set)
            if limit is not None:
                changes = timing.long_enough(stores.find(name, folder), changes)
            training = _resume(name, folder, source, module, human_error, changes)
        most = epochs
    main = training.setup.device.main
    if log is not None or limit is not None:
        training = dataclasses.replace(
            training, pace=rehearsal.rehearse(training.setup, training.loaders)
        )
    if limit is not None and main:
        timing.note(training.record, limit, most, ahead=wall_clock() - begun)
    _to_the_end(training, started, log if main else None, watch if main else None, resume=resume)
    run = Run(training.record, module)
    if main:
        if repeat is not None:
            _compare(run, Run(stores.find(run.info["repeats"], folder)), log)
        run = _diagnosed(run, training, human_error, tensorboard)
    return run


def _to_the_end(
    training: PreparedTraining,
    started: float | None,
    log: Callable[[str], None] | None,
    watch: Callable[[Progress], None] | None,
    *,
    resume: str | None,
) -> None:
    """Train; however it ends, the record says so."""
    from netwright.training import trainer

    record, main = training.record, training.setup.device.main
    with record.held() if main else contextlib.nullcontext():
        try:
            for progress in trainer.fit(training, started, log):
                if watch is not None:
                    watch(progress)
        except NetwrightError as error:
            if main:
                _note_refusal(record, error, begun=resume is not None)
            raise
        except KeyboardInterrupt:
            if main and record.info()["status"] == "running":
                record.note(status="stopped", message="stopped by hand")
            raise KeyboardInterrupt(record.id) from None


def _diagnosed(
    run: Run, training: PreparedTraining, human_error: float | None, tensorboard: str | None
) -> Run:
    """The run with its views, the worst mistakes as pictures, the diagnosis, the report."""
    from netwright.api import views
    from netwright.runs import to_tensorboard
    from netwright.runs.answers import mistakes

    mistakes.keep(run.record, run.system, training.setup.dev)
    views.make(run, training.setup.dev)
    _, files = run.diagnosed(human_error)
    if tensorboard is not None:
        to_tensorboard.to_tensorboard(run.record, Path(tensorboard))
    return dataclasses.replace(run, held=files)


def _note_refusal(record: Record, error: NetwrightError, *, begun: bool) -> None:
    """Nothing is kept of a run that never began; one that was to go on can still go on."""
    if not begun and isinstance(error, DataError | RecipeError):
        record.discard()
    elif record.info()["status"] == "running":
        record.note(status="stopped", message=str(error))


def _project(folder: Path, system: AnySystem, human_error: float | None) -> Project:
    """The settings for the runs of a store, once the error of people is one that a run of this
    system can be diagnosed with.
    """
    from netwright.doctor.human_error import first_known
    from netwright.runs import project as projects

    project = projects.of_store(folder)
    first_known(
        system.metrics[0],
        ("human_error", human_error),
        (f"{project.path}: human_error", project.human_error),
    )
    return project


def start_of(
    source: Any,
    target: str | Sequence[str] | None,
    model: Any,
    changes: dict[str, Any],
    recipe: str | Path | Recipe | Given | None,
    runs: Path | None = None,
) -> tuple[AnySystem, Reading, Recipe]:
    """The system, the examples and the system's recipe (with its ``auto`` values) that a training
    or a search begins with.

    Args:
        runs: the store of the run that it starts from, where it does; None: the usual one.

    Raises:
        NetwrightError: the data or the recipe cannot be used.
    """
    if "system" in changes:  # a folder that the person named, here; never one that a file names
        changes["system"] = systems.named(changes["system"])
    own = None if model is None or isinstance(model, str) else f"{OWN}{type(model).__name__}"
    for key, value in (
        ("data.source", None if source is None else _named(source)),
        ("data.target", in_a_line(target)),
        ("model.name", own or model),
    ):
        give(changes, key, value)
    given = from_run(wanted(recipe, changes), stores.folder(runs))
    shared = given.shared()
    if source is None and not shared.data.source:
        raise RecipeError(
            "nothing to train on: name a source, for example 'digits', a folder of images or a"
            " table."
        )
    if own is None and shared.model.name.startswith(OWN):
        raise RecipeError(
            f"model '{shared.model.name}' is a module of a person's own: give it again,"
            " netwright.train(model=module)."
        )
    system, reading = read_to_learn(shared.data.source if source is None else source, shared)
    if model is not None and not isinstance(model, str):
        system = with_module(system, model)
    return system, reading, given.of(system)


def _named(source: Any) -> str:
    """A source as a recipe names it; data in memory have no name."""
    return str(source) if isinstance(source, str | Path) else ""


def completed(system: AnySystem, reading: Reading, start: Recipe) -> tuple[Recipe, int]:
    """The recipe with its ``auto`` values replaced, before anything is trained; and how many dev
    examples have a known target.
    """
    from netwright.training.setup import split

    parts = split(system, reading.examples, start)
    judging = sum(target is not None for target in parts["dev"].targets)
    return system.complete(start.changed({"system": system.name}), parts["train"]), judging


def train_split(
    system: AnySystem, reading: Reading, start: Recipe
) -> tuple[Examples, dict[str, int]]:
    """The training split; and how many examples each split has."""
    from netwright.data import splits

    examples = system.arrange(reading.examples, start)
    assigned = splits.as_wanted(system, examples, start)
    train = examples.take([row for row, name in enumerate(assigned) if name == "train"])
    return train, {name: assigned.count(name) for name in dict.fromkeys(assigned)}


def _refuse_changes(**given: Any) -> None:
    if changed := [name for name, value in given.items() if value]:
        raise RecipeError(
            f"{changed[0]} cannot change when a run goes on or is repeated: leave it out, or train"
            " anew."
        )


def _resume(
    name: str,
    folder: Path,
    source: Any,
    module: Any,
    human_error: float | None,
    changes: Mapping[str, Any],
) -> PreparedTraining:
    """An unfinished run, on the same data; or a new run that goes on from the end of a complete
    one.
    """
    from netwright.training import trainer
    from netwright.training.going_on import continued

    run, reading = _as_it_was("resume", name, folder, source, module)
    project = _project(folder, run.system, human_error)
    if run.info["status"] == "complete":
        return continued.begin(
            run.system, run.record, reading, run.recipe, changes, folder, project
        )
    if not run.record.has("splits.parquet"):
        raise RunError(
            f"{run.id} stopped before its data were split: train again from"
            f" {run.record.path / 'recipe.yaml'}."
        )
    training = trainer.reopen(run.system, run.record, reading, run.recipe)
    if changes:
        continued.change(training, run.recipe, changes)
    return training


def _repeat(
    name: str, folder: Path, source: Any, module: Any, human_error: float | None
) -> PreparedTraining:
    """A new run by the record of an earlier one, on the same data."""
    from netwright.training import trainer
    from netwright.training.live import past_changes
    from netwright.training.start import earlier

    run, reading = _as_it_was("repeat", name, folder, source, module)
    if run.info.get("data_changed"):
        raise RunError(
            f"{run.id} went on from {run.info['continues']} on data that had changed: it cannot be"
            " repeated as it was; train anew on the data as they are now."
        )
    trainer.check_same_data(run.record, reading)
    project = _project(folder, run.system, human_error)
    recipe = run.recipe
    if recipe.model.start:
        recipe = recipe.changed({"model.start": earlier.again(run.record, folder)})
    anew = trainer.prepare(run.system, reading, recipe, folder, project)
    note_origin(anew)
    if anew.setup.device.main:
        past_changes.repeat(anew.record, run.record)
        anew.record.note(repeats=run.id, differs=run.info["differs"])
    return anew


def _as_it_was(way: str, name: str, folder: Path, source: Any, module: Any) -> tuple[Run, Reading]:
    """An earlier run, and the data that it was trained on, read again; ``way`` is the argument that
    named it.
    """
    run = Run(stores.find(name, folder), module)
    origin = run.recipe.data.source if source is None else source
    if module is None and run.recipe.model.name.startswith(OWN):
        raise RunError(
            f"{run.id} was trained with a module of yours: give it again,"
            f" netwright.train({way}='{run.id}', model=module)."
        )
    if isinstance(origin, str) and not origin:
        raise RunError(
            f"{run.id} was trained on data in memory: give them again, netwright.train((x, y),"
            f" {way}='{run.id}')."
        )
    again = read_again(run.id, run.recipe) if source is None else read(source, run.recipe)
    return run, again


def _compare(run: Run, earlier: Run, log: Callable[[str], None] | None) -> None:
    """Report, and note, whether the weights came out the same."""
    if run.info.get("weights") == earlier.info.get("weights"):
        line = f"repeats {earlier.id}: the same weights, bit for bit"
    elif earlier.info["status"] != "complete":
        line = (
            f"repeats {earlier.id}, which is {earlier.record.status}: nothing to compare the"
            " weights with"
        )
    else:
        here, there = (one.record.mapping("environment.json") for one in (run, earlier))
        apart = [key for key, value in here.items() if key != "command" and there.get(key) != value]
        line = f"repeats {earlier.id}: other weights" + (
            f"; what differs: {', '.join(apart)}" if apart else ""
        )
    run.record.note(messages=[*run.info["messages"], line])
    if log is not None:
        log(line)


def note_origin(training: PreparedTraining) -> None:
    """Keep in the record where a system from outside the package is from."""
    origin = systems.origin(training.setup.system.name)
    if origin and training.setup.device.main:
        training.record.note(system_origin=origin)


def changes_of(
    epochs: int | None,
    system: str | Path | None,
    settings: Mapping[str, Any] | None,
    start: str | None = None,
) -> dict[str, Any]:
    """The changes to a recipe that have an argument of their own, and all others."""
    changes = dict(settings or {})
    give(changes, "training.epochs", epochs)
    give(changes, "system", system)
    give(changes, "model.start", start)
    return changes
