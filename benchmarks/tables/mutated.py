"""``python -m benchmarks tables-mutated``: the public tables, changed by chance and described, in
forked processes with little memory; none may end in a traceback.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.harness import Table as Shown
from benchmarks.reliability import fuzz
from benchmarks.reliability.zygote import Zygote
from benchmarks.tables.public import TABLES

SHOWN = 20


def run(inputs: int, rounds: int, log: Callable[[str], None]) -> list[Shown]:
    """One table; ``rounds`` is not used."""
    for table in TABLES.values():
        table.path()
    began = time.monotonic()
    workers = os.cpu_count() or 2
    with tempfile.TemporaryDirectory(prefix="nw-tables-") as name:

        def some(seed: int) -> fuzz.Outcome:
            place = Path(name, str(seed))
            variables = {"NETWRIGHT_CACHE": f"{place}/cache", "POLARS_MAX_THREADS": "1"}
            with Zygote(variables) as zygote:
                return fuzz.fuzz(zygote, fuzz.PUBLIC, place, -(-inputs // workers), seed)

        log(f"{inputs:,} changed tables in {workers} processes")
        with ThreadPoolExecutor(workers) as pool:
            outcomes = list(pool.map(some, range(workers)))
    return [_table(outcomes, time.monotonic() - began)]


def _table(outcomes: Sequence[fuzz.Outcome], seconds: float) -> Shown:
    tried = sum(one.inputs for one in outcomes)
    wrong = sum(one.faults.total() for one in outcomes)
    slowest = max(one.slowest for one in outcomes)
    first = {fault: what for one in outcomes for fault, what in one.first.items()}
    notes = [f"{what}: {' / '.join(fault.splitlines()[-2:])}" for fault, what in first.items()]
    met = "met" if not wrong else "NOT met"
    return Shown(
        f"{tried:,} changed tables",
        ("tried", "wrong", "kinds", "slowest, s", "seconds"),
        ((f"{tried:,}", f"{wrong:,}", str(len(first)), f"{slowest:.1f}", f"{seconds:.0f}"),),
        (f"{met}: none ends in a traceback", *notes[:SHOWN]),
        {"faults": first},
    )
