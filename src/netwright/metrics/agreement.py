"""How far two who answered the same examples agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence


def kappa(first: Sequence[str], second: Sequence[str]) -> float | None:
    """Cohen's kappa: how much of the agreement that chance leaves open is there, (p - e) / (1 - e);
    1 is full agreement, 0 what chance gives (Cohen 1960). None where both always say the same one
    label, so that chance alone explains it.
    """
    n = len(first)
    agreed = sum(one == other for one, other in zip(first, second, strict=True)) / n
    counts, others = Counter(first), Counter(second)
    expected = sum(counts[label] * others[label] for label in counts) / n**2
    return None if expected == 1 else (agreed - expected) / (1 - expected)
