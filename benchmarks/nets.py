"""The nets of the workloads, written out once for every PyTorch trainer (netwright brings its own, checked to be equal)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn

    from benchmarks.workloads import Workload

PARAMETERS = {"mlp": 9_610, "lenet5": 61_706}


def build(work: Workload, seed: int) -> nn.Sequential:
    """The workload's net with PyTorch's own initial weights, the same for the same ``seed``."""
    import torch

    torch.manual_seed(seed)
    net = _mlp() if work.net == "mlp" else _lenet5()
    held = sum(weight.numel() for weight in net.parameters())
    assert held == PARAMETERS[work.net], f"{work.net} has {held} parameters, not {PARAMETERS[work.net]}"
    return net


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
