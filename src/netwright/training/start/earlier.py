"""What a training starts from, an earlier run or published weights: found by its name or by its
weights, and read.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load

from netwright.base.errors import NetwrightError, RecipeError, RunError, UnreadableError
from netwright.base.figures import counted
from netwright.base.files import read_bytes
from netwright.contract import AnySystem, EarlierRun, Examples
from netwright.recipe import Recipe
from netwright.recipe.model import IMAGENET, OWN, of_weights
from netwright.runs import codecs, store
from netwright.runs.reading import MOST_WEIGHTS, WEIGHTS, digest_of_weights
from netwright.runs.record import Record
from netwright.training import checkpoints


def named(name: str, runs: Path) -> str:
    """What a recipe calls it: a run's id, or its folder where that lies in another store; the whole
    path of a file of weights.

    Raises:
        RunError: there is no such run.
    """
    if of_weights(name):
        return name if name == IMAGENET else str(Path(name).resolve())
    record = store.opened(name, runs)
    store.expect_meant(record)
    folder = record.path.resolve()
    return record.id if folder.parent == runs.resolve() else str(folder)


def read(system: AnySystem, recipe: Recipe, runs: Path) -> EarlierRun | None:
    """The run or the weights that the recipe starts from; None where it starts from none.

    Raises:
        RecipeError: the system starts from no other run, or not from this one.
        RunError: there is no such run, it has not ended, or a file of it is missing or changed.
    """
    name = recipe.model.start
    if not name:
        return None
    if system.adopt is None:
        raise RecipeError(
            f"model.start = {name}: the system '{system.name}' starts from no other run; leave it"
            " out."
        )
    if of_weights(name):
        return _published(system, recipe)
    record = store.opened(name, runs)
    other = record.info()["system"]
    if other != system.name:
        raise RecipeError(
            f"{record.id} is of the system '{other}', and this training of '{system.name}': start"
            " from a run of the same system."
        )
    _check_ended(record)
    record.check_weights()
    try:
        weights = load(read_bytes(record.inside(WEIGHTS), MOST_WEIGHTS))
    except (SafetensorError, OSError, UnreadableError) as error:
        raise RunError(
            f"{record.weights} cannot be read as weights ({str(error)[:200]})."
        ) from None
    known = system.recipe.of_record(record.recipe(), f"{record.id}/recipe.yaml")
    codec = codecs.load(system, record)
    if not (recipe.model.name.startswith(OWN) or known.model.name.startswith(OWN)):
        checkpoints.check_fits(record.inside(WEIGHTS), lambda: system.model(codec, known))
    return EarlierRun(record.id, codec, known, weights, weights_of(record))


def _published(system: AnySystem, recipe: Recipe) -> EarlierRun:
    if system.weights is None:
        raise RecipeError(
            f"model.start = {recipe.model.start}: the system '{system.name}' starts from a run of"
            " its own, and from no published weights: name one, or leave it out."
        )
    return system.weights(recipe.model.start, recipe)


def _check_ended(record: Record) -> None:
    if record.status in ("running", "killed"):
        raise RunError(
            f"{record.id} is {record.status}, so that its weights may change yet: start from a run"
            " that has ended."
        )


def again(record: Record, runs: Path, system: AnySystem, recipe: Recipe) -> str:
    """What a run started from, as a recipe names it: the run of the store, or the file, that holds
    the same weights now.

    Args:
        recipe: of the run.

    Raises:
        RunError: none does.
    """
    noted, name = record.info()["started_from"], record.recipe()["model"]["start"]
    if of_weights(name):
        if _published(system, recipe).digest == noted["weights"]:
            return str(name)
        raise RunError(
            f"{record.id} started from {name}, which holds other weights now (digest"
            f" {noted['weights']} then): put that file back, or train anew."
        )
    for candidate in (*_named(name, runs), *store.every(runs)):
        with contextlib.suppress(NetwrightError):
            if weights_of(candidate) == noted["weights"]:
                return named(str(candidate.path), runs)
    raise RunError(
        f"{record.id} started from the weights of {noted['run']} (digest {noted['weights']}), which"
        f" no run in {runs} has now: put that run back, or train anew from another."
    )


def _named(name: str, runs: Path) -> list[Record]:
    """The run of a name; none where there is none."""
    try:
        return [store.find(name, runs)]
    except RunError:
        return []


def weights_of(record: Record) -> str:
    """The digest of the weights that a run keeps now.

    Raises:
        RunError: they are missing or were changed.
    """
    record.check_weights()
    return record.info().get("weights") or digest_of_weights(record.path)


def seen(recipe: Recipe, parts: Mapping[str, Examples], runs: Path) -> list[str]:
    """A line for each split that is held out here and holds examples that the earlier run was
    trained on.
    """
    if not recipe.model.start or of_weights(recipe.model.start):
        return []
    record, lines = store.opened(recipe.model.start, runs), []
    for split in ("dev", "test"):
        ids = parts[split].ids if split in parts else []
        if known := record.own(ids).get("train"):
            lines.append(
                f"{known:,} of the {counted(len(ids), f'{split} example')} are among those that"
                f" {record.id} was trained on: figures on {split} look better than they are"
            )
    return lines
