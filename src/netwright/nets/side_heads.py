"""Outputs taken in the middle of a net too, whose losses help it to train (notes 4.2.10)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from torch import Tensor

WEIGHT = 0.3
"""Of each side head's loss (Szegedy et al. 2014)."""


class WithSides(NamedTuple):
    """What a net with side heads gives in training.

    Args:
        main: (B, outputs), what it answers by.
        sides: (B, outputs) each.
    """

    main: Tensor
    sides: tuple[Tensor, ...]


def over_heads(outputs: Tensor | WithSides, loss: Callable[[Tensor], Tensor]) -> Tensor:
    """(B,) the loss of the outputs, and 0.3 of each side head's in training.

    Args:
        loss: (B, outputs) -> (B,).
    """
    if not isinstance(outputs, WithSides):
        return loss(outputs)
    total = loss(outputs.main)
    for side in outputs.sides:
        total = total + WEIGHT * loss(side)
    return total
