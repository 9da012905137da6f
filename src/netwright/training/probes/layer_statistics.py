"""What goes through the layers of a net: the size of activations and gradients, units that are dead
or saturated.

Glorot and Bengio 2010, figures 6 and 7; He et al. 2015, section 2.2; notes 2.1.7. One batch is run
forward and backward beside the training: buffers, gradients and the random state are left as they
were, so that a run has the same bits without it.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn

from netwright.contract import Batch
from netwright.runs.rows import LayerRow
from netwright.training.devices import Device
from netwright.training.freezing.phases import evaluating
from netwright.training.steps.untouched import Untouched

Loss = Callable[[nn.Module, Batch], Tensor]
"""(net, prepared batch) -> (B,) losses."""

FLAT_TANH, FLAT_SIGMOID = 0.97, 0.03
"""An activation beyond these has a slope of under 6% (tanh) or 3% (sigmoid)."""


def weight_layers(net: nn.Module) -> dict[str, nn.Module]:
    """The layers with a matrix or filters of their own, embeddings left out, by name."""
    return {
        name: layer
        for name, layer in net.named_modules()
        if not isinstance(layer, nn.Embedding | nn.EmbeddingBag)
        and any(p.dim() >= 2 and p.requires_grad for p in layer.parameters(recurse=False))
    }


def look(net: nn.Module, loss: Loss, batch: Batch, device: Device, step: int = 0) -> list[LayerRow]:
    """Run ``batch`` forward and backward once; the layers in the order in which they run, as they
    are after ``step`` steps.

    A layer's units are seen where the next layer reads them, so that functions without a module
    (``F.relu``) count too; what a layer reads belongs to the last one before it of that width, else
    to the last one whose filters, flattened, fill it.
    """
    layers = weight_layers(net)
    read: dict[str, Tensor] = {}
    widths: dict[str, int] = {}
    hooks = [
        layer.register_forward_hook(_note(name, read, widths)) for name, layer in layers.items()
    ]
    # in company, training mode waits for the others
    mode = evaluating(net) if device.world > 1 else contextlib.nullcontext()
    try:
        with mode, Untouched(net, device.torch_device):
            value = loss(net, batch).sum() / batch.count.sum().clamp_min(1e-8)
            matrices = {name: _matrices(layers[name]) for name in read}
            flat = [p for own in matrices.values() for p in own]
            gradients = iter(torch.autograd.grad(value, flat, allow_unused=True) if flat else ())
    finally:
        for hook in hooks:
            hook.remove()
    units = dict(_units(layers, read, widths))
    found = []
    for name, own in matrices.items():
        slopes = [g for _, g in zip(own, gradients, strict=False) if g is not None]
        of_units = units.get(name, (math.nan,) * 6)
        found.append(LayerRow(step, name, *of_units, _rms(slopes), _rms(own)))
    return found


def _note(name: str, read: dict[str, Tensor], widths: dict[str, int]) -> Callable[..., None]:
    def note(layer: nn.Module, inputs: tuple[Any, ...], output: Any) -> None:
        first = next((x for x in inputs if isinstance(x, Tensor)), None)
        out = output[0] if isinstance(output, tuple) else output
        if first is not None and isinstance(out, Tensor) and name not in read:
            read[name] = first.detach()
            widths[name] = out.shape[_axis(layer, out)]

    return note


def _axis(layer: nn.Module, x: Tensor) -> int:
    """Where the units lie: channels of filters, else the last axis."""
    return (
        x.dim() - layer.weight.dim() + 1
        if isinstance(layer, nn.modules.conv._ConvNd)
        else x.dim() - 1
    )


def _units(
    layers: dict[str, nn.Module], read: dict[str, Tensor], widths: dict[str, int]
) -> Iterator[tuple[str, tuple[float, float, float, float, float, float]]]:
    """layer -> (rms, mean, std, zeros, dead, flat) of its units, as the next layer reads them."""
    names = list(read)
    for at, name in enumerate(names[1:], start=1):
        x = read[name].float()
        axis = _axis(layers[name], x)
        own = _owner(x.shape[axis], {before: widths[before] for before in reversed(names[:at])})
        if own is None:
            continue
        width = widths[own]  # flattened filters: each unit has several places
        rows = (
            x.movedim(axis, 1).reshape(len(x), width, -1)
            if x.shape[axis] == width
            else x.reshape(len(x), width, -1)
        )
        zero = rows == 0
        dead = zero.all(dim=2).all(dim=0).float().mean()
        rms, mean, std = rows.square().mean().sqrt(), rows.mean(), rows.std(correction=0)
        yield (
            own,
            (
                float(rms),
                float(mean),
                float(std),
                float(zero.float().mean()),
                float(dead),
                _flat(rows),
            ),
        )


def _owner(read: int, widths: dict[str, int]) -> str | None:
    """Whose units ``read`` numbers are, among layers from the last to the first; a gate of width 1
    would divide any number.
    """
    same = (name for name, width in widths.items() if width == read)
    return next(same, None) or next(
        (name for name, width in widths.items() if width > 1 and read % width == 0), None
    )


def _flat(x: Tensor) -> float:
    low, high = float(x.min()), float(x.max())
    if (
        low >= 0 and 0 < high <= 1 and (low > 0 or high == 1)
    ):  # a sigmoid; one that underflows to 0 reaches 1 too, a ReLU does not
        return float(((x < FLAT_SIGMOID) | (x > 1 - FLAT_SIGMOID)).float().mean())
    if low < 0 and low >= -1 and high <= 1:  # a tanh
        return float((x.abs() > FLAT_TANH).float().mean())
    return math.nan


def _matrices(layer: nn.Module) -> list[nn.Parameter]:
    return [p for p in layer.parameters(recurse=False) if p.dim() >= 2 and p.requires_grad]


def _rms(tensors: list[Any]) -> float:
    count = sum(t.numel() for t in tensors)
    if not count:
        return math.nan
    return math.sqrt(sum(float(t.detach().float().square().sum()) for t in tensors) / count)
