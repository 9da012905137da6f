"""A net's trainable weights as one vector, and their gradient as another.

Update, clipping, averaging and the exchange between processes are then one operation each, however
many layers there are; for small nets, where the cost is in starting operations and not in
arithmetic, that is most of the time of a step.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

import torch
from torch import Tensor, nn

from netwright.base.errors import RecipeError

ALIGN = 16
"""Each parameter starts at a multiple of 16 floats (64 bytes), as vector instructions like it."""


class Kind(NamedTuple):
    """How a parameter moves.

    Args:
        factor: of the learning rate.
        orthogonal: whether the update is made orthogonal (Muon), matrix by matrix.
        stage: it stands still while more stages than that are frozen.
    """

    factor: float = 1.0
    orthogonal: bool = False
    stage: int = 0


USUAL = Kind()


@dataclass(frozen=True)
class WeightPart:
    """Neighbouring parameters that move alike.

    Args:
        start, end: their entries of the vector.
        decayed: where those that decay end; matrices and filters come first, biases and norms after
            (notes 2.1.3).
        kind: how they move.
    """

    start: int
    end: int
    decayed: int
    kind: Kind


@dataclass(frozen=True)
class Weights:
    """The parameters of ``net``, which are views into ``vector``.

    Args:
        names, parameters: of the net, part by part.
        vector, gradient: (P,) float32; gaps between parameters are 0 in both.
        parts: one, unless some parameters are to move differently.
        slots: each parameter's gradient, as a view into ``gradient``.
        starts: each parameter's first entry.
    """

    names: tuple[str, ...]
    parameters: tuple[nn.Parameter, ...]
    vector: Tensor
    gradient: Tensor
    parts: tuple[WeightPart, ...]
    slots: tuple[Tensor, ...]
    starts: tuple[int, ...]

    def take_gradients(self, gradients: list[Tensor] | tuple[Tensor, ...]) -> None:
        """Copy one tensor a parameter into ``gradient``."""
        torch._foreach_copy_(self.slots, gradients)

    def unfrozen(self, frozen: int) -> Weights:
        """The same vectors, with the parameters that move while ``frozen`` stages are frozen."""
        if frozen == 0:
            return self
        parts = tuple(part for part in self.parts if part.kind.stage >= frozen)
        rows = [
            at
            for at, start in enumerate(self.starts)
            if any(part.start <= start < part.end for part in parts)
        ]
        return replace(
            self,
            names=tuple(self.names[at] for at in rows),
            parameters=tuple(self.parameters[at] for at in rows),
            parts=parts,
            slots=tuple(self.slots[at] for at in rows),
            starts=tuple(self.starts[at] for at in rows),
        )

    def norms(self) -> dict[str, float]:
        """The gradient's norm per parameter, by name."""
        return {name: float(slot.norm()) for name, slot in zip(self.names, self.slots, strict=True)}


def flatten(net: nn.Module, kinds: Mapping[str, Kind] | None = None) -> Weights:
    """Lay the trainable parameters of ``net`` out in one vector; the net goes on working, on views
    of it.

    Args:
        kinds: parameter -> how it moves, where that is not the usual way.

    Raises:
        RecipeError: nothing to train, or parameters of several dtypes or devices.
    """
    named = [(name, p) for name, p in net.named_parameters() if p.requires_grad]
    if not named:
        raise RecipeError("the model has no trainable parameter.")
    if len({(p.dtype, p.device) for _, p in named}) > 1:
        raise RecipeError(
            f"the model's parameters are {sorted({str(p.dtype) for _, p in named})}: expected one"
            " dtype on one device."
        )
    kind = {name: (kinds or {}).get(name, USUAL) for name, _ in named}
    order = list(dict.fromkeys(kind.values()))
    named.sort(key=lambda pair: (order.index(kind[pair[0]]), pair[1].dim() < 2))  # stable
    starts, end, parts = [], 0, []
    for one in order:
        start = decayed = end
        for name, p in named:
            if kind[name] == one:
                starts.append(end)
                end += -(-p.numel() // ALIGN) * ALIGN
                decayed = end if p.dim() >= 2 else decayed
        parts.append(WeightPart(start, end, decayed, one))
    first = named[0][1]
    vector, gradient = (torch.zeros(end, dtype=first.dtype, device=first.device) for _ in range(2))
    slots = []
    for start, (_, p) in zip(starts, named, strict=True):
        view = vector.as_strided(p.shape, p.stride(), start)
        view.copy_(p.detach())
        p.data = view
        slots.append(gradient.as_strided(p.shape, p.stride(), start))
    names, parameters = zip(*named, strict=True)
    return Weights(names, parameters, vector, gradient, tuple(parts), tuple(slots), tuple(starts))
