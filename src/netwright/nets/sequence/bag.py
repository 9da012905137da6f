"""The mean of the words' vectors, and a layer over it."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from netwright.nets.sequence import joined
from netwright.nets.sequence.places import mean_of
from netwright.nets.sequence.word_vectors import WordVectors


class Bag(nn.Module):
    """A bag of words: the mean of their vectors, dropped out, to one output a class.

    Joulin et al. 2017, "Bag of tricks for efficient text classification": pairs of words that
    follow each other have vectors too, found by a hash, and none that are given.

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
        self.head = joined.head(words.width, outputs, columns)

    def forward(self, words: Tensor, *others: Tensor) -> Tensor:
        """(B, T) int64 indices, 0 behind the end, given vectors, and the columns beside the words,
        to (B, K).
        """
        if self.pairs:
            words, others = self._with_pairs(words, others)
        vectors, columns = self.embed.among(words, others)
        vector = self.drop(mean_of(vectors, words > 0))
        return self.head(vector, *columns)  # type: ignore[no-any-return]

    def _with_pairs(
        self, words: Tensor, others: tuple[Tensor, ...]
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        """The words and their pairs; for these 0 stands behind the given vectors."""
        left, right = words[:, :-1], words[:, 1:]
        index = self.words + (left * 1_000_003 + right * 7_919) % self.pairs
        known = (left > 0) & (right > 0)
        words = torch.cat([words, index * known], dim=1)  # 0 where one of the two is no word
        if not self.embed.given:
            return words, others
        given, *columns = others
        return words, (F.pad(given, (0, 0, 0, left.shape[1])), *columns)
