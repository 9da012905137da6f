"""Search: many trainings over a space of settings, each a run like any other; the best one that
keeps to the bounds wins.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netwright.api.search_rounds import (
    Begun,
    Decide,
    Watch,
    begin,
    finish,
    go_on,
    open_storage,
    outcome_of,
    stop_named,
)
from netwright.api.training import completed, start_of
from netwright.base.errors import NetwrightError, RecipeError
from netwright.recipe import Recipe, read_recipe
from netwright.runs import store as stores
from netwright.runs.choice import Bound
from netwright.searching.space import Space

if TYPE_CHECKING:
    from netwright.contract import System
    from netwright.data.sources.recognize import Reading
    from netwright.searching.outcome import Outcome
    from netwright.searching.study import Plan


def search(
    source: Any = None,
    *,
    target: str | None = None,
    model: str | None = None,
    epochs: int | None = None,
    set: Mapping[str, Any] | None = None,
    recipe: str | Path | Recipe | None = None,
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
    say: Callable[[str], None] | None = None,
) -> Outcome:
    """Search for better settings on ``source``; every trial is kept as a run, the winner is
    diagnosed and reported.

    A search that is there already (the same ``name``, data, recipe and space) goes on.

    Args:
        source, target, model, epochs, set, recipe: as for ``train``; a recipe file may hold the
            space in its section ``search``.
        space: knob -> ``{"low", "high", "scale"}``, ``{"choices"}``, ``[low, high]`` or a list of
            choices, each with ``when``.
        tier: search every knob of this tier and the smaller ones; default: what is named, else tier
            1, the learning rate.
        trials: in all, shared evenly by the rounds.
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
        decide: asked before each finer round; None: the finer space is taken.
        watch, say: told each trial that ended; each line about what is done and why.

    Raises:
        NetwrightError: the space, the data or the storage cannot be used; nothing is kept then. Or
            the first trials all failed.
        KeyboardInterrupt: stopped by hand; its argument is the search's name, under which it goes
            on.
    """
    from netwright.searching import choose_space

    settings = {**({} if epochs is None else {"training.epochs": epochs}), **(set or {})}
    system, reading, start = start_of(source, target, model, settings, recipe)
    complete, counts = completed(system, reading, start)
    named = {**_written(recipe), **(space or {})}
    found = choose_space.space_of(complete, tier=tier, named=named)
    _check_models(found)
    _check_counts(trials=trials, rounds=rounds, workers=workers)
    metric = system.metrics[0]
    plan = _plan(
        name=name or _name(reading.source.path),
        reading=reading,
        recipe=start,
        space=found,
        sampler=sampler,
        metric={"name": metric.name, "unit": metric.unit, "better": metric.better},
        pruner=pruner,
        satisfy=satisfy,
        seed=seed,
    )
    begun = Begun(
        system, reading, start, stores.folder(store), _bounds(satisfy, system), _threads(workers)
    )
    if workers > 1 and not isinstance(source, str | Path) and not start.data.source:
        raise NetwrightError(
            "workers share no memory: save the data to a file (.npz, .csv, a folder) and search on"
            " that, or take one worker."
        )
    if say is not None:
        for line in (
            reading.source.why,
            *(f"search {one.key}: {one.words()}" for one in found),
            f"{counts['dev']:,} dev examples judge each trial",
        ):
            say(line)
    first = begin(plan, found, begun.where, trials, rounds, storage, say)
    return go_on(first, begun, workers, storage, decide, watch, say)


def join(
    name: str,
    source: Any = None,
    *,
    trials: int | None = None,
    store: str | Path | None = None,
    storage: str | None = None,
    threads: int | None = None,
    whole: bool = True,
    decide: Decide | None = None,
    watch: Watch | None = None,
    say: Callable[[str], None] | None = None,
) -> Outcome:
    """Work on a search that is there, from this process and perhaps this machine, until it is
    complete.

    Later rounds are begun by the process that leads the search; when it is gone, by this one.

    Args:
        name: of the search.
        source: where the same data lie here; None: where the search was begun.
        trials: in all, when there are to be more than were asked for.
        threads: of the CPU, for each trial that leaves their number open.
        whole: go on to the rounds that follow and write the report; False: make trials of the
            latest round alone.
        decide, watch, say: as for ``search``.

    Raises:
        NetwrightError: there is no such search, or the data here are others.
    """
    from netwright.searching.storage.interface import spoken
    from netwright.searching.study import last_round, more_trials
    from netwright.searching.worker import work

    place, where = open_storage(stores.folder(store), name, storage), stores.folder(store)
    with spoken(place.where):
        part = last_round(place, name)
    start = Recipe.of(part.plan.recipe)
    if source is None and not start.data.source:
        raise NetwrightError(
            f"the search '{name}' is on data in memory: it goes on where they are, with"
            f" netwright.search(data, name='{name}')."
        )
    system, reading, start = start_of(source, None, None, {}, start)
    if reading.fingerprint != part.plan.fingerprint:
        raise NetwrightError(
            f"the data of search '{name}' are not those at {reading.source.path} (fingerprint"
            f" {part.plan.fingerprint}, here {reading.fingerprint}): name where the same data lie."
        )
    if trials is not None:
        part = more_trials(place, part, trials)
    begun = Begun(system, reading, start, where, _bounds(part.plan.bounds, system), threads)
    if whole:
        return go_on(part, begun, 1, storage, decide, watch, say)
    with stop_named(name):
        for row in work(part, begun.prepare(), begun.bounds):
            if watch is not None:
                watch(row, outcome_of(place, part.plan, begun))
    return outcome_of(place, part.plan, begun)


def again(
    name: str,
    on: Any,
    *,
    store: str | Path | None = None,
    storage: str | None = None,
    workers: int = 1,
    watch: Watch | None = None,
    say: Callable[[str], None] | None = None,
) -> Outcome:
    """Repeat a search on other data: the same space, trials, sampler and bounds; says what moved
    (notes 2.3.3).

    Args:
        name: of the search that is there.
        on: the other source.

    Raises:
        NetwrightError: there is no such search, or the data cannot be used.
    """
    from netwright.searching import analysis
    from netwright.searching.space import load
    from netwright.searching.study import last_round, open_round

    where = stores.folder(store)
    place = open_storage(where, name, storage)
    last_round(place, name)
    old = open_round(place, name, 1)
    assert old is not None, "its last round is there, so is its first"
    kept = {section: values for section, values in old.plan.recipe.items() if section != "system"}
    kept["data"] = {**kept.get("data", {}), "source": ""}
    system, reading, start = start_of(on, None, None, {}, Recipe.of(kept))
    space = load(old.plan.space)
    plan = replace(
        old.plan,
        name=f"{name}-on-{_safe(reading.source.path)}",
        source=_path(reading),
        fingerprint=reading.fingerprint,
        recipe=start.model_dump(mode="json"),
    )
    begun = Begun(system, reading, start, where, _bounds(plan.bounds, system), _threads(workers))
    first = begin(plan, space, where, old.trials, 1, storage, say)
    found = go_on(first, begun, workers, storage, None, watch, say)
    moves = analysis.moved(
        space, old.rows(), [row for row in found.rows if row.round == 1], found.better
    )
    return finish(replace(found, moves=tuple(moves)), begun)


def _plan(
    *,
    name: str,
    reading: Reading,
    recipe: Recipe,
    space: Space,
    metric: Mapping[str, str],
    sampler: str,
    pruner: str | None,
    satisfy: Sequence[str],
    seed: int,
) -> Plan:
    from netwright.base.errors import nearest
    from netwright.searching.space import dump
    from netwright.searching.study import PRUNERS, SAMPLERS, Plan

    # at one epoch a short training looks better than a long one
    epochs = any(one.key == "training.epochs" for one in space)
    pruner = pruner or ("none" if epochs else "median")
    for what, word, known in (("sampler", sampler, SAMPLERS), ("pruner", pruner, PRUNERS)):
        if word not in known:
            raise RecipeError(f"no {what} '{word}'{nearest(word, known)}")
    return Plan(
        name,
        _path(reading),
        reading.fingerprint,
        recipe.model_dump(mode="json"),
        dump(space),
        metric,
        sampler,
        pruner,
        [text.replace(" ", "") for text in satisfy],
        seed,
    )


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


def _check_models(space: Space) -> None:
    from netwright.nets import architectures

    for one in space:
        if one.key == "model.name":
            for name in one.choices:
                architectures.check_name(str(name))


def _check_counts(**counts: int) -> None:
    for name, count in counts.items():
        if count < 1:
            raise RecipeError(f"--{name} {count}: expected at least 1.")
    if counts["trials"] < counts["rounds"]:
        raise RecipeError(
            f"--trials {counts['trials']}: expected at least one for each of the {counts['rounds']}"
            " rounds."
        )


def _bounds(texts: Sequence[str], system: System) -> tuple[Bound, ...]:
    from netwright.searching import bounds

    return tuple(bounds.parse(text, [metric.name for metric in system.metrics]) for text in texts)


def _threads(workers: int) -> int | None:
    """How many threads each of several workers trains with, so that they do not wait for each
    other.
    """
    return max(1, (os.cpu_count() or 1) // workers) if workers > 1 else None


def _path(reading: Reading) -> str:
    return "" if reading.source.path == "memory" else reading.source.path


def _name(path: str) -> str:
    return f"{_safe(path)}-{datetime.now(UTC):%Y%m%d-%H%M%S}"


def _safe(path: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", Path(path).stem).strip("-") or "data"
