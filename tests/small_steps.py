"""A small net of convolutions, a batch for it, and the step that autograd takes, on any device."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from netwright.contract import Batch
from netwright.training.devices import Device
from netwright.training.optim import flat_weights
from netwright.training.steps import autograd

CPU = torch.device("cpu")


def eager_of(net: nn.Module, device: torch.device = CPU) -> autograd.Eager:
    def loss(net: nn.Module, batch: Batch) -> Tensor:
        return nn.functional.cross_entropy(net(batch.inputs[0]), batch.targets[0], reduction="none")

    return autograd.Eager(net.train(), loss, flat_weights.flatten(net), Device(device))


def convolutions(device: torch.device = CPU) -> tuple[nn.Module, Batch]:
    torch.manual_seed(1)
    net = nn.Sequential(
        nn.Conv2d(1, 4, 3),
        nn.BatchNorm2d(4),
        nn.ReLU(),
        nn.Dropout(0.3),
        nn.Flatten(),
        nn.Linear(4 * 36, 3),
    )
    batch = Batch((torch.randn(16, 1, 8, 8),), (torch.arange(16) % 3,), torch.ones(16))
    return net.to(device), batch.map(lambda tensor: tensor.to(device))
