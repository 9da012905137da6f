"""Muon for the matrices of hidden layers: their update is made orthogonal.

Jordan et al. 2024, "Muon: an optimizer for hidden layers in neural networks"; the same bits as
``torch.optim.Muon``, which works in bfloat16, but for processors that have none: there that takes
15 times as long as float32 (a step of the net for photographs: 180 ms and 12; with it, 9).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from netwright.training.devices import cpu_has_bfloat16
from netwright.training.optim.flat_weights import WeightPart, Weights

MOMENTUM = 0.95
"""Of its own average; ``optimizer.beta1`` is that of AdamW beside it."""

ITERATIONS = 5
FIRST, THIRD, FIFTH = 3.4445, -4.7750, 2.0315
"""x -> 3.4445 x - 4.7750 x^3 + 2.0315 x^5 brings a singular value between 0 and 1 near 1, soon and
not exactly.
"""


@dataclass(frozen=True)
class Hidden:
    """A matrix, or filters as (out, all their inputs) in the order of memory.

    Args:
        weight, gradient, average: views of the flat vectors.
    """

    weight: Tensor
    gradient: Tensor
    average: Tensor

    def step(self, rate: float) -> None:
        """v = k v + (1 - k) g; w -= r 0.2 sqrt(max(out, in)) orthogonal((1 - k) g + k v).

        An orthogonal update of this size is about as long as one of AdamW, so that one rate serves
        both (Liu et al. 2025, "Muon is scalable for LLM training").
        """
        self.average.lerp_(self.gradient, 1 - MOMENTUM)
        ahead = self.gradient.lerp(self.average, MOMENTUM)
        size = 0.2 * math.sqrt(max(self.weight.shape))
        self.weight.add_(orthogonal(ahead), alpha=-rate * size)


def orthogonal(matrix: Tensor) -> Tensor:
    """(M, N) = U S V' -> about U V', by Newton and Schulz's iteration."""
    wide = matrix if matrix.shape[0] <= matrix.shape[1] else matrix.T
    found = wide.to(torch.bfloat16) if _in_bfloat16(matrix) else wide
    found = found / found.norm().clamp_min(1e-7)  # no singular value is above 1
    for _ in range(ITERATIONS):
        square = found @ found.T
        change = torch.addmm(square, square, square, beta=THIRD, alpha=FIFTH)
        found = torch.addmm(found, change, found, beta=FIRST)
    turned: Tensor = found if wide is matrix else found.T
    return turned


def _in_bfloat16(matrix: Tensor) -> bool:
    return matrix.dtype == torch.float32 and (matrix.device.type != "cpu" or cpu_has_bfloat16())


def hidden(weights: Weights, part: WeightPart, average: Tensor) -> tuple[Hidden, ...]:
    """Each matrix of a part of the flat vector."""
    found = []
    for start, p in zip(weights.starts, weights.parameters, strict=True):
        if part.start <= start < part.end:
            shape = (p.shape[0], p.numel() // p.shape[0])
            views = (
                flat.as_strided(shape, (shape[1], 1), start)
                for flat in (weights.vector, weights.gradient, average)
            )
            found.append(Hidden(*views))
    return tuple(found)
