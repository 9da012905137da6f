"""A net's trainable weights as one vector, and their gradient as another.

Update, clipping, averaging and the exchange between processes are then one operation each, however many layers there are;
for small nets, where the cost is in starting operations and not in arithmetic, that is most of the time of a step.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from netwright.base.errors import RecipeError

ALIGN = 16
"""Each parameter starts at a multiple of 16 floats (64 bytes), as vector instructions like it."""


@dataclass(frozen=True)
class Weights:
    """The parameters of ``net``, which are views into ``vector``.

    Args:
        names, parameters: of the net, those that weight decay applies to first.
        vector, gradient: (P,) float32; gaps between parameters are 0 in both.
        decayed: how many leading entries decay: matrices and filters; biases and norms come after (notes 2.1.3).
        slots: each parameter's gradient, as a view into ``gradient``.
    """

    names: tuple[str, ...]
    parameters: tuple[nn.Parameter, ...]
    vector: Tensor
    gradient: Tensor
    decayed: int
    slots: tuple[Tensor, ...]

    def take_gradients(self, gradients: list[Tensor] | tuple[Tensor, ...]) -> None:
        """Copy one tensor a parameter into ``gradient``."""
        torch._foreach_copy_(self.slots, gradients)

    def norms(self) -> dict[str, float]:
        """The gradient's norm per parameter, by name."""
        return {name: float(slot.norm()) for name, slot in zip(self.names, self.slots, strict=True)}


def flatten(net: nn.Module) -> Weights:
    """Lay the trainable parameters of ``net`` out in one vector; the net goes on working, on views of it.

    Raises:
        RecipeError: nothing to train, or parameters of several dtypes or devices.
    """
    named = [(name, p) for name, p in net.named_parameters() if p.requires_grad]
    if not named:
        raise RecipeError("the model has no trainable parameter.")
    if len({(p.dtype, p.device) for _, p in named}) > 1:
        raise RecipeError(
            f"the model's parameters are {sorted({str(p.dtype) for _, p in named})}: expected one dtype on one device."
        )
    named.sort(key=lambda pair: pair[1].dim() < 2)  # stable: matrices and filters first, then biases and norms
    starts, end, decayed = [], 0, 0
    for _, p in named:
        starts.append(end)
        end += -(-p.numel() // ALIGN) * ALIGN
        decayed = end if p.dim() >= 2 else decayed
    first = named[0][1]
    vector, gradient = (torch.zeros(end, dtype=first.dtype, device=first.device) for _ in range(2))
    slots = []
    for start, (_, p) in zip(starts, named, strict=True):
        view = vector.as_strided(p.shape, p.stride(), start)
        view.copy_(p.detach())
        p.data = view
        slots.append(gradient.as_strided(p.shape, p.stride(), start))
    names, parameters = zip(*named, strict=True)
    return Weights(names, parameters, vector, gradient, decayed, tuple(slots))
