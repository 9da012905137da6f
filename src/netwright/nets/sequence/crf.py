"""A linear chain over the tags of a sentence: which tag goes with a word, and after which tag."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

FORBIDDEN = -1e4
"""What a step that may not be adds to a path: none that has one is ever the best, and in float32
its part of a sum of exponentials is 0. Infinite it would be NaN in a gradient.
"""


class Chain(nn.Module):
    """log p(y | x) = s(x, y) - log sum_y' exp s(x, y'), where s(x, y) = sum_t e_t[y_t] + A[y_t-1,
    y_t], with a score for the tag that begins and for the one that ends.

    Lafferty et al. 2001, "Conditional random fields"; Lample et al. 2016, "Neural architectures for
    named entity recognition". A place that is not known (behind a sentence's end) takes no part, so
    a sentence alone equals itself in company. The first place of each row is known.

    Args:
        begins, ends: (K) whether a sentence may begin with a tag, or end with it.
        follows: (K, K) row by row whether tag k may follow tag j.
    """

    forbidden: Tensor

    def __init__(
        self,
        begins: Sequence[bool],
        follows: Sequence[Sequence[bool]],
        ends: Sequence[bool],
    ) -> None:
        super().__init__()
        tags = len(begins)
        self.steps = nn.Parameter(torch.zeros(tags + 2, tags))
        forbidden = [[not may for may in row] for row in (begins, *follows, ends)]
        self.register_buffer("forbidden", torch.tensor(forbidden), persistent=False)

    def scores(self) -> tuple[Tensor, Tensor, Tensor]:
        """(K) of beginning with a tag, (K, K) of one after another, (K) of ending with one."""
        whole = self.steps.masked_fill(self.forbidden, FORBIDDEN)
        return whole[0], whole[1:-1], whole[-1]

    def negative_log_likelihood(self, emitted: Tensor, tags: Tensor, known: Tensor) -> Tensor:
        """(B,) -log p of the tags.

        Args:
            emitted: (B, T, K) the score of each tag at each place.
            tags: (B, T) int64; what stands where nothing is known does not count.
            known: (B, T) whether there is a word.
        """
        return self.log_partition(emitted, known) - self.score(emitted, tags, known)

    def score(self, emitted: Tensor, tags: Tensor, known: Tensor) -> Tensor:
        """(B,) s(x, y)."""
        begin, step, end = self.scores()
        at = tags.where(known, 0)
        own = emitted.gather(2, at[:, :, None])[:, :, 0]
        total = (own * known).sum(dim=1) + begin[at[:, 0]]
        total = total + (step[at[:, :-1], at[:, 1:]] * known[:, 1:]).sum(dim=1)
        last = known.sum(dim=1, keepdim=True) - 1
        final: Tensor = total + end[at.gather(1, last.clamp_min(0))[:, 0]]
        return final

    def log_partition(self, emitted: Tensor, known: Tensor) -> Tensor:
        """(B,) log sum over all paths of exp s, by the forward algorithm."""
        begin, step, end = self.scores()
        alpha = begin + emitted[:, 0]
        for t in range(1, emitted.shape[1]):
            # (B, K, K): over the tag before, to each tag now
            after = (alpha[:, :, None] + step).logsumexp(dim=1) + emitted[:, t]
            alpha = after.where(known[:, t, None], alpha)
        return (alpha + end).logsumexp(dim=1)
