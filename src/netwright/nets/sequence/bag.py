"""The mean of the words' vectors, and a layer over it."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from netwright.nets.sequence import joined
from netwright.nets.sequence.places import mean_of
from netwright.nets.sequence.word_vectors import WordVectors


class Bag(nn.Module):
    """A bag of words: the mean of their vectors, dropped out, to one output a class.

    Joulin et al. 2017, "Bag of tricks for efficient text classification": pairs of words that
    follow each other have vectors too, found by a hash.

    Args:
        words: the vectors of the words, with 0 for no word; behind them those of the pairs.
        outputs: K.
        dropout: fraction of the mean's numbers that is dropped.
        pairs: how many of the vectors are for pairs of words; 0: none.
        columns: what stands beside a text, see ``joined.head``.
    """

    def __init__(
        self,
        words: WordVectors,
        outputs: int,
        *,
        dropout: float,
        pairs: int = 0,
        columns: tuple[int, Sequence[int]] | None = None,
    ) -> None:
        super().__init__()
        self.pairs = pairs
        self.words = words.num_embeddings - pairs
        self.embed = words
        self.drop = nn.Dropout(dropout)
        self.head = joined.head(words.embedding_dim, outputs, columns)

    def forward(self, words: Tensor, *columns: Tensor) -> Tensor:
        """(B, T) int64 indices, 0 behind the end, and the columns beside them, to (B, K)."""
        if self.pairs:
            words = torch.cat([words, self._pairs_of(words)], dim=1)
        vector = self.drop(mean_of(self.embed(words), words > 0))
        return self.head(vector, *columns)  # type: ignore[no-any-return]

    def _pairs_of(self, words: Tensor) -> Tensor:
        """(B, T - 1) the index of each pair; 0 where one of the two is no word."""
        left, right = words[:, :-1], words[:, 1:]
        index = self.words + (left * 1_000_003 + right * 7_919) % self.pairs
        return index * ((left > 0) & (right > 0))
