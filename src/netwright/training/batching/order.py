"""Which rows make which batch, from seed and epoch alone."""

from __future__ import annotations

import torch
from torch import Tensor

from netwright.base.seeds import seed_of


def order(
    count: int, batch_size: int, seed: int, epoch: int, draw_weights: Tensor | None = None
) -> list[Tensor]:
    """The row numbers of every batch of an epoch: a permutation that depends on seed and epoch
    alone, cut into batches.

    Args:
        draw_weights: (N,) how often each row is drawn, with replacement; None: each once.

    The last batch is smaller; a single left-over row joins the batch before it, since batch norm
    cannot work on one, unless batches of one are what is wanted.
    """
    generator = torch.Generator().manual_seed(seed_of(seed, "order", epoch))
    if draw_weights is None:
        drawn = torch.randperm(count, generator=generator)
    else:
        ends = draw_weights.double().cumsum(0)
        places = torch.rand(count, generator=generator, dtype=torch.float64) * ends[-1]
        drawn = torch.searchsorted(ends, places, right=True).clamp_(max=count - 1)
    rows = list(torch.split(drawn, batch_size))
    if batch_size > 1 and len(rows) > 1 and len(rows[-1]) == 1:
        rows[-2:] = [torch.cat(rows[-2:])]
    return rows


def in_order(count: int, batch_size: int) -> list[Tensor]:
    """The row numbers 0..count-1 in batches: for evaluation."""
    return list(torch.split(torch.arange(count), batch_size))
