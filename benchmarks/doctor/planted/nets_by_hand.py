"""Nets of a person's own in which a layer does not work."""

from __future__ import annotations

from typing import Any

from benchmarks.doctor.planted.plants import Plant, Planted
from benchmarks.doctor.planted.sources import Rows


def far_below(inputs: int, classes: int) -> Plant:
    """The second layer's biases are so far below 0 that no ReLU of it lets anything through."""

    def plant(inside: Rows, held: Rows, rng: Any) -> Planted:
        import torch
        from torch import nn

        second = nn.Linear(64, 64)
        torch.nn.init.constant_(second.bias, -30.0)
        return Planted(inside, {"held": held}, _net(inputs, classes, nn.ReLU, second))

    return plant


def flat(inputs: int, classes: int) -> Plant:
    """The second layer's weights are so large that every tanh of it stands at its end."""

    def plant(inside: Rows, held: Rows, rng: Any) -> Planted:
        import torch
        from torch import nn

        second = nn.Linear(64, 64)
        torch.nn.init.normal_(second.weight, 0.0, 30.0)
        return Planted(inside, {"held": held}, _net(inputs, classes, nn.Tanh, second))

    return plant


def _net(inputs: int, classes: int, activation: Any, second: Any) -> Any:
    from torch import nn

    layers = (nn.Linear(inputs, 64), activation(), second, activation(), nn.Linear(64, classes))
    return nn.Sequential(nn.Flatten(), *layers)
