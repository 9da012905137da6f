"""What several nets put out, as that of one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from netwright.contract import Tensors


def means(each: Sequence[Tensors]) -> Tensors:
    """The mean of each output over the nets: of probabilities, of numbers in their own units."""
    import torch

    return {name: torch.stack([one[name] for one in each]).mean(dim=0) for name in each[0]}
