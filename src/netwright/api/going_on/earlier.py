"""A training that goes on from an earlier run, or repeats it."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netwright.api.beginning import note_origin, project_of
from netwright.api.kept import own_data
from netwright.api.reading import read, read_again
from netwright.api.run import Run
from netwright.base.errors import NetwrightWarning, RecipeError, RunError
from netwright.recipe.model import OWN
from netwright.runs import store as stores
from netwright.runs.keeping import promises, stages
from netwright.runs.reading import WEIGHTS

if TYPE_CHECKING:
    from netwright.contract import Reading
    from netwright.recipe import Recipe
    from netwright.runs.human_levels import HumanError
    from netwright.runs.record import Record
    from netwright.studies.study import Study
    from netwright.training.trainer import PreparedTraining


def named(resume: str | None, repeat: str | None) -> str | None:
    """The earlier run that is gone on with or repeated; None: neither.

    Raises:
        RecipeError: both.
        RunError: it cannot be the name of a run.
    """
    if resume is not None and repeat is not None:
        raise RecipeError("resume and repeat exclude each other: name one.")
    name = resume if repeat is None else repeat
    return None if name is None else stores.checked(name)


def refuse_with_folds(folds: int | None, **given: Any) -> None:
    """Refuse what a study of folds cannot be asked for.

    Raises:
        RecipeError: it is, or no number of folds is named.
    """
    if folds is None:
        raise RecipeError("keep says what is kept of folds: name their number, --folds 5.")
    if wanted := [name for name, value in given.items() if value is not None]:
        raise RecipeError(
            f"{wanted[0]} and folds exclude each other: leave one out (a study of folds goes on by"
            " the same command, or by --resume STUDY)."
        )


def study_named(resume: str | None, runs: Path) -> Study | None:
    """The study that is gone on with, where the name is no run's; None: it is none."""
    if resume is None or not resume.strip() or stores.is_run(resume, runs):
        return None
    from netwright.studies.study import named

    return named(resume, runs)


def refuse_changes(**given: Any) -> None:
    if changed := [name for name, value in given.items() if value]:
        raise RecipeError(
            f"{changed[0]} cannot change when a run goes on or is repeated: leave it out, or train"
            " anew."
        )


def resume(
    name: str,
    folder: Path,
    source: Any,
    module: Any,
    human_error: HumanError | None,
    changes: Mapping[str, Any],
) -> PreparedTraining:
    """An unfinished run, on the same data; or a new run that goes on from the end of a complete
    one.
    """
    from netwright.training import trainer
    from netwright.training.going_on import continued

    _expect_begun(stores.opened(name, folder))
    _refuse_kept(stores.opened(name, folder))
    run, reading = as_it_was("resume", name, folder, source, module)
    project = project_of(folder, run.system, human_error)
    lacks = promises.missing(run.record)
    if lacks and not run.record.has_state:
        raise RunError(
            f"{run.id} lacks {lacks[0]}, and keeps no state to make it from: put it back from a"
            " copy."
        )
    if run.info["status"] == "complete" and (changes or not lacks):
        return continued.begin(
            run.system,
            run.record,
            reading,
            _of_source(run.recipe, source),
            changes,
            folder,
            project,
        )
    if not changes:
        _warn_of_divergence(run.record)
    training = trainer.reopen(run.system, run.record, reading, run.recipe)
    if changes:
        continued.change(training, run.recipe, changes)
    return training


def _warn_of_divergence(record: Record) -> None:
    """Say that the steps which a run goes on with diverged before."""
    info = record.info()
    if info["status"] != "diverged":
        return
    at = "".join(f" at step {event['step'] + 1:,}" for event in record.events("diverged")[-1:])
    warnings.warn(
        f"{record.id} diverged{at}, and the same steps end there again:"
        f" {stages.way_on(record.path, info)}.",
        NetwrightWarning,
        stacklevel=2,
    )


def _of_source(recipe: Recipe, source: Any) -> Recipe:
    """The recipe of a new run on data that a person points at."""
    named = isinstance(source, str | Path)
    return recipe.changed({"data.source": str(source)}) if named else recipe


def _expect_begun(record: Record) -> None:
    noted = record.info()
    if stages.of(record.path, noted) in ("unbegun", "damaged") and not record.trained_now:
        raise RunError(f"{record.id} cannot be resumed: {stages.way_on(record.path, noted)}.")


def derived_again(run: Run, human_error: HumanError | None) -> bool:
    """Make the diagnosis and the report of a complete run that lacks nothing else: that takes
    neither its data nor its state. Returns whether that was so.
    """
    lacks = promises.missing(run.record)
    if not lacks or not set(lacks) <= set(promises.DERIVED):
        return False
    run.diagnose(human_error)
    return True


def repeat(
    name: str, folder: Path, source: Any, module: Any, human_error: HumanError | None
) -> PreparedTraining:
    """A new run by the record of an earlier one, on the same data."""
    from netwright.runs.annotations import overlay
    from netwright.training import checkpoints, trainer
    from netwright.training.live import past_changes
    from netwright.training.start import earlier

    run, reading = as_it_was("repeat", name, folder, source, module)
    if run.info.get("data_changed"):
        raise RunError(
            f"{run.id} went on from {run.info['continues']} on data that had changed: it cannot be"
            " repeated as it was; train anew on the data as they are now."
        )
    _refuse_kept(run.record)
    trainer.check_same_data(run.record, reading)
    if module is None and run.record.has(WEIGHTS):
        place = run.record.inside(WEIGHTS)
        checkpoints.check_fits(place, lambda: run.system.model(run.codec, run.recipe))
    project = project_of(folder, run.system, human_error)
    recipe = _of_source(run.recipe, source)
    if recipe.model.start:
        start = earlier.again(run.record, folder, run.system, run.recipe)
        recipe = recipe.changed({"model.start": start})
    corrections = overlay.kept(run.record.path)
    anew = trainer.prepare(
        run.system,
        reading,
        recipe,
        folder,
        project,
        _splits_of_study(run, reading),
        corrections=corrections,
    )
    note_origin(anew)
    if anew.setup.device.main:
        past_changes.repeat(anew.record, run.record)
        anew.record.note(repeats=run.id, differs=run.info["differs"])
    return anew


def _refuse_kept(record: Record) -> None:
    """Refuse a run that a study keeps: it is made of the others of that study.

    Raises:
        RunError: it is.
    """
    info = record.info()
    if info.get("role") == "kept":
        raise RunError(
            f"{record.id} is what the study {info.get('study')} keeps, and is made of its runs:"
            f" netwright show {info.get('study')}{stages.given(record.path, info)} names them; an"
            " unfinished study goes on by the verb that began it."
        )


def _splits_of_study(run: Run, reading: Reading) -> list[str] | None:
    """The splits that a study gave a run; None: those of its recipe."""
    if "study" not in run.info:
        return None
    return run.record.splits_of(run.system.arrange(reading.examples, run.recipe))


def compared(run: Run) -> str:
    """Whether the weights of a run that repeats another came out the same, in a line."""
    name, runs = run.info["repeats"], run.record.path.parent
    if not stores.is_run(name, runs):
        return f"repeats {name}, which is not there any more: nothing to compare the weights with"
    earlier = Run(stores.find(name, runs))
    if run.info.get("weights") == earlier.info.get("weights"):
        return f"repeats {earlier.id}: the same weights, bit for bit"
    if earlier.info["status"] != "complete":
        return (
            f"repeats {earlier.id}, which is {earlier.record.status}: nothing to compare the"
            " weights with"
        )
    here, there = (one.record.mapping("environment.json") for one in (run, earlier))
    apart = [key for key, value in here.items() if key != "command" and there.get(key) != value]
    return f"repeats {earlier.id}: other weights" + (
        f"; what differs: {', '.join(apart)}" if apart else ""
    )


def as_it_was(way: str, name: str, folder: Path, source: Any, module: Any) -> tuple[Run, Reading]:
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
    before = run.record.earlier_reading()
    if source is None:
        lies = f"netwright train NEWPATH --{way} {run.id}"
        options = stages.given(run.record.path, run.info)
        return run, read_again(run.id, run.recipe, before, way=lies + options)
    reading = read(source, run.recipe, before)
    own_data.note_moved(run.record, reading, run.recipe.data.source)
    return run, reading
