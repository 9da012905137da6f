"""The vectors of words: drawn and learned, or given (notes 5.2.8)."""

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
    """

    def __init__(
        self,
        words: int,
        vector: int,
        *,
        dropout: float = 0.0,
        initial: Tensor | None = None,
        frozen: bool = False,
    ) -> None:
        super().__init__(words, vector)
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

    def forward(self, words: Tensor) -> Tensor:
        """(...) int64 indices to (..., D)."""
        vectors = F.embedding(words, self.weight)
        if not self.training or self.dropout == 0:
            return vectors
        kept = F.dropout(self.weight.new_ones(len(self.weight)), self.dropout)  # (V,)
        return vectors * kept[words][..., None]
