"""Search: many trainings over a space of settings, each a run like any other; the best one wins."""

from __future__ import annotations

import os
import re
import secrets
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netwright import systems
from netwright.api import recipes
from netwright.api.beginning import changes_of, completed, start_of
from netwright.api.earlier_names import also_called
from netwright.api.kept import own_data
from netwright.api.searching.rounds import (
    Callbacks,
    Decide,
    Log,
    SearchSetup,
    Watch,
    begin,
    evenly,
    finish,
    go_on,
    make_trials,
    open_storage,
    stop_named,
)
from netwright.base.errors import NetwrightError, RecipeError, nearest
from netwright.recipe import Recipe, read_recipe
from netwright.runs import store as stores
from netwright.runs.choosing.choice import Bound
from netwright.runs.keeping import stages
from netwright.searching.space import Space

if TYPE_CHECKING:
    from netwright.contract import AnySystem, Reading
    from netwright.searching.outcome import Outcome


@also_called(log="say")
def search(
    source: Any = None,
    *,
    target: str | Sequence[str] | None = None,
    model: str | None = None,
    epochs: int | None = None,
    set: Mapping[str, Any] | None = None,
    recipe: str | Path | Recipe | None = None,
    system: str | Path | None = None,
    start: str | None = None,
    space: Mapping[str, Any] | None = None,
    tier: int | None = None,
    trials: int = 20,
    rounds: int = 1,
    workers: int = 1,
    sampler: str = "tpe",
    pruner: str | None = None,
    satisfy: Sequence[str] = (),
    name: str | None = None,
    storage: str | None = None,
    store: str | Path | None = None,
    seed: int = 0,
    decide: Decide | None = None,
    watch: Watch | None = None,
    log: Log | None = None,
) -> Outcome:
    """Search for better settings on ``source``; the winner is diagnosed and reported.

    Every trial is kept as a run. A search that is there already (the same ``name``, data, recipe
    and space) goes on.

    Args:
        source, target, model, epochs, set, recipe, system, start: as for ``train``; a recipe file
            may hold the space in its section ``search``.
        space: knob -> ``{"low", "high", "scale"}``, ``{"choices"}``, ``[low, high]`` or a list of
            choices, each with ``when``.
        tier: search every knob of this tier and the smaller ones; default: what is named, else tier
            1, the learning rate.
        trials: in all, split evenly over the rounds.
        rounds: from coarse to fine; the space of each is computed from the best trials of the one
            before.
        workers: processes on this machine.
        sampler: ``tpe``, ``random`` or ``grid``.
        pruner: ``median``, ``halving`` or ``none``: what stops poor trials early; default
            ``median``, or ``none`` when epochs are searched.
        satisfy: bounds that the winner must keep to: ``latency<=5ms``, ``size<=200kB``,
            ``accuracy>=0.97``.
        name: of the search; default: from the source and the time.
        storage: ``postgresql://...`` where several machines join; default: a file in the search's
            folder.
        store: where runs are kept; the search lies in ``searches/NAME`` there.
        seed: the random seed of the points tried.
        decide: called with the space of a round and the finer one that comes next; False keeps the
            first. None: the finer space is taken.
        watch: called with each trial that ended, and the search as it stands.
        log: called with each line about what is done and why.

    Raises:
        NetwrightError: the space, the data or the storage cannot be used; nothing is kept then. Or
            the first trials all failed.
        KeyboardInterrupt: stopped by hand; its argument is the search's name, under which it goes
            on.
    """
    from netwright.searching import choose_space
    from netwright.searching.space import dump
    from netwright.searching.study import Plan

    runs = stores.folder(store)
    changes = changes_of(epochs, system, set, start)
    found, reading, given = start_of(source, target, model, changes, recipe, runs)
    complete, judging = completed(found, reading, given)
    named = {**_written(recipe), **(space or {})}
    for key in named:
        recipes.check_searched(key, found)
    unread = found.unread(complete)
    chosen = choose_space.space_of(complete, tier=tier, named=named, unread=unread)
    _check_models(chosen, found)
    _check_counts(trials=trials, rounds=rounds, workers=workers)
    metric = found.metrics[0]
    pruner = pruner or _default_pruner(chosen)
    _check_names(sampler, pruner)
    plan = Plan(
        name=name or _name(reading.source.path),
        source=_path(reading),
        fingerprint=reading.fingerprint,
        recipe=given.model_dump(mode="json"),
        space=dump(chosen),
        metric={"name": metric.name, "unit": metric.unit, "better": metric.better},
        sampler=sampler,
        pruner=pruner,
        bounds=[text.replace(" ", "") for text in satisfy],
        seed=seed,
    )
    bounds, threads = _bounds(satisfy, found), _threads(workers)
    setup = SearchSetup(found, reading, given, runs, storage, bounds, workers, threads)
    if workers > 1 and not isinstance(source, str | Path) and not given.data.source:
        raise NetwrightError(
            "workers share no memory: save the data to a file (.npz, .csv, a folder) and search on"
            " that, or take one worker."
        )
    if log is not None:
        log(reading.source.why)
        for knob in chosen:
            log(f"search {knob.key}: {knob.description()}")
        log(f"{judging:,} dev examples judge each trial")
    first = begin(setup, plan, chosen, evenly(trials, rounds), log)
    return go_on(first, setup, Callbacks(decide, watch, log))


@also_called(log="say")
def join(
    name: str,
    source: Any = None,
    *,
    system: str | Path | None = None,
    trials: int | None = None,
    store: str | Path | None = None,
    storage: str | None = None,
    threads: int | None = None,
    whole: bool = True,
    decide: Decide | None = None,
    watch: Watch | None = None,
    log: Log | None = None,
) -> Outcome:
    """Work on a search that is there, in this process, until it is complete.

    Later rounds are begun by the process that leads the search; when it is gone, by this one.

    Args:
        name: of the search.
        source: the same data on this machine; None: as where the search was begun.
        system: the folder of the search's system, where that is one of your own.
        trials: in all, when there are to be more than before.
        threads: of the CPU, for each trial that leaves their number open.
        whole: go on to the rounds that follow and write the report; False: only make trials of
            the latest round.
        decide, watch, log: as for ``search``.

    Raises:
        NetwrightError: there is no such search, or the data here are others.
    """
    from netwright.searching.storage.interface import readable_errors
    from netwright.searching.study import last_round, more_trials

    runs = stores.folder(store)
    kept = open_storage(runs, name, storage)
    with readable_errors(kept.name):
        latest = last_round(kept, name)
    plan = latest.plan
    if source is None and not plan.recipe.get("data", {}).get("source"):
        raise NetwrightError(
            f"the search '{name}' is on data in memory: it goes on where they are, with"
            f" netwright.search(data, name='{name}')."
        )
    if system is not None:
        systems.named(system)
    if source is None:
        way = f"netwright search NEWPATH --join {shlex.quote(name)}{stages.in_store(runs)}"
        own_data.expect_there(f"search '{name}'", plan.recipe["data"]["source"], way)
    found, reading, start = start_of(source, None, None, {}, recipes.of_record(plan.recipe), runs)
    if reading.fingerprint != plan.fingerprint:
        raise NetwrightError(
            f"the data of search '{name}' are not those at {reading.source.path} (fingerprint"
            f" {plan.fingerprint}, here {reading.fingerprint}): name where the same data lie."
        )
    if trials is not None:
        latest = more_trials(kept, latest, trials)
    bounds = _bounds(plan.bounds, found)
    setup = SearchSetup(found, reading, start, runs, storage, bounds, threads=threads)
    if whole:
        return go_on(latest, setup, Callbacks(decide, watch, log))
    with stop_named(name):
        make_trials(latest, setup, watch)
    return setup.outcome(latest)


@also_called(log="say")
def again(
    name: str,
    on: Any,
    *,
    system: str | Path | None = None,
    store: str | Path | None = None,
    storage: str | None = None,
    workers: int = 1,
    watch: Watch | None = None,
    log: Log | None = None,
) -> Outcome:
    """Repeat a search on other data, and find which best values moved (notes 2.3.3).

    Space, trials, sampler and bounds stay the same.

    Args:
        name: of the search that is there.
        on: the other source.
        system: the kind of problem; None: from the other data.
        store, storage, workers, watch, log: as for ``search``.

    Raises:
        NetwrightError: there is no such search, or the data cannot be used.
    """
    from netwright.searching import analysis
    from netwright.searching.space import load
    from netwright.searching.study import last_round, open_round

    runs = stores.folder(store)
    kept = open_storage(runs, name, storage)
    last_round(kept, name)
    old = open_round(kept, name, 1)
    assert old is not None, "its last round is there, so is its first"
    values = {section: part for section, part in old.plan.recipe.items() if section != "system"}
    values["data"] = {**values.get("data", {}), "source": ""}
    changes = changes_of(None, system, None)
    found, reading, start = start_of(on, None, None, changes, recipes.of_record(values), runs)
    space = load(old.plan.space)
    for knob in space:
        recipes.check_searched(knob.key, found)
    plan = replace(
        old.plan,
        name=f"{name}-on-{_safe(reading.source.path)}",
        source=_path(reading),
        fingerprint=reading.fingerprint,
        recipe=start.model_dump(mode="json"),
    )
    bounds, threads = _bounds(plan.bounds, found), _threads(workers)
    setup = SearchSetup(found, reading, start, runs, storage, bounds, workers, threads)
    first = begin(setup, plan, space, [old.trials], log)
    outcome = go_on(first, setup, Callbacks(watch=watch, log=log))
    now = [row for row in outcome.rows if row.round == 1]
    moves = analysis.moved(space, old.rows(), now, outcome.better)
    return finish(replace(outcome, moves=tuple(moves)), setup)


def _default_pruner(space: Space) -> str:
    # at one epoch a short training looks better than a long one
    return "none" if any(knob.key == "training.epochs" for knob in space) else "median"


def _check_names(sampler: str, pruner: str) -> None:
    from netwright.searching.study import PRUNERS, SAMPLERS

    for what, name, known in (("sampler", sampler, SAMPLERS), ("pruner", pruner, PRUNERS)):
        if name not in known:
            raise RecipeError(f"no {what} '{name}'{nearest(name, known)}")


def _written(recipe: str | Path | Recipe | None) -> dict[str, Any]:
    """The section ``search`` of a recipe file."""
    if recipe is None or isinstance(recipe, Recipe):
        return {}
    found = read_recipe(recipe).get("search") or {}
    if not isinstance(found, dict):
        raise RecipeError(
            f"{recipe}: search: expected knobs such as 'optimizer.lr: {{low: 1.0e-4, high: 0.1}}',"
            f" got {type(found).__name__}."
        )
    return {str(key): entry for key, entry in found.items()}


def _check_models(space: Space, system: AnySystem) -> None:
    for knob in space:
        if knob.key == "model.name":
            for name in knob.choices:
                recipes.check_model(str(name), system)


def _check_counts(**counts: int) -> None:
    for name, count in counts.items():
        if count < 1:
            raise RecipeError(f"--{name} {count}: expected at least 1.")
    if counts["trials"] < counts["rounds"]:
        raise RecipeError(
            f"--trials {counts['trials']}: expected at least one for each of the {counts['rounds']}"
            " rounds."
        )


def _bounds(texts: Sequence[str], system: AnySystem) -> tuple[Bound, ...]:
    from netwright.searching import bounds

    return tuple(bounds.parse(text, system.metrics) for text in texts)


def _threads(workers: int) -> int | None:
    """The threads of each of several workers: together as many as cores; None for one worker."""
    return max(1, (os.cpu_count() or 1) // workers) if workers > 1 else None


def _path(reading: Reading) -> str:
    return "" if reading.source.path == "memory" else reading.source.path


def _name(path: str) -> str:
    """``digits-20261122-153012-a3f9``: two searches begun in one second are two searches."""
    return f"{_safe(path)}-{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"


def _safe(path: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", Path(path).stem).strip("-") or "data"
