"""``python -m benchmarks tables``: the default net on public tables beside the methods that people
use, on the same splits, under three seeds; and what each column was taken for.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from statistics import fmean, median
from typing import Any

from benchmarks.harness import ROOT, BenchmarkError, environment, python_of
from benchmarks.harness import Table as Shown
from benchmarks.tables.public import TABLES, Table

KINDS = Path(__file__).parent / "kinds.json"
"""Table -> column -> what a person says it is: a number, a boolean, a date, words, or left out (the
number of a row, an id). The target is what is asked for.
"""

LEFT_OUT = "left out"

NAMED = 5
"""Columns of a table that are read otherwise, at most."""

SAME = {"whole": "number", "comma": "number", "ignore": LEFT_OUT}
"""What a reader distinguishes, and a person does not."""

SEEDS = 3
LARGE = 1000
"""Dev rows from which on a table counts."""

BOOSTING, FASTAI, LINES = "gradient boosting", "fastai", ("logistic regression", "ridge regression")

Log = Callable[[str], None]


@dataclass(frozen=True)
class Outcome:
    """What came of a table.

    Args:
        seeds: of each, what ``one`` printed.
    """

    table: Table
    seeds: Sequence[Mapping[str, Any]]

    @property
    def refused(self) -> str:
        """The sentence by which it is refused; empty: it trains."""
        return str(self.seeds[0].get("refused", ""))

    @property
    def failed(self) -> str:
        """What went wrong where there is neither a refusal nor a result."""
        return str(next((seed["failed"] for seed in self.seeds if "failed" in seed), ""))

    @property
    def rows(self) -> int:
        """Dev rows."""
        return int(self.seeds[0]["splits"]["dev"]["netwright"]["figure"]["n"])

    @property
    def seconds(self) -> float:
        """Of a training, on the median."""
        return median(float(seed["seconds"]) for seed in self.seeds)

    @cached_property
    def methods(self) -> list[str]:
        """Those that answered under every seed."""
        answered = [seed["splits"]["dev"] for seed in self.seeds]
        return [name for name in answered[0] if all(name in one for one in answered)]

    def figure(self, split: str, method: str) -> str:
        """The mean over the seeds, and of the ends of their intervals."""
        from netwright.base import figures
        from netwright.base.measure import Measure

        if method not in self.methods:
            return "-"
        found = [seed["splits"][split][method]["figure"] for seed in self.seeds]
        value = fmean(one["value"] for one in found)
        low, high = (_mean([one[end] for one in found]) for end in ("low", "high"))
        return figures.level(Measure(value, found[0]["n"], low, high, unit=found[0]["unit"]))

    def lead(self, method: str, split: str = "test") -> tuple[float, float | None, float | None]:
        """How far ours is ahead, with the ends of its interval: means over the seeds, as if three
        were no surer than one, since rows lie in the splits of several.
        """
        found = [seed["splits"][split][method]["lead"] for seed in self.seeds]
        low, high = (_mean([one[end] for one in found]) for end in ("low", "high"))
        return fmean(one["value"] for one in found), low, high


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return fmean(known) if len(known) == len(values) else None


def run(only: Sequence[str], rounds: int, log: Log) -> list[Shown]:
    """The tables of the outcome; of ``rounds`` seeds, three at most.

    Args:
        only: names of the tables to try; empty: all.

    Raises:
        BenchmarkError: there is no such table, or a package cannot be fetched.
    """
    if unknown := [name for name in only if name not in TABLES]:
        raise BenchmarkError(f"no table '{unknown[0]}'; there are {', '.join(TABLES)}")
    fastai, why = _fastai()
    names, seeds = only or list(TABLES), min(rounds, SEEDS)
    outcomes = []
    for at, name in enumerate(names, start=1):
        table = TABLES[name]
        table.path()
        found = []
        for seed in range(seeds):
            found.append(_one(name, seed, fastai))
            log(f"{at} of {len(names)}, {name}, seed {seed}: {_in_short(found[-1])}")
            if "splits" not in found[-1]:
                break
        outcomes.append(Outcome(table, found))
    notes = [f"fastai: {why}"] if why else []
    return [_accuracy(outcomes, notes), _read(outcomes)]


def _fastai() -> tuple[str, str]:
    """fastai's Python; or why there is none."""
    try:
        return str(python_of(FASTAI)), ""
    except BenchmarkError as error:
        return "", str(error)


def _one(name: str, seed: int, fastai: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.tables.one", name, str(seed)]
    ended = subprocess.run(
        [*command, *([fastai] if fastai else [])],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode:
        return {"failed": (ended.stderr.strip().splitlines() or ["no message"])[-1]}
    found: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return found


def _in_short(found: Mapping[str, Any]) -> str:
    if "splits" not in found:
        return str(found.get("refused") or found["failed"])
    answered = found["splits"]["test"]
    return f"{found['seconds']:.1f} s; test " + ", ".join(
        f"{name} {one['figure']['value']:.4g}" for name, one in answered.items()
    )


# --- the tables


def _accuracy(outcomes: Sequence[Outcome], notes: list[str]) -> Shown:
    trained = [one for one in outcomes if not one.refused and not one.failed]
    heads = ("table", "metric", "dev rows", "netwright", "line", BOOSTING, FASTAI)
    rows = []
    for one in sorted(trained, key=lambda one: -one.rows):
        line = next((name for name in LINES if name in one.methods), LINES[0])
        names = ("netwright", line, BOOSTING, FASTAI)
        rows.append(
            (
                one.table.name,
                str(one.seeds[0]["metric"]["name"]),
                f"{one.rows:,}",
                *(f"{one.figure('dev', n)}; {one.figure('test', n)}" for n in names),
                *(_ahead(one, name) for name in (BOOSTING, FASTAI)),
                f"{one.seconds:.1f}",
            )
        )
    columns = (*heads, f"ahead of {BOOSTING}", f"ahead of {FASTAI}", "seconds")
    large = [one for one in trained if one.rows >= LARGE]
    return Shown(
        "Public tables: dev; test, with 95% intervals",
        columns,
        tuple(rows),
        (
            *_aims(large),
            "means over the seeds; how far netwright is ahead is measured on test, pair by pair,"
            " its interval as wide as under one seed",
            *_failures(trained),
            *notes,
        ),
        {one.table.name: list(one.seeds) for one in outcomes},
    )


def _ahead(one: Outcome, method: str) -> str:
    from netwright.base import figures

    if method not in one.methods:
        return "-"
    return figures.points(*one.lead(method), unit=one.seeds[0]["metric"]["unit"])


def _aims(large: Sequence[Outcome]) -> list[str]:
    """Counted over the tables with enough dev rows."""
    if not large:
        return [f"no table of {LARGE:,} dev rows was tried, over which the aims are counted"]
    beside = [one for one in large if BOOSTING in one.methods]
    fast = [one for one in large if FASTAI in one.methods]
    not_worse = sum(not _below(one.lead(BOOSTING)) for one in beside)
    better = sum(_above(one.lead(FASTAI)) for one in fast)
    seconds = median(one.seconds for one in large)
    return [
        _aim(3 * not_worse >= 2 * len(beside), "not worse than gradient boosting beyond noise on")
        + f" {not_worse} of {len(beside)} tables, goal two thirds",
        _aim(bool(fast) and 2 * better >= len(fast), "better than fastai beyond noise on")
        + f" {better} of {len(fast)} tables, goal half",
        _aim(seconds < 60, f"a training takes {seconds:.0f} s on the median, goal under a minute"),
    ]


def _aim(met: bool, what: str) -> str:
    return f"{'met' if met else 'NOT met'}: {what}"


def _below(lead: tuple[float, float | None, float | None]) -> bool:
    return lead[2] is not None and lead[2] < 0


def _above(lead: tuple[float, float | None, float | None]) -> bool:
    return lead[1] is not None and lead[1] > 0


def _failures(trained: Sequence[Outcome]) -> list[str]:
    notes = [(one.table.name, one.seeds[0]["splits"]["notes"]) for one in trained]
    failed = {name: found[FASTAI] for name, found in notes if found.get(FASTAI)}
    return [f"fastai failed on {name}: {why}" for name, why in failed.items()]


def _read(outcomes: Sequence[Outcome]) -> Shown:
    """What each table was taken for, beside what a person says."""
    expected = json.loads(KINDS.read_text(encoding="utf-8"))
    rows, right = [], 0
    for one in outcomes:
        outcome = _compared_with(one, expected.get(one.table.name, {}))
        right += outcome in ("as expected", "refused as expected")
        rows.append((one.table.name, one.table.package, one.table.licence, outcome))
    return Shown(
        "Public tables: how they are read",
        ("table", "package", "licence", "columns"),
        tuple(rows),
        (
            f"{right} of {len(rows)} tables are read as a person reads them"
            " (benchmarks/tables/kinds.json)",
        ),
        {},
    )


def _compared_with(one: Outcome, expected: Mapping[str, str]) -> str:
    if one.failed:
        return f"FAILED: {one.failed}"
    if one.refused:
        right = one.table.refused and one.table.refused in one.refused
        return "refused as expected" if right else f"REFUSED: {one.refused}"
    found = _plain(one.table, one.seeds[0]["kinds"])
    apart = [
        f"{name or 'the first column'}: {found.get(name, LEFT_OUT)}, expected"
        f" {expected.get(name, LEFT_OUT)}"
        for name in dict.fromkeys([*expected, *found])
        if found.get(name, LEFT_OUT) != expected.get(name, LEFT_OUT)
    ]
    more = f"; and {len(apart) - NAMED} more" if len(apart) > NAMED else ""
    return "; ".join(apart[:NAMED]) + more or "as expected"


def _plain(table: Table, kinds: Mapping[str, str]) -> dict[str, str]:
    inputs = {name: kind for name, kind in kinds.items() if name != table.target}
    return {name: SAME.get(kind, kind) for name, kind in inputs.items()}


def write_kinds() -> None:
    """``kinds.json`` as the columns are read now, for a person to check: ``python -m
    benchmarks.tables.accuracy``.
    """
    found = {}
    for name, table in TABLES.items():
        found[name] = kinds_of(table)
        print(name, found[name], flush=True)
    lines = (
        f" {json.dumps(name)}: {json.dumps(kinds, ensure_ascii=False)}"
        for name, kinds in found.items()
    )
    KINDS.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def kinds_of(table: Table) -> dict[str, str]:
    """Column -> what it is taken for; empty: the table is refused."""
    from netwright.api.reading import read
    from netwright.base.errors import NetwrightError
    from netwright.recipe import Recipe

    recipe = Recipe().changed({"data.source": str(table.path()), "data.target": table.target})
    try:
        reading = read(str(table.path()), recipe)
    except NetwrightError as error:
        print(f"{table.name} is refused: {error}")
        return {}
    return _plain(table, {name: form.kind for name, form in reading.columns.items()})


if __name__ == "__main__":
    write_kinds()
