"""What a trained net makes of examples before its last layer: near ones are alike to it."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from netwright.base.errors import RunError
from netwright.contract import AnySystem, Codec, Examples
from netwright.training import carry
from netwright.training.units import SplitUnits, units_of

AT_ONCE = 256
"""Units."""

WIDEST = 4096
"""Numbers of an example; of larger ones (maps of filters) the mean over the places is taken."""


def features(
    system: AnySystem, net: nn.Module, codec: Codec, recipe: Any, examples: Examples
) -> np.ndarray[Any, Any]:
    """(N, D) float32: what the last layer with weights reads of each example, on the CPU; of an
    example that is cut into units the mean over these.

    Args:
        net: in evaluation mode.

    Raises:
        RunError: no layer of it reads features of each example.
    """
    cut = units_of(system, examples, recipe, codec)
    net, name, parts = net.cpu(), "", []
    for start in range(0, len(cut), AT_ONCE):
        some = cut.units.take(range(start, min(start + AT_ONCE, len(cut))))
        name, values = _read_by(system, net, codec, recipe, some, name)
        parts.append(values)
    return _of_examples(np.concatenate(parts), cut)


def _read_by(
    system: AnySystem, net: nn.Module, codec: Codec, recipe: Any, units: Examples, name: str
) -> tuple[str, np.ndarray[Any, Any]]:
    """What a module reads of each unit, and its name; without a name the last one with weights."""
    found: dict[str, Tensor] = {}
    modules = {name: net.get_submodule(name)} if name else _weighted(net)

    def keep(own: str) -> Any:
        def hook(module: nn.Module, inputs: tuple[Any, ...]) -> None:
            found.pop(own, None)  # the order is that of the last calls
            found[own] = inputs[0]

        return hook

    hooks = [one.register_forward_pre_hook(keep(own)) for own, one in modules.items()]
    try:
        with torch.inference_mode():
            batch = codec.prepare(codec.encode(units).padded(), recipe, None)
            batch = carry.begun(system, net, batch, recipe)
            system.forward(net, batch, recipe)
    finally:
        for one in hooks:
            one.remove()
    last = [own for own, read in found.items() if len(read) == len(units)]
    if not last:
        raise RunError("the net has no layer of its own that reads features of each example.")
    return last[-1], _flat(found[last[-1]], modules[last[-1]]).float().numpy()


def _weighted(net: nn.Module) -> dict[str, nn.Module]:
    """The modules that hold a matrix or filters of their own."""
    return {
        name: module
        for name, module in net.named_modules()
        if any(weight.dim() >= 2 for weight in module.parameters(recurse=False))
        and not isinstance(module, nn.Embedding)
    }


def _flat(read: Tensor, module: nn.Module) -> Tensor:
    """(B, D), whatever the width of the batch: of a sequence the mean over its places."""
    is_matrix = all(weight.dim() <= 2 for weight in module.parameters(recurse=False))
    if read.dim() > 2 and is_matrix:
        return read.flatten(1, -2).mean(1)
    if read.dim() > 2 and read[0].numel() > WIDEST:
        read = read.flatten(2).mean(2)
    return read.flatten(1)


def _of_examples(values: np.ndarray[Any, Any], cut: SplitUnits) -> np.ndarray[Any, Any]:
    if cut.owner is None:
        return values
    count = len(cut.whole)
    summed = np.zeros((count, values.shape[1]), np.float64)
    np.add.at(summed, cut.owner, values)
    return (summed / np.bincount(cut.owner, minlength=count)[:, None]).astype(np.float32)
