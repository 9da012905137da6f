"""Training on what does not fit into the memory budget stays within it, measured by the operating
system.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from benchmarks.memory import ROW, write_idx, write_table

BUDGET = 16
SIDE = 64
TRAIN = f"""
import sys, netwright as nw
budget, batch = map(int, sys.argv[2:])
target = "y" if sys.argv[1].endswith(".csv") else None
settings = {{"training.memory": budget, "training.threads": 1, "training.step": "eager",
             "data.image_size": {SIDE}, "model.hidden": [16], "training.batch_size": batch}}
store = sys.argv[1] + "-runs"
nw.train(sys.argv[1], target=target, model="mlp", epochs=1, set=settings, store=store)
"""


def peak(source: Path, budget: int = BUDGET, batch: int = 32) -> float:
    """Peak resident MiB of a training in a process of its own."""
    process = subprocess.Popen(
        [sys.executable, "-c", TRAIN, str(source), str(budget), str(batch)],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return used.ru_maxrss / (1024 if sys.platform == "linux" else 2**20)


@pytest.mark.skipif(not hasattr(os, "wait4"), reason="the system does not tell a child's memory")
def test_a_source_four_times_the_budget_takes_no_more_than_the_budget(tmp_path: Path) -> None:
    """A budget of 16 MiB, 64 MiB of images; 200 images tell what torch, the net and the report take
    anyway.
    """
    write_idx(tmp_path / "large", 4 * BUDGET * 2**20 // SIDE**2, side=SIDE)
    write_idx(tmp_path / "tiny", 200, side=SIDE)
    tiny, large = peak(tmp_path / "tiny"), peak(tmp_path / "large")
    assert large - tiny <= BUDGET, f"{large:.0f} MiB beside {tiny:.0f}"


@pytest.mark.skipif(not hasattr(os, "wait4"), reason="the system does not tell a child's memory")
def test_a_table_four_times_the_budget_takes_little_more_than_what_is_kept_of_each_row(
    tmp_path: Path,
) -> None:
    """A CSV of 16 MiB: its ids, targets, places and order are held besides, some 100 bytes a row at
    the worst moment.
    """
    budget = BUDGET // 4
    large = 4 * budget * 2**20 // ROW
    write_table(tmp_path / "large.csv", large)
    write_table(tmp_path / "tiny.csv", 200)
    tiny, most = (peak(tmp_path / f"{size}.csv", budget, 256) for size in ("tiny", "large"))
    assert most - tiny <= budget + 100 * large / 2**20, (
        f"{most:.0f} MiB beside {tiny:.0f}, {large:,} rows"
    )
