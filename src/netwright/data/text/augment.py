"""What training changes of the words of a text: some are left out, some become a near one.

Both are drawn for the rows of a batch from the run's seed and the number of the step, as changes of
images are: the same for any number of processes, and other ones at every epoch.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from netwright.contract import Draws
from netwright.data.text.vocabulary import PAD

if TYPE_CHECKING:
    from torch import Tensor

    from netwright.recipe import WordAugment

NEAREST, LEAST = 5, 0.7
"""Words that may stand for another one at most, and the cosine that their vectors have at least."""

AT_ONCE = 1_000
"""Words whose neighbours are found at once."""


@dataclass(frozen=True)
class Near:
    """Of each word of a vocabulary those whose vectors are near.

    Args:
        words: (V, K) their indices, the nearest first; ``PAD`` where there are fewer.
        rows: (V,) what stands for the given vector of each word.
    """

    words: Tensor
    rows: Tensor


def near_of(vectors: np.ndarray[Any, Any], rows: list[int]) -> Near:
    """The neighbours of words by the cosine of their vectors.

    Args:
        vectors: (V, G) float32, 0 of a word that has none.
        rows: (V,) as of ``Near``.
    """
    import torch

    found = torch.from_numpy(vectors)
    found = found / found.norm(dim=1, keepdim=True).clamp_min(1e-9)
    best = min(NEAREST, len(found) - 1)
    parts = []
    for start in range(0, len(found), AT_ONCE):
        likeness = found[start : start + AT_ONCE] @ found.T
        likeness.diagonal(start).fill_(0)  # no word stands for itself
        high, words = likeness.topk(best, dim=1)
        parts.append(words.masked_fill(high < LEAST, PAD))
    return Near(torch.cat(parts), torch.tensor(rows, dtype=torch.int64))


def changed(
    words: Tensor, rows: Tensor | None, wanted: WordAugment, near: Callable[[], Near], draws: Draws
) -> tuple[Tensor, Tensor | None]:
    """(B, T) the words of a batch as ``wanted`` changes them.

    Args:
        rows: what stands for the given vector of each word; None: none are given.
        near: the neighbours of the words; it is asked where there are given vectors.
    """
    if wanted.synonyms and rows is not None:
        words, rows = with_synonyms(words, rows, wanted.synonyms, near(), draws)
    if wanted.left_out:
        order, stays = without_some(words, wanted.left_out, draws)
        words = words.gather(1, order).where(stays, PAD)
        rows = None if rows is None else rows.gather(1, order).where(stays, 0)
    return words, rows


def with_synonyms(
    words: Tensor, rows: Tensor, rate: float, near: Near, draws: Draws
) -> tuple[Tensor, Tensor]:
    """A fraction of the words changed: each into one of its neighbours, where it has any."""
    drawn, which = draws.uniform(words.shape[1]), draws.uniform(words.shape[1])
    others = near.words.to(words.device)[words]  # (B, T, K)
    count = (others != PAD).sum(dim=2)
    place = (which * count).long()
    other = others.gather(2, place[..., None])[..., 0]
    becomes = (drawn < rate) & (count > 0)
    words = other.where(becomes, words)
    return words, near.rows.to(words.device)[words].where(becomes, rows)


def without_some(words: Tensor, rate: float, draws: Draws) -> tuple[Tensor, Tensor]:
    """(B, T) the places of the words that stay, in their order, and then those of the others; and
    whether a word of the row stands there. Of each text one stays at least.
    """
    import torch

    drawn = draws.uniform(words.shape[1]).masked_fill(words == PAD, -1)
    stays = drawn >= rate
    stays |= (drawn == drawn.amax(dim=1, keepdim=True)) & (words != PAD)
    sorted_ = torch.sort(stays, dim=1, descending=True, stable=True)
    return sorted_.indices, sorted_.values
