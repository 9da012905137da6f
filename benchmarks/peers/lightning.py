"""Lightning: ``python -m benchmarks.peers.lightning WORKLOAD lean | default | memory``.

``lean``: no logging, no checkpoints, no progress bar, no validation. ``default``: as
``Trainer(max_epochs=N)`` comes. ``memory``: lean, and instead of a DataLoader an iterable that
slices tensors by index, which Lightning accepts as well.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from benchmarks.nets import build
from benchmarks.worker import InMemory, Moment, Timing, mean_loss, serve, tensors
from benchmarks.workloads import Workload

if TYPE_CHECKING:
    from torch import Tensor

LEAN = {
    "logger": False,
    "enable_checkpointing": False,
    "enable_progress_bar": False,
    "enable_model_summary": False,
}


def train(work: Workload, seed: int, options: Sequence[str]) -> Timing:
    """Fit once; the clock runs from the start of the second epoch to the end of the fit."""
    import lightning as L  # type: ignore[import-not-found]
    from torch.utils.data import DataLoader, TensorDataset

    x, y = tensors(work)
    module = _module(work, seed)
    start, end = [], []

    class Clock(L.Callback):  # type: ignore[misc]
        def on_train_epoch_start(self, trainer: Any, pl_module: Any) -> None:
            if trainer.current_epoch == 1:
                start.append(Moment.now())

        def on_train_end(self, trainer: Any, pl_module: Any) -> None:
            end.append(Moment.now())

    data = (
        InMemory(x, y, work.batch)
        if "memory" in options
        else DataLoader(TensorDataset(x, y), work.batch, True)
    )
    lean = {} if "default" in options else LEAN
    with tempfile.TemporaryDirectory() as folder:
        trainer = L.Trainer(
            max_epochs=1 + work.epochs,
            accelerator="cpu",
            devices=1,
            default_root_dir=folder,
            callbacks=[Clock()],
            **lean,
        )
        trainer.fit(module, data)
    return Timing(start[0], end[0], work.epochs * len(x), mean_loss(module.net, x, y))


def _module(work: Workload, seed: int) -> Any:
    import lightning as L
    import torch
    from torch.nn import functional as F

    class Module(L.LightningModule):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.net = build(work, seed)

        def training_step(self, batch: tuple[Tensor, Tensor], at: int) -> Tensor:
            x, y = batch
            return F.cross_entropy(self.net(x), y)

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return torch.optim.Adam(self.parameters(), lr=work.lr, fused=True)

    return Module()


if __name__ == "__main__":
    serve(train)
