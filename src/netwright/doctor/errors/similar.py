"""Mistakes that are alike, so that one key tags many."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from netwright.base.seeds import seed_of

if TYPE_CHECKING:
    import numpy as np

PIECE = 8
"""Mistakes that a group has, about."""

MOST_GROUPS = 24


def groups(
    pairs: Sequence[tuple[str | None, str | None]], vectors: np.ndarray[Any, Any] | None
) -> list[str]:
    """The name of the group of each mistake; empty where nothing is known to be alike.

    Mistakes of one truth and one answer are a group; a large one, or one of mistakes that are of no
    classes, is cut into clusters of what their answers say (k-means).

    Args:
        pairs: (class of the truth, class of the answer) of each, or None.
        vectors: (N, D) what the answers say in numbers, or None.
    """
    by_pair: dict[tuple[str | None, str | None], list[int]] = defaultdict(list)
    for at, pair in enumerate(pairs):
        by_pair[pair].append(at)
    found = [""] * len(pairs)
    for (truth, answer), places in by_pair.items():
        named = f"{truth} → {answer}" if truth is not None and answer is not None else ""
        pieces = [0] * len(places)
        if vectors is not None and len(places) > 2 * PIECE:
            pieces = _clusters(vectors[places])
        for at, piece in zip(places, pieces, strict=True):
            number = f"{piece + 1}" if max(pieces) else ""
            found[at] = f"{named} ({number})" if named and number else named or number
    return found


def _clusters(vectors: np.ndarray[Any, Any]) -> list[int]:
    """The cluster of each row, numbered by where they first occur."""
    import numpy as np
    from sklearn.cluster import KMeans

    spread = vectors.std(0)
    scaled = (vectors - vectors.mean(0)) / np.where(spread > 0, spread, 1.0)
    k = min(MOST_GROUPS, math.ceil(len(vectors) / PIECE), len(np.unique(scaled, axis=0)))
    if k < 2:
        return [0] * len(vectors)
    seed = seed_of(0, "similar mistakes") % 2**32
    labels = KMeans(k, n_init=1, random_state=seed).fit_predict(scaled)
    numbers: dict[int, int] = {}
    return [numbers.setdefault(label, len(numbers)) for label in labels.tolist()]
