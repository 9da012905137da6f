"""Gradient clipping (梯度修剪, notes 5.1.9): the cure for gradients that explode (梯度爆炸).

    by value   g := min(max(g, -limit), limit)         each number alone: the direction changes
    by norm    g := g limit / ||g||  if ||g|| > limit  all numbers together: only the length changes

One step over the edge of a steep wall throws the weights far away, and all that was learned is
lost. Clipping limits the step and does nothing on even ground. It does not help against gradients
that vanish: there is nothing to scale up.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from netwright.principles import require

Array = np.ndarray[Any, Any]


def norm(gradients: Mapping[str, Array]) -> float:
    """||g|| = sqrt(sum of all g^2), over all gradients as one long column.

    The largest |g| is taken out in front of the root: 1e200 squared would be infinite, and
    gradients do explode so far.
    """
    largest = max((float(np.abs(g).max()) for g in gradients.values() if g.size), default=0.0)
    if largest == 0 or not np.isfinite(largest):
        return largest
    return largest * math.sqrt(
        sum(
            float(np.sum(np.square(np.divide(g, largest, dtype=np.float64))))
            for g in gradients.values()
        )
    )


def by_value(gradients: Mapping[str, Array], limit: float) -> dict[str, Array]:
    """Every number brought between -limit and limit (torch.nn.utils.clip_grad_value_).

    Args:
        gradients: by name, left as they are. limit: above 0.

    Raises:
        ValueError: limit is not above 0.
    """
    require.between("limit", limit, 0, np.inf, open_low=True)
    return {name: np.clip(g, -limit, limit) for name, g in gradients.items()}


def by_norm(gradients: Mapping[str, Array], limit: float) -> dict[str, Array]:
    """All gradients times limit / ||g|| where ||g|| > limit, else as they are.

    torch.nn.utils.clip_grad_norm_ divides by ||g|| + 1e-6: the same to six digits.

    Args:
        gradients: by name, left as they are. limit: above 0.

    Raises:
        ValueError: limit is not above 0, or a gradient holds NaN or infinity, which no scaling
            brings back.
    """
    require.between("limit", limit, 0, np.inf, open_low=True)
    for name, g in gradients.items():
        if not np.isfinite(g).all():
            raise ValueError(
                f"d{name} holds {g[~np.isfinite(g)][0]}: expected finite numbers; lower the"
                " learning rate."
            )
    length = norm(gradients)
    factor = limit / length if length > limit else 1.0
    return {name: g * g.dtype.type(factor) for name, g in gradients.items()}
