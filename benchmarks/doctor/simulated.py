"""Simulated ladders that begin at the held-out errors of real nets, with one gap planted at three
to five standard errors of the difference of two dev sets, and healthy ones: is the first verdict
right?
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

A_KIND = 1000
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
    """The first verdict on a ladder with this gap planted, which begins at the net's error; the
    wrong answers of every rung are drawn at its level.
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
        rungs.append(Rung(name, rng.binomial(count, levels[name]) / count, count))
    found = diagnose_ladder(rungs)
    return next((gap.name for gap in found.gaps if gap.verdict == "first"), HEALTHY)


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
