"""fastai, without bar and log: ``python -m benchmarks.peers.fastai WORKLOAD [memory]``.

PyTorch's fused Adam through fastai's OptimWrapper, which is faster than fastai's own Adam;
``memory`` slices tensors by index instead of using a DataLoader.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from benchmarks.nets import build
from benchmarks.worker import InMemory, Moment, Timing, mean_loss, serve, tensors
from benchmarks.workloads import Workload


def train(work: Workload, seed: int, options: Sequence[str]) -> Timing:
    """``Learner.fit`` once; the clock runs from the start of the second epoch to the end of the
    fit.
    """
    import torch
    from fastai.basics import Callback, DataLoaders, Learner, OptimWrapper  # type: ignore[import-not-found]
    from torch.nn import functional as F
    from torch.utils.data import DataLoader, TensorDataset

    x, y = tensors(work)
    start, end = [], []

    class Clock(Callback):  # type: ignore[misc]
        def before_epoch(self) -> None:
            if self.epoch == 1:
                start.append(Moment.now())

        def after_fit(self) -> None:
            end.append(Moment.now())

    data = (
        InMemory(x, y, work.batch)
        if "memory" in options
        else DataLoader(TensorDataset(x, y), work.batch, True)
    )
    fused: Any = partial(OptimWrapper, opt=torch.optim.Adam, fused=True)
    net = build(work, seed)
    learner = Learner(DataLoaders(data, []), net, F.cross_entropy, opt_func=fused, cbs=[Clock()])
    with learner.no_logging():  # no bar either: fastai.callback.progress is not imported
        learner.fit(1 + work.epochs, lr=work.lr)
    return Timing(start[0], end[0], work.epochs * len(x), mean_loss(net, x, y))


if __name__ == "__main__":
    serve(train)
