"""A transformer over a text, and the mean of its states."""

from __future__ import annotations

from collections.abc import Sequence
from math import gcd

from torch import Tensor, nn

from netwright.nets.sequence import joined
from netwright.nets.sequence.places import mean_of
from netwright.nets.sequence.transformer import Transformer
from netwright.nets.sequence.word_vectors import WordVectors

HEADS = 4


class TransformerMean(nn.Module):
    """Blocks of attention over the words of a text, as wide as their vectors; the mean of the
    states over the words, to one output a class.

    Args:
        words: the vectors of the words, with 0 for no word.
        outputs: K.
        layers: blocks.
        dropout: fraction of the vectors, of what each block adds, and of the mean, that is dropped.
        columns: what stands beside a text, see ``joined.head``.
    """

    def __init__(
        self,
        words: WordVectors,
        outputs: int,
        *,
        layers: int = 1,
        dropout: float = 0.0,
        columns: tuple[int, Sequence[int]] | None = None,
    ) -> None:
        super().__init__()
        width = words.width
        self.embed = words
        self.read = Transformer(
            width, width, layers=layers, heads=gcd(HEADS, width), dropout=dropout
        )
        self.drop_mean = nn.Dropout(dropout)
        self.head = joined.head(width, outputs, columns)

    def forward(self, words: Tensor, *others: Tensor) -> Tensor:
        """(B, T) int64 indices, 0 behind the end, given vectors, and the columns beside the words,
        to (B, K).
        """
        known = words > 0
        vectors, columns = self.embed.among(words, others)
        states = self.read(vectors, known)
        vector = self.drop_mean(mean_of(states, known))
        return self.head(vector, *columns)  # type: ignore[no-any-return]
