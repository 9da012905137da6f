"""netwright, with everything that a person gets: metrics, record, checkpoints, and dev evaluated after every epoch.

``python -m benchmarks.ours WORKLOAD [auto] [splits]``: ``auto`` leaves precision, step and memory layout to netwright;
else float32. ``splits`` keeps the default splits; else dev is 2% of the examples, since no peer validates.
"""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.nets import PARAMETERS
from benchmarks.worker import Mark, Timing, serve, tensors
from benchmarks.workloads import Workload


def train(work: Workload, seed: int, options: Sequence[str]) -> Timing:
    """``nw.train`` once; the clock is the run's own curves, from the end of the first epoch to the end of the last."""
    import netwright as nw

    x, y = (tensor.numpy() for tensor in tensors(work))
    images = x[:, 0] if work.net == "lenet5" else x  # (N, 28, 28)
    with tempfile.TemporaryDirectory() as store:
        run = nw.train(
            (images, y),
            model=work.net,
            epochs=1 + work.epochs,
            set=settings(work, seed, options),
            store=store,
            quiet=True,
        )
        assert run.info["parameters"] == PARAMETERS[work.net]
        rows = _curves(Path(run.record.path) / "curves.csv")
        final_loss = float(run.predictions("train")["loss"].to_numpy().mean())
        examples = work.epochs * int(run.info["splits"]["train"])
    start, end = (Mark(float(row["seconds"]), float(row["cpu_seconds"])) for row in (rows[0], rows[-1]))
    return Timing(start, end, examples, final_loss)


def settings(work: Workload, seed: int, options: Sequence[str]) -> dict[str, Any]:
    """What makes the run equal to the bare loop's."""
    equal = {
        "model.hidden": [128] if work.net == "mlp" else "auto",
        "training.batch_size": work.batch,
        "training.seed": seed,
        "training.keep": "last",
        "optimizer.name": "adam",
        "optimizer.lr": work.lr,
        "schedule.name": "constant",
    }
    precision = {} if "auto" in options else {"training.precision": "float32"}
    shares = {} if "splits" in options else {"split.dev": 0.02, "split.test": 0.0}
    return equal | precision | shares


def _curves(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


if __name__ == "__main__":
    serve(train)
