"""Ladders drawn from the answers of real nets, with one gap planted at three or more standard
errors of the dev set, and healthy ones: is the first verdict right?
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from benchmarks.doctor.nets import RealNet
from benchmarks.harness import Table
from netwright.doctor.gaps.judgement import diagnose_ladder
from netwright.doctor.gaps.ladder import Rung
from netwright.metrics.intervals import wilson

GAPS = ("avoidable bias", "variance", "data mismatch", "overfit to dev")
HEALTHY = "nothing wrong"
RUNGS = ("human", "train", "train_dev", "dev", "test")
SIZES = (500, 1000, 2000)
ERRORS = 3.0, 5.0
"""Of how many standard errors the planted gap is, from and to."""

A_KIND = 100
"""Cases of each gap."""


def run(nets: Sequence[RealNet], log: Callable[[str], None]) -> Table:
    """Every kind in the same number, by many seeds."""
    rng = np.random.default_rng(0)
    confusion: Counter[tuple[str, str]] = Counter()
    for kind in (*GAPS, HEALTHY):
        for at in range(A_KIND):
            confusion[kind, _first(kind, nets[at % len(nets)], rng)] += 1
    log("doctor: simulated ladders are judged")
    return table("simulated ladders", confusion, (*GAPS, HEALTHY))


def _first(kind: str, net: RealNet, rng: Any) -> str:
    """The first verdict on a ladder with this gap planted: the level below it is that of the net's
    real answers, thinned; every rung is drawn anew.
    """
    n = int(rng.choice(SIZES))
    base = min(0.3, max(0.03, float(net.held_out.mean())))
    step = float(rng.uniform(*ERRORS)) * (2 * base * (1 - base) / n) ** 0.5
    levels, level = {}, base
    planted = dict(zip(RUNGS[1:], GAPS, strict=True))
    for name in RUNGS:
        level += step if planted.get(name) == kind else 0.0
        levels[name] = level
    rungs = [Rung("human", base)]
    for name in RUNGS[1:]:
        count = 10_000 if name == "train" else n
        wrong = _drawn(net, levels[name], count, rng)
        rungs.append(Rung(name, wrong / count, count))
    found = diagnose_ladder(rungs)
    return next((gap.name for gap in found.gaps if gap.verdict == "first"), HEALTHY)


def _drawn(net: RealNet, level: float, count: int, rng: Any) -> int:
    """How many of so many examples are wrong: real answers, drawn so that their error is as
    planted.
    """
    wrong, right = np.flatnonzero(net.held_out), np.flatnonzero(~net.held_out)
    is_wrong = rng.random(count) < level
    rows = np.where(is_wrong, rng.choice(wrong, count), rng.choice(right, count))
    return int(net.held_out[rows].sum())


def table(title: str, confusion: Counter[tuple[str, str]], kinds: Sequence[str]) -> Table:
    """Planted against found, and how many are right with an interval."""
    found = list(dict.fromkeys([*kinds, *sorted({answer for _, answer in confusion})]))
    rows = [(kind, *(str(confusion[kind, answer]) for answer in found)) for kind in kinds]
    ill = [kind for kind in kinds if kind != HEALTHY]
    total = sum(count for (kind, _), count in confusion.items() if kind in ill)
    right = sum(confusion[kind, kind] for kind in ill)
    notes = [_figure("first verdict right", right, total, "95%, lower end above 90%")]
    if healthy := sum(count for (kind, _), count in confusion.items() if kind == HEALTHY):
        left = confusion[HEALTHY, HEALTHY]
        notes.append(_figure("healthy ones left alone", left, healthy, "90%"))
    return Table(f"The doctor: {title}", ("planted", *found), tuple(rows), tuple(notes), {})


def _figure(what: str, right: int, total: int, goal: str) -> str:
    low, high = wilson(right, total)
    return f"{what}: {right} of {total}, {right / total:.1%} ({low:.1%} to {high:.1%}); goal {goal}"
