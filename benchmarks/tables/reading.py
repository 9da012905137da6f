"""``python -m benchmarks tables-reading``: a large CSV of mixed columns, read with all our rules,
beside ``polars.read_csv``; ``python -m benchmarks.tables.reading WAY FILE`` reads it as a worker.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from benchmarks.harness import BenchmarkError, Ratio, cell, interleave, start_all
from benchmarks.harness import Table as Shown
from benchmarks.tables.packages import PLACE

MEMORY = 2**31
"""Bytes that reading may take, the default of ``training.memory``."""

PART = 50_000
"""Rows that are written at once."""

GOAL = 0.5

WAYS = ("polars.read_csv", "netwright, types and cells", "netwright, with ids")


def run(size: int, rounds: int, log: Callable[[str], None]) -> list[Shown]:
    """One table.

    Args:
        size: of the file, in MB.
    """
    path = PLACE / f"reading-{size}.csv"
    if not path.exists():
        log(f"writing {path.name}")
        write(path, size * 10**6)
    module = "benchmarks.tables.reading"
    with ExitStack() as stack:
        commands = {way: (None, (module, way, str(path))) for way in WAYS}
        asks, failed = start_all(stack, commands)
        found, broken = interleave(asks, rounds, log)
    if WAYS[0] not in found:
        raise BenchmarkError(f"polars: {failed | broken}")
    seconds = {way: [one["seconds"] for one in answers] for way, answers in found.items()}
    rows, notes = [], [f"{way} {why}" for way, why in (failed | broken).items()]
    for way, answers in found.items():
        speed = Ratio.between(seconds[WAYS[0]], seconds[way])
        peak = max(one["peak"] for one in answers)
        rows.append((way, f"{min(seconds[way]):.1f}", cell(speed), f"{peak:,.0f}"))
        if way == WAYS[1]:
            met = "met" if speed.median >= GOAL else "NOT met"
            notes.append(f"{met}: {speed.median:.2f} of polars' speed, goal {GOAL}, ids apart")
        if way == WAYS[2]:
            met = "met" if peak <= MEMORY / 2**20 else "NOT met"
            notes.append(f"{met}: {peak:,.0f} MiB at most, budget {MEMORY >> 20:,} MiB")
    columns = ("who", "best, s", "speed beside polars", "peak, MiB")
    title = f"Reading a CSV of {path.stat().st_size / 1e6:,.0f} MB, 12 mixed columns"
    return [Shown(title, columns, tuple(rows), tuple(notes), {"seconds": seconds})]


def write(path: Path, size: int) -> None:
    """Numbers whole and broken, words few and many, codes, dates, money, yes and no, gaps."""
    import numpy as np
    import polars as pl

    rng = np.random.default_rng(0)
    cities = np.array([f"city {at}" for at in range(300)])
    part = path.with_suffix(".part")
    part.parent.mkdir(parents=True, exist_ok=True)
    with part.open("wb") as file:
        while file.tell() < size:
            start = file.tell()
            whole = rng.integers(0, 10**6, (3, PART))
            broken = rng.normal(size=(3, PART)).round(6)
            gaps = rng.uniform(size=PART) < 0.05
            frame = pl.DataFrame(
                {
                    "row": np.arange(PART) + start,
                    "count": whole[0],
                    "price": [f"${value:,}" for value in whole[1].tolist()],
                    "width": broken[0],
                    "height": pl.Series(broken[1]).scatter(np.flatnonzero(gaps), None),
                    "part": [f"{value / 1e4:.1f}%" for value in whole[2].tolist()],
                    "city": cities[rng.integers(0, 300, PART)],
                    "zip": [f"{value:05}" for value in rng.integers(0, 99_999, PART).tolist()],
                    "day": pl.Series(rng.integers(0, 20_000, PART)).cast(pl.Int32).cast(pl.Date),
                    "open": np.where(rng.uniform(size=PART) < 0.5, "yes", "no"),
                    "depth": broken[2],
                    "y": rng.choice(["low", "high"], PART),
                }
            )
            frame.write_csv(file, include_header=start == 0)
    part.rename(path)


def read_as(way: str, path: Path) -> None:
    """Read the file, to the end."""
    if way == WAYS[0]:
        import polars as pl

        pl.read_csv(path)
    elif way == WAYS[1]:
        from netwright.data.tables import table_files
        from netwright.data.tables.judging import Judging

        for _ in table_files.table(table_files.look(path), MEMORY, Judging()).parts():
            pass
    else:
        from netwright.api.reading import read
        from netwright.recipe import Recipe

        read(str(path), Recipe().changed({"data.source": str(path), "data.target": "y"}))


def main() -> None:
    """Answer each line of stdin with the seconds and the peak of one reading."""
    import tempfile

    way, path = sys.argv[1], Path(sys.argv[2])
    for _ in sys.stdin:
        with tempfile.TemporaryDirectory(dir=PLACE) as cache, _cache(cache):
            began = time.perf_counter()
            read_as(way, path)
            seconds = time.perf_counter() - began
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({"seconds": seconds, "peak": peak}), flush=True)


def _cache(folder: str) -> ExitStack:
    """An empty cache folder: what was typed before would be read, not typed."""
    import os

    stack = ExitStack()
    before = os.environ.get("NETWRIGHT_CACHE")
    os.environ["NETWRIGHT_CACHE"] = folder
    if before is not None:
        stack.callback(os.environ.__setitem__, "NETWRIGHT_CACHE", before)
    return stack


if __name__ == "__main__":
    main()
