"""A way around a fault of oneDNN that ends the process.

On processors without AVX-512 its gradient of a strided 1x1 filter writes beyond its memory where
the filter reads fewer than 8 channels that lie last in memory (torch 2.13): the shortcut of a
narrow residual net.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from netwright.training.devices import Device

SAFE = 8
"""Channels from which on the gradient stays within its memory."""


def read_apart(net: nn.Module, device: Device) -> nn.Module:
    """The net, computing the same: where its processor has the fault, such a layer reads every s-th
    pixel itself, and its filter moves by one.
    """
    if (
        device.torch_device.type == "cpu"
        and "AVX512" not in torch.backends.cpu.get_cpu_capability()
    ):
        for layer in net.modules():
            if isinstance(layer, nn.Conv2d) and _is_hit(layer):
                down, right = layer.stride
                layer.stride = (1, 1)
                layer.register_forward_pre_hook(EachNth(down, right))
    return net


def _is_hit(layer: nn.Conv2d) -> bool:
    return (
        layer.kernel_size == (1, 1)
        and layer.stride != (1, 1)
        and layer.padding == (0, 0)
        and layer.in_channels // layer.groups < SAFE
    )


class EachNth:
    """Every ``down``-th row and ``right``-th column of an image, before the layer reads it."""

    def __init__(self, down: int, right: int) -> None:
        self.down, self.right = down, right

    def __call__(self, layer: nn.Module, given: tuple[Any, ...]) -> tuple[Tensor, ...]:
        image: Tensor = given[0]
        return (image[..., :: self.down, :: self.right], *given[1:])
