"""A net as a table: shapes, sizes and parameters of its layers (notes 4.1.10, 4.1.13)."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Layer:
    """One row: the shape going out without the batch, its size, the layer's parameters.

    The shape of images is H x W x C, as the notes write it; that of a layer which works in training
    alone (a side head) is empty.
    """

    name: str
    kind: str
    shape: tuple[int, ...]
    size: int
    parameters: int
    multiplications: int


def summarize(net: nn.Module, *inputs: Tensor) -> list[Layer]:
    """Run ``inputs`` (batches of one) through ``net`` and describe its layers in order.

    A layer that has layers inside is described by these, and by a row of its own where it has
    parameters beside them. Those that work in training alone come last.

    The first row is the input. Nothing of the net is changed; it runs in evaluation mode.
    """
    rows = [Layer("input", "Input", _shape(inputs[0]), prod(inputs[0].shape[1:]), 0, 0)]
    names = {module: name for name, module in net.named_modules()}

    def note(module: nn.Module, arguments: tuple[Any, ...], out: Any) -> None:
        out = out[0] if isinstance(out, tuple) else out
        own = 0 if module in seen else _own(module)  # one that is used twice is learned once
        seen.add(module)
        size = prod(out.shape[1:])
        rows.append(row(module, _shape(out), size, own, _multiplications(module, out)))

    def row(module: nn.Module, shape: tuple[int, ...], *figures: int) -> Layer:
        return Layer(names[module], type(module).__name__, shape, *figures)

    seen = set[nn.Module]()
    described = [one for one in net.modules() if _own(one) or not any(one.children())]
    hooks = [module.register_forward_hook(note) for module in described]
    training = net.training
    try:
        with torch.no_grad():
            net.eval()(*inputs)
    finally:
        net.train(training)
        for hook in hooks:
            hook.remove()
    unused = [module for module in described if module not in seen and _own(module)]
    return [*rows, *(row(module, (), 0, _own(module), 0) for module in unused)]


def _own(module: nn.Module) -> int:
    """Parameters of a module, none of those inside it."""
    return sum(p.numel() for p in module.parameters(recurse=False))


def _shape(tensor: Tensor) -> tuple[int, ...]:
    channels, *sides = tensor.shape[1:] if tensor.dim() > 1 else (1,)
    return (*sides, channels)


def _multiplications(module: nn.Module, out: Tensor) -> int:
    """Products of weights and activations for one example."""
    if isinstance(module, nn.Linear):
        return module.weight.numel() * (out.numel() // out.shape[0] // module.out_features)
    if isinstance(module, nn.modules.conv._ConvNd):
        return module.weight.numel() * prod(out.shape[2:])
    return 0
