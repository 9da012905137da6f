"""A softmax that spends its time on the frequent words (notes 5.1.8; Grave et al. 2017, "Efficient
softmax approximation for GPUs").

The words go by frequency. The most frequent are the short list; the others lie in clusters, each
rarer and larger than the one before. Of the short list and the clusters one softmax is computed for
every state, of the words of a cluster only where the target lies in it:

    p(w) = p(short-list word w),   or   p(cluster) p(w | cluster)

with fewer numbers a word in the rarer clusters. The probabilities are exact and sum to 1; it is
another model than the full softmax, not an estimate of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from netwright.nets.sequence.over_words import softmax


def ends_of(words: int) -> tuple[int, ...]:
    """A tenth of the words are the short list, four tenths end the first of two clusters: in texts
    about four words in five are of the first tenth.
    """
    return tuple(sorted({max(1, words // 10), max(2, 2 * words // 5)}))


class AdaptiveSoftmax(nn.Module):
    """log p over V words, the most frequent first.

    Args:
        units: H, numbers in a state.
        words: V.
        ends: where the short list and each cluster but the last end, rising and below V; see
            ``ends_of``.
        shrink: a cluster's words have this many times fewer numbers than those of the one before,
            4 at least.
    """

    def __init__(self, units: int, words: int, *, ends: Sequence[int], shrink: float = 4.0) -> None:
        super().__init__()
        self.ends = (*ends, words)
        if list(self.ends) != sorted({*self.ends, 0} - {0}):
            raise ValueError(f"ends = {list(ends)}: expected rising numbers from 1 to {words - 1}")
        self.head = nn.Linear(units, self.ends[0] + len(ends))
        self.tails = nn.ModuleList()
        for number, (start, end) in enumerate(pairwise(self.ends), start=1):
            width = max(4, int(units / shrink**number))
            self.tails.append(
                nn.Sequential(nn.Linear(units, width, bias=False), nn.Linear(width, end - start))
            )
        for layer in self.modules():
            if isinstance(layer, nn.Linear):
                nn.init.normal_(layer.weight, std=layer.in_features**-0.5)
            if isinstance(layer, nn.Linear) and layer.bias is not None:
                nn.init.zeros_(layer.bias)

    def costs(self, states: Tensor, targets: Tensor) -> Tensor:
        """(...) float32: -log p of the target (...) int64 at each of the states (..., H); 0 where
        it is ``softmax.UNLABELLED``.
        """
        h, aims = states.flatten(0, -2), targets.flatten()
        short = self.ends[0]
        clusters = torch.bucketize(aims, aims.new_tensor(self.ends), right=True)  # 0: short list
        in_head = torch.where(clusters > 0, short - 1 + clusters, aims)
        costs = softmax.target_costs(self.head(h), in_head)
        for number, tail in enumerate(self.tails, start=1):
            there = clusters == number
            if bool(there.any()):  # to look at a value refuses to be traced: other batches differ
                inside = softmax.target_costs(tail(h[there]), aims[there] - self.ends[number - 1])
                costs = costs.masked_scatter(there, costs[there] + inside)
        return costs.view(targets.shape)

    def log_probabilities(self, states: Tensor) -> Tensor:
        """(..., V) float32."""
        head = softmax.log_softmax(self.head(states))
        short = self.ends[0]
        parts = [head[..., :short]]
        for number, tail in enumerate(self.tails):
            inside = softmax.log_softmax(tail(states))
            parts.append(inside + head[..., short + number, None])
        return torch.cat(parts, dim=-1)

    forward = log_probabilities
