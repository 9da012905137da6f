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


def groups(kinds: Sequence[str], vectors: np.ndarray[Any, Any] | None) -> list[str]:
    """The name of the group of each mistake; empty where nothing is known to be alike.

    Mistakes of one kind are a group; a large one, or those of no kind, are cut into clusters of
    what their answers say (k-means).

    Args:
        kinds: the truth and the answer of each, or what is wrong; empty: neither is known.
        vectors: (N, D) what the answers say in numbers, or None.
    """
    by_kind: dict[str, list[int]] = defaultdict(list)
    for at, kind in enumerate(kinds):
        by_kind[kind].append(at)
    found = [""] * len(kinds)
    for named, places in by_kind.items():
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
