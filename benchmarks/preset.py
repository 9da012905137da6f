"""The speed that a training chooses by itself, beside plain eager float32.

ResNet-18 at 32x32, images per CPU second. Both train by the same fused AdamW on one thread; ours
through ``nw.train`` with everything on, its precision and memory layout tried before the first
step. Each side is a process of its own that trains once a round.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from statistics import median
from time import process_time

from benchmarks.harness import ROOT, Ratio, Table, cell, environment
from benchmarks.nets import resnet18

BATCH, STEPS = 64, 6
AIM = 1.9


def run(rounds: int, log: Callable[[str], None]) -> list[Table]:
    """Interleaved rounds."""
    import subprocess

    found: dict[str, list[float]] = {"netwright": [], "eager float32": []}
    for at in range(rounds):
        for name in found:
            log(f"preset: round {at + 1}, {name}")
            line = [sys.executable, "-m", "benchmarks.preset", name]
            printed = subprocess.run(
                line, cwd=ROOT, env=environment(), capture_output=True, text=True, check=True
            ).stdout
            found[name].append(float(printed.split()[-1]))
    ratio = Ratio.between(found["netwright"], found["eager float32"])
    met = "met" if ratio.median >= AIM else "NOT met"
    return [
        Table(
            title="ResNet-18, 32x32x3, batch 64: what a training chooses by itself",
            columns=("trainer", "images / CPU s", "/ eager float32"),
            rows=tuple(
                (name, f"{median(v):.0f}", cell(Ratio.between(v, found["eager float32"])))
                for name, v in found.items()
            ),
            notes=(
                (
                    f"{met}: {cell(ratio)} times eager float32, goal {AIM:g} where the processor"
                    " has bfloat16"
                ),
            ),
            figures={"rounds": found},
        )
    ]


def _ours() -> float:
    import numpy as np

    import netwright as nw

    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (2 * STEPS * BATCH, 32, 32, 3), dtype=np.uint8)
    labels = [str(at % 10) for at in range(len(images))]
    settings = {
        "training.batch_size": BATCH,
        "training.average": 0,
        "training.max_examples": (1 + STEPS) * BATCH,
        "split.dev": 0.05,
        "split.test": 0,
        "augment.strength": 0,
        "optimizer.lr": 1e-3,
        "training.watch_layers": False,
    }
    moments: list[tuple[int, float]] = []
    with tempfile.TemporaryDirectory() as store:
        nw.train(
            (images, labels),
            model=resnet18(),
            set=settings,
            store=store,
            watch=lambda now: moments.append((now.step, process_time())),
        )
    # the last one waits for the evaluation of dev
    done = [moment for moment in moments if moment[0] <= STEPS]
    return (done[-1][0] - done[0][0]) * BATCH / (done[-1][1] - done[0][1])


def _eager() -> float:
    import torch
    from torch.nn import functional as F

    torch.manual_seed(0)
    x, y = torch.rand(BATCH, 3, 32, 32), torch.arange(BATCH) % 10
    net = resnet18()
    optimizer = torch.optim.AdamW(net.parameters(), lr=1e-3, fused=True)
    start = 0.0
    for at in range(1 + STEPS):
        if at == 1:
            start = process_time()
        optimizer.zero_grad()
        F.cross_entropy(net(x), y).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    return STEPS * BATCH / (process_time() - start)


if __name__ == "__main__":
    import torch

    torch.set_num_threads(1)
    print(_ours() if sys.argv[1] == "netwright" else _eager())
