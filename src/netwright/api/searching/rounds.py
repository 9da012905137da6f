"""What every way to search does: make the rounds, in one process or several, then the report."""

from __future__ import annotations

import contextlib
import re
import shlex
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netwright import systems
from netwright.api.beginning import note_origin
from netwright.api.run import Run
from netwright.api.searching.same_dev import SameDev
from netwright.base.errors import NetwrightError, NetwrightWarning, RunError
from netwright.base.files import write_json
from netwright.base.paths import Inside
from netwright.recipe import Recipe
from netwright.runs import store as stores
from netwright.runs.choosing.choice import Bound
from netwright.runs.keeping import stages
from netwright.searching.space import Space

if TYPE_CHECKING:
    from netwright.contract import AnySystem, Reading
    from netwright.searching.outcome import Outcome
    from netwright.searching.storage.interface import Storage
    from netwright.searching.study import Plan, Round
    from netwright.searching.trials import TrialRow
    from netwright.searching.worker import Prepare
    from netwright.training.trainer import PreparedTraining

Watch = Callable[["TrialRow", "Outcome"], None]
"""Called with each trial that ended, and the search as it stands."""

Decide = Callable[[Space, Space], bool]
"""Called with the space of a round and the finer one that comes next; False keeps the first."""

Log = Callable[[str], None]
"""Called with each line about what is done and why."""


@dataclass(frozen=True)
class Callbacks:
    """The functions that a caller gave; without ``decide`` every finer space is taken."""

    decide: Decide | None = None
    watch: Watch | None = None
    log: Log | None = None


@dataclass(frozen=True)
class SearchSetup:
    """What all trials of a search have in common, read once.

    Args:
        store: the folder of the runs.
        storage: the address of the database of trials; None: a file in the search's folder.
        bounds: that the winner must keep to.
        workers: processes on this machine; 1: this one.
        threads: of the CPU, for each trial that leaves their number open; None: as in any training.
    """

    system: AnySystem
    reading: Reading
    recipe: Recipe
    store: Path
    storage: str | None
    bounds: tuple[Bound, ...]
    workers: int = 1
    threads: int | None = None

    def prepare(self) -> Prepare:
        """knob -> value, to a training that is ready to begin, on the data that were read once."""
        from netwright.runs import project
        from netwright.training import trainer

        threads = (
            {}
            if self.threads is None or self.recipe.training.threads != "auto"
            else {"training.threads": self.threads}
        )

        same_dev = self.same_dev()

        def prepared(values: Mapping[str, Any]) -> PreparedTraining:
            same_dev.check(values)
            training = trainer.prepare(
                self.system,
                self.reading,
                self.recipe.changed({**threads, **values}),
                self.store,
                project.of_store(self.store),
            )
            note_origin(training)
            return training

        return prepared

    def same_dev(self) -> SameDev:
        """What no trial may change."""
        return SameDev(self.system, self.reading, self.recipe)

    def outcome(self, round: Round) -> Outcome:
        """The search of this round, as it stands."""
        from netwright.searching import outcome

        folder = folder_of(self.store, round.plan.name)
        return outcome.read(round.storage, round.plan.name, self.recipe, self.bounds, folder)


def begin(
    setup: SearchSetup,
    plan: Plan,
    space: Space,
    trials_per_round: Sequence[int],
    log: Log | None,
) -> Round:
    """The first round of a search, made if it is not there.

    Raises:
        RecipeError: a knob of the space changes what the trials are judged on.
    """
    from netwright.searching.storage.interface import readable_errors
    from netwright.searching.study import start_round

    setup.same_dev().check_space(space)
    storage = open_storage(setup.store, plan.name, setup.storage, make=True)
    if log is not None:
        place = systems.places().get(setup.system.name)
        given = stages.in_store(setup.store)
        given += stages.of_system({"system_origin": place.origin if place else ""})
        log(
            f"search {plan.name}, kept in {storage.name}; netwright search --join"
            f" {shlex.quote(plan.name)}{given} joins it"
        )
    with readable_errors(storage.name):
        return start_round(storage, plan, 1, space, trials_per_round, {})


def evenly(trials: int, rounds: int) -> list[int]:
    """How many of the trials each round gets.

    >>> evenly(8, 3)
    [3, 3, 2]
    """
    return [trials // rounds + (number < trials % rounds) for number in range(rounds)]


def go_on(current: Round, setup: SearchSetup, callbacks: Callbacks) -> Outcome:
    """Make the current round and all after it, then the report.

    Of all processes that work on a search one leads, the first that is there; it chooses where the
    next round looks. When it ends, another does.
    """
    name = current.plan.name
    with stop_named(name), current.storage.leading(name) as leads:
        while True:
            make_trials(current, setup, callbacks.watch)
            if current.number >= len(current.trials_per_round):
                return finish(setup.outcome(current), setup)
            current = _next(current, setup, leads, callbacks)


def make_trials(round: Round, setup: SearchSetup, watch: Watch | None) -> None:
    """Make the trials of one round, in this process or in several."""
    for row in _in_workers(round, setup) if setup.workers > 1 else _alone(round, setup):
        if watch is not None:
            watch(row, setup.outcome(round))


def _next(round: Round, setup: SearchSetup, leads: bool, callbacks: Callbacks) -> Round:
    """The round after this one: begun by whoever leads, which may be us from now on."""
    from netwright.searching.storage.interface import readable_errors
    from netwright.searching.study import open_round
    from netwright.searching.worker import WAIT

    storage, name, log = round.storage, round.plan.name, callbacks.log
    while True:
        with readable_errors(storage.name):
            there = open_round(storage, name, round.number + 1)
        if there is not None:
            return _more(there, round.trials_per_round) if leads else there
        with contextlib.nullcontext(True) if leads else storage.leading(name) as ours:
            if ours:
                return _finer(round, setup, callbacks.decide)
        if log is not None:
            log(
                f"round {round.number} has all its trials; the process that leads the search"
                " chooses where the next one looks"
            )
            log = None
        time.sleep(WAIT)


def _more(there: Round, trials_per_round: Sequence[int]) -> Round:
    """A round that is there, with as many trials as are wanted now."""
    from netwright.searching.storage.interface import readable_errors
    from netwright.searching.study import start_round

    storage = there.storage
    with readable_errors(storage.name):
        return start_round(
            storage, there.plan, there.number, there.space, trials_per_round, there.fixed
        )


def _finer(round: Round, setup: SearchSetup, decide: Decide | None) -> Round:
    """The next round: nearer to the best trials of this one, or in the same space if refused."""
    from netwright.searching import analysis
    from netwright.searching.storage.interface import readable_errors
    from netwright.searching.study import start_round

    plan, storage = round.plan, round.storage
    kept = analysis.allowed(round.rows(), setup.bounds)
    finer = analysis.region(kept, round.space, plan.better, setup.recipe)
    space = finer if decide is None or decide(round.space, finer) else round.space
    fixed = {**round.fixed, **analysis.fixed(round.space, space, kept, plan.better)}
    with readable_errors(storage.name):
        return start_round(storage, plan, round.number + 1, space, round.trials_per_round, fixed)


def _alone(round: Round, setup: SearchSetup) -> Iterator[TrialRow]:
    from netwright.searching.worker import work

    return work(round, setup.prepare(), setup.bounds)


def _in_workers(round: Round, setup: SearchSetup) -> Iterator[TrialRow]:
    from netwright.searching.workers import run_workers

    name, store = round.plan.name, setup.store
    arguments = ["search", "--join", name, "--worker", str(setup.threads), "--store", str(store)]
    if place := systems.place_of(setup.system.name).origin:
        arguments += ["--system", place]
    return run_workers(round, arguments, setup.workers, folder_of(store, name), setup.storage)


@contextlib.contextmanager
def stop_named(name: str) -> Iterator[None]:
    """A stop by hand inside the block names the search that it was."""
    try:
        yield
    except KeyboardInterrupt:
        raise KeyboardInterrupt(name) from None


def finish(outcome: Outcome, setup: SearchSetup) -> Outcome:
    """Write the search's report and figures, and the winner's own diagnosis and report."""
    from netwright.api.judged import references, views
    from netwright.runs.answers import mistakes
    from netwright.runs.keeping import promises
    from netwright.searching import report
    from netwright.training.setup import parts_of

    best = outcome.winner
    if best is not None and not (setup.store / best.run / "run.json").is_file():
        warnings.warn(
            f"the best trial's run {best.run} is not in {setup.store} any more: it was removed, or"
            " trained elsewhere; its settings and figures are known all the same.",
            NetwrightWarning,
            stacklevel=2,
        )
    elif best is not None:
        run = Run(stores.find(best.run, setup.store))
        try:
            examples = setup.system.arrange(setup.reading.examples, run.recipe)
            parts = parts_of(examples, run.record.splits_of(examples))
            mistakes.keep(run.record, setup.system, parts["dev"])
            views.make(run, parts["dev"])
            references.make(run, parts["dev"], references.fitted(run, parts["train"], parts["dev"]))
            run.diagnose()
            run.record.note(promised=promises.of(run.record))
        except RunError as error:
            warnings.warn(
                f"the best trial's run has no diagnosis: {error}", NetwrightWarning, stacklevel=2
            )
    outcome.folder.mkdir(parents=True, exist_ok=True)  # of trials in a database there is none yet
    write_json(Inside(outcome.folder, "search.json"), outcome.as_json())
    report.write(outcome)
    return outcome


def open_storage(store: Path, name: str, address: str | None, *, make: bool = False) -> Storage:
    """Where a search's trials are: the database at the address, else the search's own folder.

    Raises:
        NetwrightError: it cannot be reached, or there is no such search and none is to be made.
    """
    from netwright.searching.storage import journal_file, postgres

    if re.fullmatch(r"[A-Za-z0-9][\w.+-]*", name) is None:
        raise NetwrightError(
            f"a search cannot be called '{name}': expected letters, digits and . _ + - only."
        )
    if address:
        return postgres.open_url(address)
    folder = folder_of(store, name)
    if not make and not (folder / "trials.jsonl").exists():
        from netwright.base.errors import nearest

        searches = [path.parent.name for path in (store / "searches").glob("*/trials.jsonl")]
        hint = (
            nearest(name, searches)
            if searches
            else "; netwright search SOURCE begins one, --storage names a database."
        )
        raise NetwrightError(f"no search '{name}' in {store / 'searches'}{hint}")
    return journal_file.open_file(folder)


def folder_of(store: Path, name: str) -> Path:
    """The folder of a search's report, and of its trials unless they are in a database."""
    return store / "searches" / name
