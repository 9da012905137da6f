"""The last layer of a net, which a training on other classes draws anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn


def head_of(net: nn.Module) -> tuple[str, ...]:
    """The names of the parameters of the net's last layer, in the order in which it was built."""
    layers = [
        (name, [own for own, _ in layer.named_parameters(recurse=False)])
        for name, layer in net.named_modules()
    ]
    name, own = [(name, own) for name, own in layers if own][-1]
    return tuple(f"{name}.{one}" if name else one for one in own)


def all_but_new(net: nn.Module, *, new: bool) -> tuple[str, ...]:
    """The names of all parameters and buffers; where the head is ``new``, without its own."""
    left_out = head_of(net) if new else ()
    return tuple(name for name in net.state_dict() if name not in left_out)
