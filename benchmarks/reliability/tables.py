"""Everything that is tried, and a table for each: ``python -m benchmarks reliability``."""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from benchmarks import chromium
from benchmarks.harness import Table
from benchmarks.reliability import (
    at_once,
    browser,
    cases,
    disk,
    fuzz,
    kills,
    live_kills,
    postgres,
    search_kills,
)
from benchmarks.reliability.disk import Trial
from benchmarks.reliability.kills import Chain, Peace
from benchmarks.reliability.zygote import Zygote

Log = Callable[[str], None]

T = TypeVar("T")

FULL_DISKS = 20
SHOWN = 20
"""Lines of what went wrong, below a table at most."""


@dataclass(frozen=True)
class Size:
    """How much is tried.

    Args:
        kills: of trainings.
        live: trainings that are tweaked and rewound.
        searches: whose workers are killed.
        inputs: that are damaged.
    """

    kills: int
    live: int
    searches: int
    inputs: int

    @classmethod
    def of(cls, kills: int, inputs: int) -> Size:
        """So many kills of trainings, and tweaks, rewinds and searches in proportion."""
        return cls(kills, max(2, kills // 20), max(2, kills // 40), inputs)


@dataclass(frozen=True)
class Place:
    """Where things are tried.

    Args:
        folder: for all that is written.
        zygote: forks the processes.
    """

    folder: Path
    zygote: Zygote
    log: Log


def run(size: Size, parts: Sequence[str], rounds: int, log: Log) -> list[Table]:
    """A table for each part, of ``PARTS``; rounds are for what is measured in time."""
    with tempfile.TemporaryDirectory(prefix="nw-reliability-") as name:
        folder = Path(name)
        with Zygote(_variables(folder)) as zygote:
            place = Place(folder, zygote, log)
            return [table(place, size) for part, table in PARTS.items() if part in parts]


def killed(place: Place, size: Size) -> Table:
    """Trainings."""
    found = [*cases.digits(), *cases.of_systems(place.folder / "samples")]
    peaces = []
    for at, case in enumerate(found):
        place.log(f"in peace: {case.name}")
        peaces.append(kills.in_peace(place.zygote, case, place.folder / "peace" / str(at)))

    def part(zygote: Zygote, seed: int, number: int) -> list[Chain]:
        folder = place.folder / "kills" / str(seed)
        chains = []
        for chain in kills.chains(zygote, peaces[seed:] + peaces[:seed], folder, number, seed):
            chains.append(chain)
            if not chain.good:
                place.log(f"{chain.case}: {chain.comparison}{''.join(chain.troubles)}")
        return chains

    return _killed_table(peaces, _at_once(place, size.kills, part))


def _killed_table(peaces: Sequence[Peace], chains: Sequence[Chain]) -> Table:
    rows = []
    for name in [*(peace.case.name for peace in peaces), None]:
        some = [chain for chain in chains if name in (None, chain.case)]
        rows.append(
            (
                name or "all",
                f"{sum(chain.kills for chain in some):,}",
                f"{len(some):,}",
                f"{sum(chain.anew for chain in some):,}",
                f"{sum(bool(chain.comparison.differences) for chain in some):,}",
                f"{sum(bool(chain.comparison.missing) for chain in some):,}",
                f"{sum(bool(chain.comparison.left_over) for chain in some):,}",
                f"{sum(bool(chain.troubles) for chain in some):,}",
            )
        )
    columns = (
        *("training", "kills", "chains", "begun anew", "that differ"),
        *("with files missing", "with files left over", "with a traceback or no end"),
    )
    noise = [
        f"in peace twice, {peace.case.name} differs from itself: {peace.again}"
        for peace in peaces
        if not peace.again.equal
    ]
    wrong = Counter(
        line for chain in chains for line in (*str(chain.comparison).splitlines(), *chain.troubles)
    )
    notes = (*noise, *_counted(wrong))
    return Table("Killed and gone on with", columns, tuple(rows), notes, {"wrong": dict(wrong)})


def lived(place: Place, size: Size) -> Table:
    """Trainings that are tweaked and rewound."""

    def part(zygote: Zygote, seed: int, number: int) -> list[live_kills.LiveChain]:
        return [
            live_kills.live_chain(zygote, place.folder / f"live/{seed}-{at}", 1000 * seed + at)
            for at in range(number)
        ]

    chains = _at_once(place, size.live, part)
    rows = (
        ("trainings", f"{len(chains):,}"),
        ("kills", f"{sum(chain.kills for chain in chains):,}"),
        ("tweaks and rewinds done", f"{sum(chain.requests for chain in chains):,}"),
        ("trainings whose record does not hold", f"{sum(bool(c.troubles) for c in chains):,}"),
    )
    wrong = Counter(line for chain in chains for line in chain.troubles)
    return Table("Tweaked, rewound and killed", ("", "number"), rows, _counted(wrong), {})


def searched(place: Place, size: Size) -> Table:
    """Searches of two workers."""

    def part(zygote: Zygote, seed: int, number: int) -> list[search_kills.SearchChain]:
        return [
            search_kills.search_chain(
                zygote, place.folder / f"search/{seed}-{at}", 1000 * seed + at
            )
            for at in range(number)
        ]

    return _search_table("Searches of two workers, killed", _at_once(place, size.searches, part))


def served(place: Place, size: Size) -> Table:
    """Searches whose server is killed."""
    title = "Searches of two workers, their PostgreSQL server killed"
    if postgres.programs() is None:
        return _left_out(title, "there is no PostgreSQL here: apt-get install postgresql")
    chains = [
        postgres.server_chain(place.zygote, place.folder / f"postgres/{at}", at)
        for at in range(max(1, size.searches // 3))
    ]
    return _search_table(title, chains)


def _search_table(title: str, chains: Sequence[search_kills.SearchChain]) -> Table:
    rows = (
        ("searches", f"{len(chains):,}"),
        ("kills", f"{sum(chain.kills for chain in chains):,}"),
        ("searches with a trial lost or made twice", f"{sum(bool(c.troubles) for c in chains):,}"),
    )
    wrong = Counter(line for chain in chains for line in chain.troubles)
    return Table(title, ("", "number"), rows, _counted(wrong), {})


def on_disks(place: Place, size: Size) -> Table:
    """Disks, clocks, and several processes at once."""
    folder, zygote = place.folder / "disk", place.zygote
    peace = kills.in_peace(zygote, cases.small(), folder / "peace")
    notes, trials = [], list[Trial]()
    try:
        trials += disk.full(zygote, peace, folder / "full", FULL_DISKS)
        trials.append(disk.read_only(zygote, peace, folder / "read-only"))
    except OSError as error:
        notes.append(f"left out: full disks and read-only stores, which take a mount ({error})")
    trials += [
        disk.vanishing(zygote, peace, folder / "run-vanishes", whole=False),
        disk.vanishing(zygote, peace, folder / "store-vanishes", whole=True),
        at_once.two_resumes(zygote, peace, folder / "resumes"),
        at_once.ten_starts(zygote, peace, folder / "starts"),
        at_once.clock_going_back(zygote, peace, folder / "clock"),
    ]
    rows = tuple((trial.name, "not as promised" if trial.troubles else "held") for trial in trials)
    notes += [f"{trial.name}: {line}" for trial in trials for line in trial.troubles]
    return Table("Disks, clocks, several at once", ("", "outcome"), rows, tuple(notes), {})


def fuzzed(place: Place, size: Size) -> Table:
    """Damaged input."""

    def part(zygote: Zygote, seed: int, number: int) -> list[fuzz.Outcome]:
        return [
            fuzz.fuzz(zygote, kind, place.folder / "fuzz" / f"{seed}-{kind}", number // 3, seed)
            for kind in fuzz.KINDS
        ]

    outcomes = _at_once(place, size.inputs, part)
    rows, faults, first = [], Counter[str](), dict[str, str]()
    for kind in fuzz.KINDS:
        some = [outcome for outcome in outcomes if outcome.kind == kind]
        wrong = sum((outcome.faults for outcome in some), Counter[str]())
        rows.append(
            (
                kind,
                f"{sum(outcome.inputs for outcome in some):,}",
                f"{wrong.total():,}",
                f"{len(wrong):,}",
                f"{max(outcome.slowest for outcome in some):.1f} s",
            )
        )
        faults += wrong
        for outcome in some:
            first |= outcome.first
    columns = ("damaged", "inputs", "not one sentence", "causes", "slowest")
    notes = [f"{line}; first: {first[fault][:200]}" for fault, line in _lines_of(faults)]
    return Table("Damaged input", columns, tuple(rows), tuple(notes), {"faults": first})


def browsed(place: Place, size: Size) -> Table:
    """Reports of hostile names."""
    title = "Reports of classes, columns and files called like scripts"
    if chromium.FOUND is None:
        return _left_out(title, "there is no Chromium here: apt-get install chromium")
    pages = list(browser.pages(place.zygote, place.folder / "browser"))
    rows = tuple(
        (page.name, "yes" if page.policy else "no", "yes" if page.ran else "no") for page in pages
    )
    notes = ("of the last page, which is no report, a script must run: it shows that one could",)
    return Table(title, ("page", "policy", "a script ran"), rows, notes, {})


Part = Callable[[Place, Size], Table]

PARTS: dict[str, Part] = {
    "kills": killed,
    "live": lived,
    "searches": searched,
    "disk": on_disks,
    "fuzz": fuzzed,
    "browser": browsed,
    "postgres": served,
}


def _at_once(place: Place, number: int, part: Callable[[Zygote, int, int], list[T]]) -> list[T]:
    """What each processor finds with its fraction of the number: ``part(zygote, seed, number)``."""
    count = min(os.cpu_count() or 1, max(1, number))
    numbers = [number // count + (at < number % count) for at in range(count)]

    def one(seed: int) -> list[T]:
        with Zygote(_variables(place.folder)) as zygote:
            return part(zygote, seed, numbers[seed])

    with ThreadPoolExecutor(count) as pool:
        return [found for some in pool.map(one, range(count)) for found in some]


def _variables(folder: Path) -> dict[str, str]:
    return {"NETWRIGHT_CACHE": str(folder / "cache"), "POLARS_MAX_THREADS": "1"}


def _left_out(title: str, why: str) -> Table:
    return Table(title, ("", "outcome"), (("all", "left out"),), (why,), {})


def _counted(wrong: Counter[str]) -> tuple[str, ...]:
    """The commonest, each in a line with how often it came."""
    more = len(wrong) - SHOWN
    return (*(line for _, line in _lines_of(wrong)), *([f"and {more} others"] if more > 0 else []))


def _lines_of(wrong: Counter[str]) -> list[tuple[str, str]]:
    return [
        (what, f"{number:,} times: {' '.join(what.split())[:300]}")
        for what, number in wrong.most_common(SHOWN)
    ]
