"""The places of padded texts: which hold a word, the mean over them, the last, and the other way.

A text's words come first and what pads it behind them, so that ``known`` (B, T) is a row of True
and then False.
"""

from __future__ import annotations

import torch
from torch import Tensor


def mean_of(vectors: Tensor, known: Tensor) -> Tensor:
    """(B, D) the mean of (B, T, D) over the (B, T) places that are known; 0 where none is."""
    weights = known.to(vectors.dtype)
    total = torch.bmm(weights[:, None], vectors)[:, 0]
    return total / weights.sum(dim=1, keepdim=True).clamp_min(1)


def reversed_within(vectors: Tensor, known: Tensor | None) -> Tensor:
    """(B, T, D) each row's words from the last to the first, what is no word still behind them;
    None: all are words. Twice, it is as it was.
    """
    if known is None:
        return vectors.flip(1)
    length = known.sum(dim=1, keepdim=True)
    place = torch.arange(known.shape[1], device=known.device)
    source = torch.where(known, length - 1 - place, place)
    return vectors.gather(1, source[:, :, None].expand(-1, -1, vectors.shape[2]))


def last_of(vectors: Tensor, known: Tensor | None, before: Tensor) -> Tensor:
    """(B, D) the vector at the last known place of each row; that of ``before`` where none is. It
    is of the type of ``before``, though the vectors be rounded to bfloat16.
    """
    if known is None:
        return vectors[:, -1].to(before.dtype)
    length = known.sum(dim=1)
    at = (length - 1).clamp_min(0)[:, None, None].expand(-1, 1, vectors.shape[2])
    last = vectors.gather(1, at)[:, 0].to(before.dtype)
    return torch.where(length[:, None] > 0, last, before)
