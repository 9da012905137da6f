"""Which rows make which batch, from seed and epoch alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from netwright.base.seeds import seed_of

POOL = 50
"""Batches whose rows are sorted by length together."""


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
    return _cut(_drawn(count, seed, epoch, draw_weights), batch_size)


def by_length(
    lengths: Tensor,
    batch_size: int,
    seed: int,
    epoch: int,
    draw_weights: Tensor | None = None,
    tokens: int | None = None,
    least: int = 2,
) -> list[Tensor]:
    """The same, rows of about one length in a batch, so that little is padded: the permutation is
    cut into pools, each is sorted by length and cut into batches, and the batches come in an order
    of their own.

    Args:
        lengths: (N,) int64.
        tokens: a batch holds as many rows as fit, padded, into so many things, but at least
            ``least``; None: ``batch_size`` rows.
    """
    drawn = _drawn(len(lengths), seed, epoch, draw_weights)
    batches: list[Tensor] = []
    for pool in _pools(drawn, max(least, _pool(lengths, batch_size, tokens)), least):
        by_size = pool[lengths[pool].argsort(stable=True)]
        if tokens is None:
            batches += _cut(by_size, batch_size)
        else:
            batches += _cut_by_things(by_size, lengths, tokens, least)
    generator = torch.Generator().manual_seed(seed_of(seed, "batches", epoch))
    return [batches[at] for at in torch.randperm(len(batches), generator=generator).tolist()]


def in_order(count: int, batch_size: int) -> list[Tensor]:
    """The row numbers 0..count-1 in batches: for evaluation."""
    return list(torch.split(torch.arange(count), batch_size))


def shortest_first(lengths: Tensor, batch_size: int) -> list[Tensor]:
    """All row numbers in batches of about one length: for evaluation.

    Args:
        batch_size: rows of the usual length; of longer ones fewer, of shorter ones more, so that
            they take the same room, up to 512.
    """
    room = round(batch_size * max(1.0, float(lengths.double().mean())))
    return list(_cut_by_things(lengths.argsort(stable=True), lengths, room, 1, 512))


def widths(rows: Sequence[Tensor], lengths: Sequence[Tensor]) -> list[tuple[int, ...]]:
    """Of each batch, the longest row of each ragged column, at least 1."""
    return [tuple(max(1, int(column[some].max())) for column in lengths) for some in rows]


def _drawn(count: int, seed: int, epoch: int, draw_weights: Tensor | None) -> Tensor:
    generator = torch.Generator().manual_seed(seed_of(seed, "order", epoch))
    if draw_weights is None:
        return torch.randperm(count, generator=generator)
    ends = draw_weights.double().cumsum(0)
    places = torch.rand(count, generator=generator, dtype=torch.float64) * ends[-1]
    return torch.searchsorted(ends, places, right=True).clamp_(max=count - 1)


def _cut(rows: Tensor, batch_size: int) -> list[Tensor]:
    batches = list(torch.split(rows, batch_size))
    if batch_size > 1 and len(batches) > 1 and len(batches[-1]) == 1:
        batches[-2:] = [torch.cat(batches[-2:])]
    return batches


def _pools(rows: Tensor, size: int, least: int) -> list[Tensor]:
    """Parts of ``size``; fewer than ``least`` that are left over join the part before them."""
    parts = list(torch.split(rows, size))
    if len(parts) > 1 and len(parts[-1]) < least:
        parts[-2:] = [torch.cat(parts[-2:])]
    return parts


def _pool(lengths: Tensor, batch_size: int, tokens: int | None) -> int:
    """Rows of a pool."""
    if tokens is None:
        return POOL * batch_size
    usual = max(1.0, float(lengths.double().mean()))
    return max(1, round(POOL * tokens / usual))


def _cut_by_things(
    by_size: Tensor, lengths: Tensor, things: int, least: int, most: int | None = None
) -> Iterator[Tensor]:
    """Cut rows that are sorted by length where one more would need more room than ``things``.

    Args:
        least: rows of a batch, if there are as many.
        most: rows of a batch; None: any number.
    """
    sizes: NDArray[np.int64] = lengths[by_size].clamp_min(1).numpy()
    start, end = 0, len(by_size)
    for at, size in enumerate(sizes):
        rows = at - start
        full = (rows + 1) * size > things or rows == most
        if full and rows >= least and end - at >= least:
            yield by_size[start:at]
            start = at
    if start < end:
        yield by_size[start:]
