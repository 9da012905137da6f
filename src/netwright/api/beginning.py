"""What every training begins with: the system, the examples, the recipe; also a search, and what is
tried before a training.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netwright import systems
from netwright.api.reading import read_to_learn
from netwright.api.recipes import Given, Wanted, from_run, give, starting, wanted
from netwright.api.run import with_module
from netwright.base.errors import RecipeError
from netwright.data.several_targets.names import in_a_line
from netwright.recipe import Recipe
from netwright.recipe.model import OWN
from netwright.runs import store as stores

if TYPE_CHECKING:
    from netwright.contract import AnySystem, Examples, Reading
    from netwright.runs.human_levels import HumanError
    from netwright.runs.project import Project
    from netwright.training.trainer import PreparedTraining


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
    give(changes, "model.start", None if start is None else stores.checked(start))
    return changes


def start_of(
    source: Any,
    target: str | Sequence[str] | None,
    model: Any,
    changes: dict[str, Any],
    recipe: str | Path | Recipe | Given | None,
    runs: Path | None = None,
    *,
    usual: bool = False,
) -> tuple[AnySystem, Reading, Recipe]:
    """The system, the examples and the system's recipe (with its ``auto`` values) that a training
    or a search begins with.

    Args:
        runs: the store of the run that it starts from, where it does; None: the usual one.
        usual: whether it starts from published weights where nothing is said of start, net or
            recipe, and the system says that this is usual for such examples.

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
    if usual and recipe is None and not {"model.name", "model.start"} & changes.keys():
        given, reading = _from_usual(system, given, reading, stores.folder(runs))
    return system, reading, given.of(system)


def _from_usual(
    system: AnySystem, given: Wanted, reading: Reading, runs: Path
) -> tuple[Wanted, Reading]:
    """What was given, with the weights that such examples usually start from; and the reading, with
    a note on that.
    """
    start = system.usual_start(reading.examples)
    if not start:
        return given, reading
    line = (
        f"{len(reading.examples):,} examples are few for a net from scratch: training starts from"
        f" {start}, published weights; --model NAME trains from scratch, --sanity does both and"
        " says what paid"
    )
    noted = replace(reading, notes=(*reading.notes, line))
    return from_run(replace(given, given=(*given.given, starting(start))), runs), noted


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
    return system.completed(start, parts["train"]), judging


def train_split(
    system: AnySystem, reading: Reading, start: Recipe
) -> tuple[Examples, dict[str, int]]:
    """The training split; and how many examples each split has."""
    from netwright.data import splits

    examples = system.arrange(reading.examples, start)
    assigned = splits.as_wanted(system, examples, start)
    train = examples.take([row for row, name in enumerate(assigned) if name == "train"])
    return train, {name: assigned.count(name) for name in dict.fromkeys(assigned)}


def project_of(folder: Path, system: AnySystem, human_error: HumanError | None) -> Project:
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


def note_origin(training: PreparedTraining) -> None:
    """Keep in the record where a system from outside the package is from, and what stands for its
    code.
    """
    place = systems.place_of(training.setup.system.name)
    if place.origin and training.setup.device.main:
        training.record.note(system_origin=place.origin, system_digest=place.digest)
