"""The vectors of words: learned, and beside them or below them those of others (notes 5.2.8)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class WordVectors(nn.Embedding):
    """A vector for each of V words.

    Args:
        words: V, with 0 for no word.
        vector: D, numbers a word.
        dropout: fraction of the V words whose vectors training drops, in the whole batch (embedding
            dropout, Gal and Ghahramani 2016).
        initial: (V, D) what they begin as; None: drawn, with a standard deviation of 0.1.
        frozen: whether they stay as they began: then they are a buffer, which no optimizer sees.
        given: numbers of a word's vector that others learned, which a batch brings along; 0: none.
        added: whether the learned vectors are added to these, and begin as 0; else they stand
            beside them.
    """

    def __init__(
        self,
        words: int,
        vector: int,
        *,
        dropout: float = 0.0,
        initial: Tensor | None = None,
        frozen: bool = False,
        given: int = 0,
        added: bool = False,
    ) -> None:
        super().__init__(words, vector)
        self.given, self.added = given, added
        if added and initial is None:
            initial = torch.zeros(words, vector)
        if initial is not None and initial.shape != (words, vector):
            raise ValueError(
                f"initial has the shape {tuple(initial.shape)}: expected {(words, vector)}, a"
                " vector for each word"
            )
        self.dropout = dropout
        with torch.no_grad():
            if initial is None:
                nn.init.normal_(self.weight, std=0.1)
            else:
                self.weight.copy_(initial)
        if frozen:
            still = self.weight.detach()
            del self.weight
            self.register_buffer("weight", still)

    @classmethod
    def beside(cls, words: int, vector: int, *, given: int, thawed: bool) -> WordVectors:
        """Learned ones beside given ones; where these are thawed, what is learned moves them, and
        there are none beside.
        """
        if given and thawed:
            return cls(words, given, given=given, added=True)
        return cls(words, vector, given=given)

    @property
    def width(self) -> int:
        """Numbers of a word, with the given ones."""
        return self.embedding_dim + (0 if self.added else self.given)

    def forward(self, words: Tensor, given: Tensor | None = None) -> Tensor:
        """(...) int64 indices, and (..., G) given vectors, to (..., D)."""
        vectors = self._learned(words)
        if given is None:
            return vectors
        return given + vectors if self.added else torch.cat([given, vectors], dim=-1)

    def among(self, words: Tensor, others: tuple[Tensor, ...]) -> tuple[Tensor, tuple[Tensor, ...]]:
        """The vectors, by the given ones that come first among a net's other inputs, if there are
        any; and the rest of these.
        """
        if not self.given:
            return self(words), others
        return self(words, others[0]), others[1:]

    def _learned(self, words: Tensor) -> Tensor:
        vectors = F.embedding(words, self.weight)
        if not self.training or self.dropout == 0:
            return vectors
        kept = F.dropout(self.weight.new_ones(len(self.weight)), self.dropout)  # (V,)
        return vectors * kept[words][..., None]
