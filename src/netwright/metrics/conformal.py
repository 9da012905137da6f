"""Intervals of numbers that hold the truth as often as they say, whatever the net and the noise.

Split conformal prediction: the residuals on examples that the net did not learn from say how far
off it is. (Papadopoulos, Proedrou, Vovk, Gammerman 2002; Lei, G'Sell, Rinaldo, Tibshirani,
Wasserman 2018, section 2.2.)
"""

from __future__ import annotations

import math
from collections.abc import Sequence

ROUNDING = 1e-9
"""0.9 times 10 is 9, not the next number above."""


def radius(residuals: Sequence[float], level: float) -> float | None:
    """Half the width of the interval: the k-th smallest of n |residuals|, k = ceil((n + 1) level).

    Another residual of the same distribution is equally likely to have any rank among the n + 1, so
    that it is at most this one with a probability from ``level`` to ``level + 1 / (n + 1)``.

    Args:
        residuals: n of |truth - answer|.
        level: between 0 and 1, such as 0.9.

    Returns:
        None where n is below ``fewest``: no finite interval is wide enough.
    """
    rank = _rank(len(residuals), level)
    return sorted(residuals)[rank - 1] if rank <= len(residuals) else None


def fewest(level: float) -> int:
    """How many residuals it takes: the smallest n with ceil((n + 1) level) <= n."""
    count = max(1, math.floor(level / (1 - level)))
    while _rank(count, level) > count:
        count += 1
    return count


def _rank(count: int, level: float) -> int:
    return max(1, math.ceil((count + 1) * level - ROUNDING))
