"""A net that says how probable each next token is, from those before it (notes 5.1.8)."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from netwright.nets.sequence.over_words.softmax import UNLABELLED, OverWords
from netwright.nets.sequence.recurrent.layers import Recurrent
from netwright.nets.sequence.transformer import Transformer
from netwright.nets.sequence.word_vectors import WordVectors

Carried = tuple[Tensor, ...]
"""What is handed on, (B, L, H) each."""


class NextCosts(NamedTuple):
    """What a pass over B rows of T places gives.

    Args:
        costs: (B, T) float32: -log p of each next token; 0 where there is none.
        carried: the state behind the last token of each row.
    """

    costs: Tensor
    carried: Carried


class LanguageModel(nn.Module):
    """Vectors of the tokens, states at all places, and a softmax over the tokens.

    Args:
        embed: the vectors; the token 0 is none.
        states: recurrent layers one way, which go on from the state that they are given; or a
            causal transformer, which sees the row alone.
        over: from a state to the probabilities of the next token.
    """

    def __init__(
        self, embed: WordVectors, states: Recurrent | Transformer, over: OverWords
    ) -> None:
        super().__init__()
        self.embed, self.states, self.over = embed, states, over

    def forward(self, tokens: Tensor, nexts: Tensor, begins: Tensor, *carried: Tensor) -> NextCosts:
        """The cost of each next token.

        Args:
            tokens, nexts: (B, T) int64, 0 behind a row's end.
            begins: (B,) bool: rows that go on from nothing.
            carried: the state before the first token of each row.
        """
        state = tuple(torch.where(begins[:, None, None], 0, part) for part in carried)
        states, left = self.read(tokens, state)
        aims = nexts.masked_fill(nexts == 0, UNLABELLED)
        return NextCosts(self.over.costs(states, aims), left)

    def read(self, tokens: Tensor, state: Carried) -> tuple[Tensor, Carried]:
        """(B, T, H) the states at all tokens, and the one to go on from."""
        vectors = self.embed(tokens)
        if isinstance(self.states, Transformer):
            return self.states(vectors, tokens > 0), state
        return self.states.with_last(vectors, tokens > 0, state)

    def begin(self, rows: int) -> Carried:
        """The state that so many rows begin with."""
        if isinstance(self.states, Transformer):
            return (self.embed.weight.new_zeros(rows, 1, 1),)
        return self.states.begin(rows)

    def log_probabilities(self, states: Tensor) -> Tensor:
        """(..., V) of the next token at states (..., H)."""
        return self.over.log_probabilities(states)

    @property
    def goes_on(self) -> bool:
        """Whether its state holds all that it has read."""
        return isinstance(self.states, Recurrent)
