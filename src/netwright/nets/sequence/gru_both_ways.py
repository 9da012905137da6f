"""A GRU from left to right and one from right to left over a text (notes 5.1.10, 5.1.12)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from netwright.nets.sequence import joined
from netwright.nets.sequence.places import mean_of


class GruBothWays(nn.Module):
    """Two GRUs, one from each end; the mean of their states over the words, to one output a class.

    What stands behind the end of a text comes after its words in both directions, and is left out
    of the mean, so that a text has one answer, alone and in company.

    Cho et al. 2014, "Learning phrase representations using RNN encoder-decoder"; Schuster and
    Paliwal 1997, "Bidirectional recurrent neural networks".

    Args:
        words: indices, with 0 for no word.
        vector: numbers a word.
        units: of each GRU.
        outputs: K.
        dropout: fraction of the words' vectors, and of the mean, that is dropped.
        columns: what stands beside a text, see ``joined.head``.
    """

    def __init__(
        self,
        words: int,
        vector: int,
        units: int,
        outputs: int,
        *,
        dropout: float,
        columns: tuple[int, Sequence[int]] | None = None,
    ) -> None:
        super().__init__()
        self.embed = nn.Embedding(words, vector)
        nn.init.normal_(self.embed.weight, std=0.1)
        self.drop = nn.Dropout(dropout)
        self.onward = nn.GRU(vector, units, batch_first=True)
        self.back = nn.GRU(vector, units, batch_first=True)
        self.drop_mean = nn.Dropout(dropout)
        self.head = joined.head(2 * units, outputs, columns)

    def forward(self, words: Tensor, *columns: Tensor) -> Tensor:
        """(B, T) int64 indices, 0 behind the end, and the columns beside them, to (B, K)."""
        known = words > 0
        vectors = self.drop(self.embed(words))
        there = mean_of(self.onward(vectors)[0], known)
        back = mean_of(self.back(_reversed(vectors, known))[0], known)
        vector = self.drop_mean(torch.cat([there, back], dim=1))
        return self.head(vector, *columns)  # type: ignore[no-any-return]


def _reversed(vectors: Tensor, known: Tensor) -> Tensor:
    """(B, T, D) each row's words from the last to the first, what is no word still behind them."""
    length = known.sum(dim=1, keepdim=True)
    place = torch.arange(known.shape[1], device=known.device)
    source = torch.where(known, length - 1 - place, place)
    return vectors.gather(1, source[:, :, None].expand(-1, -1, vectors.shape[2]))
