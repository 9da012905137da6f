"""A training that goes on from an earlier run, or repeats it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netwright.api.beginning import note_origin, project_of
from netwright.api.reading import read, read_again
from netwright.api.recipes import OWN
from netwright.api.run import Run
from netwright.base.errors import RecipeError, RunError
from netwright.runs import store as stores

if TYPE_CHECKING:
    from netwright.contract import Reading
    from netwright.training.trainer import PreparedTraining


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
    human_error: float | None,
    changes: Mapping[str, Any],
) -> PreparedTraining:
    """An unfinished run, on the same data; or a new run that goes on from the end of a complete
    one.
    """
    from netwright.training import trainer
    from netwright.training.going_on import continued

    run, reading = as_it_was("resume", name, folder, source, module)
    project = project_of(folder, run.system, human_error)
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


def repeat(
    name: str, folder: Path, source: Any, module: Any, human_error: float | None
) -> PreparedTraining:
    """A new run by the record of an earlier one, on the same data."""
    from netwright.training import trainer
    from netwright.training.live import past_changes
    from netwright.training.start import earlier

    run, reading = as_it_was("repeat", name, folder, source, module)
    if run.info.get("data_changed"):
        raise RunError(
            f"{run.id} went on from {run.info['continues']} on data that had changed: it cannot be"
            " repeated as it was; train anew on the data as they are now."
        )
    trainer.check_same_data(run.record, reading)
    project = project_of(folder, run.system, human_error)
    recipe = run.recipe
    if recipe.model.start:
        recipe = recipe.changed({"model.start": earlier.again(run.record, folder)})
    anew = trainer.prepare(run.system, reading, recipe, folder, project)
    note_origin(anew)
    if anew.setup.device.main:
        past_changes.repeat(anew.record, run.record)
        anew.record.note(repeats=run.id, differs=run.info["differs"])
    return anew


def compare(run: Run, earlier: Run, log: Callable[[str], None] | None) -> None:
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
    again = read_again(run.id, run.recipe) if source is None else read(source, run.recipe)
    return run, again
