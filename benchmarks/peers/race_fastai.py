"""The race by fastai's documented recipe: chapter 13 of the fastai book, full MNIST with batch
norm.

Five strided convolutions with batch norm after each ReLU, batches of 512, one cycle: 1 epoch at
0.06, or 5 at 0.1 for 99%.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from time import process_time
from typing import Any

from benchmarks.racing import Clock, accuracy_of, mnist, race


def train(folder: Path, goal: float, seed: int) -> Clock:
    """Measured after every epoch; the rate of an unfinished cycle counts as it is."""
    import fastai.callback.schedule  # type: ignore[import-not-found]  # noqa: F401 (gives Learner its fit_one_cycle)
    import torch
    from fastai.basics import Callback, CancelFitException, DataLoaders, Learner, OptimWrapper  # type: ignore[import-not-found]
    from torch import nn
    from torch.nn import functional as F
    from torch.utils.data import DataLoader, TensorDataset

    torch.set_num_threads(1)
    torch.manual_seed(seed)
    images, labels = mnist(folder, "train")
    test = mnist(folder, "t10k")
    x, y = torch.from_numpy(images).float().unsqueeze(1) / 255, torch.from_numpy(labels)

    def conv(before: int, after: int, side: int = 3, act: bool = True) -> nn.Module:
        layers: list[nn.Module] = [nn.Conv2d(before, after, side, stride=2, padding=side // 2)]
        return nn.Sequential(
            *layers, *([nn.ReLU(), nn.BatchNorm2d(after)] if act else [nn.BatchNorm2d(after)])
        )

    net = nn.Sequential(
        conv(1, 8, 5),
        conv(8, 16),
        conv(16, 32),
        conv(32, 64),
        conv(64, 10, act=False),
        nn.Flatten(),
    )
    clock = Clock(goal)

    class Evaluate(Callback):  # type: ignore[misc]
        def after_epoch(self) -> None:
            if clock.measure(
                lambda: accuracy_of(net, *test, lambda part: part.float().unsqueeze(1) / 255)
            ):
                raise CancelFitException

    epochs, rate = (1, 0.06) if goal < 0.985 else (5, 0.1)
    data: Any = DataLoaders(DataLoader(TensorDataset(x, y), 512, True), [])
    fused = partial(OptimWrapper, opt=torch.optim.Adam, fused=True)
    learner = Learner(data, net, F.cross_entropy, opt_func=fused, cbs=[Evaluate()])
    clock.since = process_time()
    with learner.no_bar(), learner.no_logging():
        learner.fit_one_cycle(epochs, rate)
    return clock


if __name__ == "__main__":
    race(train)
