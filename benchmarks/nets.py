"""The nets of the workloads, written out once for every PyTorch trainer.

netwright brings its own, which are checked to be equal; those of ImageNet are taken from it.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import nn

    from benchmarks.workloads import Workload

PARAMETERS = {"mlp": 9_610, "lenet5": 61_706, "resnet18": 11_173_962}


def build(work: Workload, seed: int) -> nn.Module:
    """The workload's net with PyTorch's own initial weights, the same for the same ``seed``."""
    import torch

    torch.manual_seed(seed)
    if work.net.startswith("imagenet-"):
        return _imagenet(work)
    net = {"mlp": _mlp, "lenet5": _lenet5, "resnet18": resnet18}[work.net]()
    held = sum(weight.numel() for weight in net.parameters())
    assert held == PARAMETERS[work.net], (
        f"{work.net} has {held} parameters, not {PARAMETERS[work.net]}"
    )
    return net


def _imagenet(work: Workload) -> nn.Module:
    """netwright's own, whose equality to the published ones is tested."""
    from netwright.nets import architectures
    from netwright.recipe import ImageOrRowRecipe

    changes = {"model.name": work.net.removeprefix("imagenet-"), "model.dropout": 0.0}
    recipe = ImageOrRowRecipe().changed(changes)
    return architectures.build((3, work.side, work.side), (), 10, recipe)


def _mlp() -> nn.Sequential:
    from torch import nn

    return nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 10))


def _lenet5() -> nn.Sequential:
    from torch import nn

    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2),  # (B, 6, 28, 28)
        nn.Tanh(),
        nn.AvgPool2d(2),  # (B, 6, 14, 14)
        nn.Conv2d(6, 16, 5),  # (B, 16, 10, 10)
        nn.Tanh(),
        nn.AvgPool2d(2),  # (B, 16, 5, 5)
        nn.Flatten(),
        nn.Linear(400, 120),
        nn.Tanh(),
        nn.Linear(120, 84),
        nn.Tanh(),
        nn.Linear(84, 10),
    )


def resnet18() -> nn.Module:
    """He et al. 2016 as is usual for 32x32 images; 11.2 million weights.

    The stem is 3x3 without pooling, the stages have 64, 128, 256 and 512 channels.
    """
    from torch import nn

    class Block(nn.Module):
        def __init__(self, before: int, after: int, stride: int) -> None:
            super().__init__()
            self.path = nn.Sequential(
                nn.Conv2d(before, after, 3, stride, 1, bias=False),
                nn.BatchNorm2d(after),
                nn.ReLU(),
                nn.Conv2d(after, after, 3, 1, 1, bias=False),
                nn.BatchNorm2d(after),
            )
            short = nn.Sequential(
                nn.Conv2d(before, after, 1, stride, bias=False), nn.BatchNorm2d(after)
            )
            self.short = nn.Identity() if before == after else short

        def forward(self, x: Any) -> Any:
            return nn.functional.relu(self.path(x) + self.short(x))

    widths = [64, 64, 128, 256, 512]
    stages = [
        nn.Sequential(Block(before, after, 1 if before == after else 2), Block(after, after, 1))
        for before, after in pairwise(widths)
    ]
    stem = (nn.Conv2d(3, 64, 3, 1, 1, bias=False), nn.BatchNorm2d(64), nn.ReLU())
    return nn.Sequential(*stem, *stages, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 10))
