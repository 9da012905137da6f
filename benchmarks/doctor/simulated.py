"""Simulated ladders that begin at the held-out errors of real nets, with one gap planted at three
to five standard errors of the difference of two dev sets, and healthy ones: is the first verdict
right?
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from benchmarks.doctor.confusion import HEALTHY, Judgement, table
from benchmarks.doctor.nets import RealNet
from benchmarks.harness import Table
from netwright.doctor.gaps.judgement import diagnose_ladder
from netwright.doctor.gaps.ladder import Rung

GAPS = ("avoidable bias", "variance", "data mismatch", "overfit to dev")
RUNGS = ("human", "train", "train_dev", "dev", "test")
SIZES = (500, 1000, 2000)
ERRORS = 3.0, 5.0
"""Of how many standard errors the planted gap is, from and to."""

A_KIND = 1000
"""Cases of each gap."""


def run(nets: Sequence[RealNet], log: Callable[[str], None]) -> Table:
    """Every kind in the same number, by many seeds."""
    rng = np.random.default_rng(0)
    cases = [
        Judgement(kind, verdict := _first(kind, nets[at % len(nets)], rng), verdict == kind)
        for kind in (*GAPS, HEALTHY)
        for at in range(A_KIND)
    ]
    log("doctor: simulated ladders are judged")
    return table("simulated ladders", cases)


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
