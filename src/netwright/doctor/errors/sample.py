"""Which mistakes a person looks at: a seeded sample (notes 3.2.1)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from netwright.base.errors import DataError
from netwright.base.seeds import seed_of

Order = Literal["uniform", "worst"]

ORDERS: tuple[Order, ...] = ("uniform", "worst")

USUAL = 100


@dataclass(frozen=True)
class Sample:
    """Mistakes to look at, in order.

    Args:
        rows: each once.
        counts: how often each was drawn; the table counts it as often.
        is_random: whether it speaks for all mistakes: it was drawn, or holds all of them.
    """

    rows: tuple[int, ...]
    counts: tuple[int, ...]
    is_random: bool


def draw(
    sizes: Sequence[float], losses: Sequence[float], n: int, order: Order, seed: int
) -> Sample:
    """A sample of the mistakes.

    Mistakes that count alike are drawn without replacement. Where one is more of the error than
    another (examples have weights; numbers, whose error is their loss), each of ``n`` draws is one
    of them with probability proportional to its size: then the fraction of the draws that have a
    tag is the fraction of the error that has it. A larger ``n`` goes on from a smaller one.

    Args:
        sizes: (N,) how much of the error each example is; 0: it is no mistake.
        losses: (N,) for the order ``worst``.
        n: at least 1.

    Raises:
        DataError: ``n`` is below 1.
    """
    import numpy as np

    if n < 1:
        raise DataError(f"{n} mistakes to look at: expected 1 or more.")
    held = np.asarray(sizes, float)
    held = np.where(np.isfinite(held), held, 0.0)
    rows = np.flatnonzero(held > 0)
    if not len(rows):
        return Sample((), (), True)
    alike = bool((held[rows] == held[rows][0]).all())
    if order == "worst":
        by_loss = np.nan_to_num(np.asarray(losses, float)[rows], nan=-np.inf)
        chosen = rows[np.argsort(-by_loss, kind="stable")][:n]
        is_all = alike and len(chosen) == len(rows)
        return Sample(tuple(chosen.tolist()), (1,) * len(chosen), is_all)
    rng = np.random.default_rng(seed_of(seed, "error analysis"))
    if alike:
        chosen = rng.permutation(rows)[:n]
        return Sample(tuple(chosen.tolist()), (1,) * len(chosen), True)
    edges = np.cumsum(held[rows])
    at = np.searchsorted(edges, rng.random(n) * edges[-1], side="right")
    drawn = Counter(rows[np.minimum(at, len(rows) - 1)].tolist())
    return Sample(tuple(drawn), tuple(drawn.values()), True)
