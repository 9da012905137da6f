"""The last layer of a net, and of its side heads, which a training on other classes draws anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import nn

    from netwright.contract import EarlierRun


def head_of(net: nn.Module) -> tuple[str, ...]:
    """The names of the parameters of the net's last layer, in the order in which it was built; then
    those of its side heads' last layers.
    """
    from netwright.nets.vision.googlenet import SideHead

    sides = [
        one
        for name, module in net.named_modules()
        if isinstance(module, SideHead)
        for one in _last_of(module, f"{name}.")
    ]
    return (*_last_of(net, ""), *sides)


def _last_of(net: nn.Module, prefix: str) -> tuple[str, ...]:
    layers = [
        (name, [own for own, _ in layer.named_parameters(recurse=False)])
        for name, layer in net.named_modules()
    ]
    name, own = [(name, own) for name, own in layers if own][-1]
    return tuple(f"{prefix}{name}.{one}" if name else f"{prefix}{one}" for one in own)


def of_classes(net: nn.Module, codec: Any, before: EarlierRun) -> tuple[str, ...]:
    """What a net of classes takes over: all weights; a new last layer where the classes are
    others.
    """
    return all_but_new(net, new=codec.classes != before.codec.classes)


def all_but_new(net: nn.Module, *, new: bool) -> tuple[str, ...]:
    """The names of all parameters and buffers; where the head is ``new``, without its own."""
    left_out = head_of(net) if new else ()
    return tuple(name for name in net.state_dict() if name not in left_out)
