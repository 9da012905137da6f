"""The race by Lightning's documented recipe: the LitMNIST module of its MNIST tutorial.

Two hidden layers of 64 with dropout 0.1, Adam at 2e-4, batches of 64, 3 epochs; its Trainer as lean
as it goes.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from time import process_time
from typing import Any

from benchmarks.peers.lightning import LEAN
from benchmarks.racing import Clock, accuracy_of, mnist, race


def train(folder: Path, goal: float, seed: int) -> Clock:
    """Measured after every epoch."""
    import lightning as L  # type: ignore[import-not-found]
    import torch
    from torch import nn
    from torch.nn import functional as F
    from torch.utils.data import DataLoader, TensorDataset

    torch.set_num_threads(1)
    torch.manual_seed(seed)
    images, labels = mnist(folder, "train")
    test = mnist(folder, "t10k")

    def normal(part: Any) -> Any:
        return (part.float().unsqueeze(1) / 255 - 0.1307) / 0.3081

    x, y = normal(torch.from_numpy(images)), torch.from_numpy(labels)
    clock = Clock(goal)

    class LitMNIST(L.LightningModule):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.model = nn.Sequential(
                nn.Flatten(),
                nn.Linear(784, 64),
                nn.ReLU(),
                nn.Dropout(0.1),
                nn.Linear(64, 64),
                nn.ReLU(),
                nn.Dropout(0.1),
                nn.Linear(64, 10),
            )

        def training_step(self, batch: Any, at: int) -> Any:
            return F.nll_loss(F.log_softmax(self.model(batch[0]), dim=1), batch[1])

        def configure_optimizers(self) -> Any:
            return torch.optim.Adam(self.parameters(), lr=2e-4)

    class Evaluate(L.Callback):  # type: ignore[misc]
        def on_train_epoch_end(self, trainer: Any, module: Any) -> None:
            if clock.measure(lambda: accuracy_of(module.model, *test, normal)):
                trainer.should_stop = True

    with tempfile.TemporaryDirectory() as place:
        trainer = L.Trainer(
            max_epochs=3,
            accelerator="cpu",
            devices=1,
            default_root_dir=place,
            callbacks=[Evaluate()],
            **LEAN,
        )
        clock.since = process_time()
        trainer.fit(LitMNIST(), DataLoader(TensorDataset(x, y), 64, True))
    return clock


if __name__ == "__main__":
    race(train)
