"""What every way to search does: make the rounds, on one process or several, and end with a
report.
"""

from __future__ import annotations

import contextlib
import re
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from netwright.api.run import Run
from netwright.base.errors import NetwrightError, NetwrightWarning, RunError
from netwright.base.files import write_json
from netwright.recipe import Recipe
from netwright.runs import store as stores
from netwright.runs.choice import Bound
from netwright.searching.space import Space

if TYPE_CHECKING:
    from netwright.contract import System
    from netwright.data.sources.recognize import Reading
    from netwright.searching.outcome import Outcome
    from netwright.searching.storage.interface import Storage
    from netwright.searching.study import Plan, Round
    from netwright.searching.trials import TrialRow
    from netwright.searching.worker import Prepare

Watch = Callable[["TrialRow", "Outcome"], None]
"""Told each trial that ended, and the search as it stands."""

Decide = Callable[[Space, Space], bool]
"""Shown the space of a round and the finer one that comes next; False keeps the first."""


@dataclass(frozen=True)
class Begun:
    """What the trainings of a search have in common, read once."""

    system: System
    reading: Reading
    recipe: Recipe
    where: Path
    bounds: tuple[Bound, ...]
    threads: int | None = None

    def prepare(self) -> Prepare:
        """knob -> value, to a training that is ready to begin, on the data that were read once."""
        from netwright.runs import project
        from netwright.training import trainer

        shared = (
            {}
            if self.threads is None or self.recipe.training.threads != "auto"
            else {"training.threads": self.threads}
        )
        return lambda values: trainer.prepare(
            self.system,
            self.reading,
            self.recipe.changed({**shared, **values}),
            self.where,
            project.read(),
        )


def begin(
    plan: Plan,
    space: Space,
    where: Path,
    trials: int,
    rounds: int,
    storage: str | None,
    say: Callable[[str], None] | None,
) -> Round:
    """The first round of a search, made if it is not there; the trials are shared evenly by the
    rounds.
    """
    from netwright.searching.storage.interface import spoken
    from netwright.searching.study import start_round

    place = open_storage(where, plan.name, storage, make=True)
    if say is not None:
        say(
            f"search {plan.name}, kept in {place.where}; netwright search --join {plan.name}"
            " joins it"
        )
    shares = [
        trials // rounds + (1 if number <= trials % rounds else 0)
        for number in range(1, rounds + 1)
    ]
    with spoken(place.where):
        return start_round(place, plan, 1, space, shares, {})


def go_on(
    part: Round,
    begun: Begun,
    workers: int,
    storage: str | None,
    decide: Decide | None,
    watch: Watch | None,
    say: Callable[[str], None] | None,
) -> Outcome:
    """This round and all after it, and the end.

    Of all processes that work on a search one leads, the first that is there; it chooses where the
    next round looks. When it ends, another does.
    """
    place, plan = part.storage, part.plan
    with stop_named(plan.name), place.leading(plan.name) as leads:
        while True:
            for row in (
                _workers(part, begun, workers, storage) if workers > 1 else _alone(part, begun)
            ):
                if watch is not None:
                    watch(row, outcome_of(place, plan, begun))
            if part.number >= len(part.shares):
                return finish(outcome_of(place, plan, begun), begun)
            part = _next(part, begun, leads, decide, say)


def _next(
    part: Round, begun: Begun, leads: bool, decide: Decide | None, say: Callable[[str], None] | None
) -> Round:
    """The round after this one: begun by whoever leads, which may be us from now on."""
    from netwright.searching.storage.interface import spoken
    from netwright.searching.study import open_round
    from netwright.searching.worker import WAIT

    place, name = part.storage, part.plan.name
    while True:
        with spoken(place.where):
            there = open_round(place, name, part.number + 1)
        if there is not None:
            return _more(there, part.shares) if leads else there
        with contextlib.nullcontext(True) if leads else place.leading(name) as ours:
            if ours:
                return _finer(part, begun, decide)
        if say is not None:
            say(
                f"round {part.number} has all its trials; the process that leads the search chooses"
                " where the next one looks"
            )
            say = None
        time.sleep(WAIT)


def _more(there: Round, shares: Sequence[int]) -> Round:
    """A round that is there, with as many trials as are asked for now."""
    from netwright.searching.storage.interface import spoken
    from netwright.searching.study import start_round

    with spoken(there.storage.where):
        return start_round(
            there.storage, there.plan, there.number, there.space, shares, there.settled
        )


def _finer(part: Round, begun: Begun, decide: Decide | None) -> Round:
    """The next round: nearer to the best trials of this one, or in the same space when that is
    refused.
    """
    from netwright.searching import analysis
    from netwright.searching.storage.interface import spoken
    from netwright.searching.study import start_round

    kept = analysis.allowed(part.rows(), begun.bounds)
    finer = analysis.region(kept, part.space, part.plan.better, begun.recipe)
    space = finer if decide is None or decide(part.space, finer) else part.space
    resolved = {**part.settled, **analysis.fixed(part.space, space, kept, part.plan.better)}
    with spoken(part.storage.where):
        return start_round(part.storage, part.plan, part.number + 1, space, part.shares, resolved)


def _alone(part: Round, begun: Begun) -> Iterator[TrialRow]:
    from netwright.searching.worker import work

    return work(part, begun.prepare(), begun.bounds)


def _workers(part: Round, begun: Begun, count: int, storage: str | None) -> Iterator[TrialRow]:
    from netwright.searching.workers import run_workers

    arguments = [
        "search",
        "--join",
        part.plan.name,
        "--worker",
        str(begun.threads),
        "--store",
        str(begun.where),
    ]
    return run_workers(
        part, arguments, count, folder_of(begun.where, part.plan.name) / "workers", storage
    )


@contextlib.contextmanager
def stop_named(name: str) -> Iterator[None]:
    """A stop by hand inside the block says which search it was."""
    try:
        yield
    except KeyboardInterrupt:
        raise KeyboardInterrupt(name) from None


def outcome_of(place: Storage, plan: Plan, begun: Begun) -> Outcome:
    """The search as it stands."""
    from netwright.searching import outcome

    return outcome.read(
        place, plan.name, begun.recipe, begun.bounds, folder_of(begun.where, plan.name)
    )


def finish(found: Outcome, begun: Begun) -> Outcome:
    """The report of the search, its figures as JSON, and the winner's own diagnosis and report."""
    from netwright.runs import mistakes
    from netwright.searching import report

    best = found.winner
    if best is not None and (begun.where / best.run / "run.json").is_file():
        run = Run(stores.find(best.run, begun.where))
        try:
            rows = [i for i, split in enumerate(run.record.splits()) if split == "dev"]
            mistakes.keep(run.record, begun.reading.examples.take(rows))
            run.diagnose()
        except RunError as error:
            warnings.warn(
                f"the best trial's run has no diagnosis: {error}", NetwrightWarning, stacklevel=2
            )
    write_json(found.folder / "search.json", found.as_json())
    report.write(found)
    return found


def open_storage(where: Path, name: str, storage: str | None, *, make: bool = False) -> Storage:
    """Where a search's trials are: the database that was named, else the search's own folder.

    Raises:
        NetwrightError: it cannot be reached, or there is no such search and none is to be made.
    """
    from netwright.searching.storage import journal_file, postgres

    if re.fullmatch(r"[A-Za-z0-9][\w.+-]*", name) is None:
        raise NetwrightError(
            f"a search cannot be called '{name}': expected letters, digits and . _ + - only."
        )
    if storage:
        return postgres.open_url(storage)
    folder = folder_of(where, name)
    if not make and not (folder / "trials.jsonl").exists():
        from netwright.base.errors import nearest

        there = [path.parent.name for path in (where / "searches").glob("*/trials.jsonl")]
        hint = (
            nearest(name, there)
            if there
            else "; netwright search SOURCE begins one, --storage names a database."
        )
        raise NetwrightError(f"no search '{name}' in {where / 'searches'}{hint}")
    return journal_file.open_file(folder)


def folder_of(where: Path, name: str) -> Path:
    """Where a search's report lies, and its trials unless they are in a database."""
    return where / "searches" / name
