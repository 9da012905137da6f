"""netwright with everything that a person gets, the evaluation of dev after every epoch included.

``python -m benchmarks.ours WORKLOAD [auto] [steps] [compiled] [splits] [answers]``: ``auto`` leaves
the precision to netwright, else it is float32; ``steps`` leaves the way of a step to it,
``compiled`` asks for a compiled one, else it is traced; ``splits`` keeps the default splits, else
dev is 2% of the examples, since no peer validates; ``answers`` times the answers to all examples.
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from typing import Any

from benchmarks.nets import PARAMETERS
from benchmarks.worker import Moment, Timing, serve, tensors
from benchmarks.workloads import Workload

PLAIN = {
    "optimizer.name": "adam",
    "optimizer.weight_decay": 0.0,
    "schedule.name": "constant",
    "schedule.warmup": 0.0,
    "objective.label_smoothing": 0.0,
    "model.dropout": 0.0,
    "augment.shift": 0.0,
    "augment.rotate": 0.0,
    "augment.zoom": 0.0,
    "augment.shear": 0.0,
    "augment.mirror": False,
    "training.average": 0.0,
    "training.keep": "last",
}
"""The training of the bare loop: every improvement that netwright would choose is off."""


def train(work: Workload, seed: int, options: Sequence[str]) -> Timing:
    """``nw.train`` once, timed by the run's curves, from the first epoch's end to the last's."""
    import netwright as nw
    from netwright.cli.progress import progress

    x, y = (tensor.numpy() for tensor in tensors(work))
    if work.net != "mlp":  # as a person has them: (N, height, width, channels) bytes
        x = (x * 255).round().astype("uint8").transpose(0, 2, 3, 1)
    with tempfile.TemporaryDirectory() as store, terminal(), progress() as watch:
        run = nw.train(
            (x, y),
            model=_model(work),
            epochs=1 + work.epochs,
            set=settings(work, seed, options),
            store=store,
            watch=watch,
        )
        assert run.info["parameters"] == PARAMETERS.get(work.net, run.info["parameters"])
        if "answers" in options:
            return _answered(run, x, work)
        first, last = run.curves[0], run.curves[-1]
        final_loss = float(run.predictions("train")["loss"].to_numpy().mean())
        examples = work.epochs * int(run.info["splits"]["train"])
    start, end = (Moment(row["seconds"], row["cpu_seconds"]) for row in (first, last))
    return Timing(start, end, examples, final_loss)


def _answered(run: Any, x: Any, work: Workload) -> Timing:
    start = Moment.now()
    for epoch in range(1 + work.epochs):
        if epoch == 1:
            start = Moment.now()
        run.predict(x)
    return Timing(start, Moment.now(), work.epochs * len(x), 0.0)


def settings(work: Workload, seed: int, options: Sequence[str]) -> dict[str, Any]:
    """The recipe's changes for this workload and these options."""
    own: dict[str, Any] = {
        "training.batch_size": work.batch,
        "training.seed": seed,
        "optimizer.lr": work.lr,
    }
    if "steps" not in options:  # a long training is measured; in one so short auto would not trace
        own["training.step"] = "compiled" if "compiled" in options else "traced"
    hidden = {"model.hidden": [128]} if work.net == "mlp" else {}
    size = {"data.image_size": work.side} if work.net.startswith("imagenet-") else {}
    precision = {} if "auto" in options else {"training.precision": "float32"}
    splits = {} if "splits" in options else {"split.dev": 0.02, "split.test": 0.0}
    return PLAIN | own | hidden | size | precision | splits


def _model(work: Workload) -> Any:
    """Our own net of that name; ResNet-18 is given as a person's own module."""
    if work.net != "resnet18":
        name = work.net.removeprefix("imagenet-")
        return "googlenet-bn" if name == "googlenet" else name  # the layers of torchvision's
    from benchmarks.nets import resnet18

    return resnet18()


@contextlib.contextmanager
def terminal() -> Iterator[None]:
    """Inside the block stderr is a terminal, so that the bar is drawn as for a person."""
    ours, theirs = os.openpty()
    before = os.dup(2)
    reader = threading.Thread(target=_swallow, args=(ours,), daemon=True)
    sys.stderr.flush()
    os.dup2(theirs, 2)
    os.close(theirs)
    os.environ["TERM"] = "xterm"
    reader.start()
    try:
        yield
    finally:
        sys.stderr.flush()
        os.dup2(before, 2)  # the last hold on the terminal's other end: the reader ends
        os.close(before)
        reader.join(timeout=5)
        os.close(ours)


def _swallow(handle: int) -> None:
    with contextlib.suppress(OSError):  # the other end was closed
        while os.read(handle, 65536):
            pass


if __name__ == "__main__":
    serve(train)
