"""skorch, without its printed log: ``python -m benchmarks.peers.skorch WORKLOAD``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from benchmarks.nets import build
from benchmarks.worker import Moment, Timing, mean_loss, serve, tensors
from benchmarks.workloads import Workload


def train(work: Workload, seed: int, options: Sequence[str]) -> Timing:
    """``NeuralNetClassifier.fit`` once; the clock runs from the start of the second epoch to the
    end of the fit.
    """
    import torch
    from skorch import NeuralNetClassifier  # type: ignore[import-not-found]
    from skorch.callbacks import Callback  # type: ignore[import-not-found]

    x, y = tensors(work)
    start, end = [], []

    class Clock(Callback):  # type: ignore[misc]
        def on_epoch_begin(self, net: Any, **kwargs: Any) -> None:
            if len(net.history) == 2:  # the row of the epoch that begins is already there
                start.append(Moment.now())

        def on_train_end(self, net: Any, **kwargs: Any) -> None:
            end.append(Moment.now())

    net = build(work, seed)
    classifier = NeuralNetClassifier(
        net,
        criterion=torch.nn.CrossEntropyLoss,
        optimizer=torch.optim.Adam,
        optimizer__fused=True,
        lr=work.lr,
        batch_size=work.batch,
        max_epochs=1 + work.epochs,
        iterator_train__shuffle=True,
        train_split=None,
        callbacks=[("clock", Clock())],
        callbacks__print_log=None,
        verbose=0,
    )
    classifier.fit(x, y)
    return Timing(start[0], end[0], work.epochs * len(x), mean_loss(classifier.module_, x, y))


if __name__ == "__main__":
    serve(train)
