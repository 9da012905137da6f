"""From states to the probabilities of all words (notes 5.1.8), by a matrix of its own or by the
words' vectors.
"""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from netwright.nets.sequence.word_vectors import WordVectors

UNLABELLED = -100
"""A target that is none; its cost is 0."""


class OverWords(Protocol):
    """What every layer over the words can be asked."""

    def costs(self, states: Tensor, targets: Tensor) -> Tensor:
        """(...) float32: -log p of the target (...) int64 at each of the states (..., H)."""
        ...

    def log_probabilities(self, states: Tensor) -> Tensor:
        """(..., V) float32 of the states (..., H), exactly."""
        ...


class Softmax(nn.Module):
    """log softmax(W h + b) over V words.

    Args:
        units: H, numbers in a state.
        words: V.
        tied: the vectors of these words, which are W, too; h is brought to their width where it has
            another (Press and Wolf 2017, "Using the output embedding to improve language models";
            Inan et al. 2017). None: W is of its own.
    """

    def __init__(self, units: int, words: int, *, tied: WordVectors | None = None) -> None:
        super().__init__()
        # in a tuple it is no module of this one: the weights are kept once, as the vectors'
        self.tied: tuple[WordVectors, ...] = () if tied is None else (tied,)
        width = units if tied is None else tied.weight.shape[1]
        self.to_vector = nn.Identity() if width == units else nn.Linear(units, width, bias=False)
        self.weight = None if tied else nn.Parameter(torch.empty(words, units))
        self.bias = nn.Parameter(torch.zeros(words))
        if self.weight is not None:
            nn.init.normal_(self.weight, std=units**-0.5)

    def forward(self, states: Tensor) -> Tensor:
        """(..., H) to the scores (..., V)."""
        weight = self.weight if self.weight is not None else self.tied[0].weight
        return F.linear(self.to_vector(states), weight, self.bias)

    def costs(self, states: Tensor, targets: Tensor) -> Tensor:
        """(...) float32: -log p of each target; 0 where it is ``UNLABELLED``."""
        return target_costs(self(states).flatten(0, -2), targets.flatten()).view(targets.shape)

    def log_probabilities(self, states: Tensor) -> Tensor:
        """(..., V) float32."""
        return log_softmax(self(states))


def target_costs(scores: Tensor, targets: Tensor) -> Tensor:
    """(N,) -log softmax of the scores (N, V) at the targets (N,); 0 where one is ``UNLABELLED``."""
    return F.cross_entropy(_wide(scores), targets, reduction="none", ignore_index=UNLABELLED)


def log_softmax(scores: Tensor) -> Tensor:
    """Over the last axis."""
    return _wide(scores).log_softmax(dim=-1)


def _wide(scores: Tensor) -> Tensor:
    """In float32 at least."""
    return scores.to(torch.promote_types(scores.dtype, torch.float32))
