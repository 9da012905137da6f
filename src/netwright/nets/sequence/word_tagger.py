"""A tag for each word of a sentence, from the words beside it and from its own letters (notes
5.1.2, 5.1.12).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from netwright.nets.sequence.crf import Chain
from netwright.nets.sequence.dropout import Drops
from netwright.nets.sequence.recurrent.layers import Recurrent
from netwright.nets.sequence.word_vectors import WordVectors

LETTER_VECTOR, SHAPE_VECTOR = 25, 8
"""Numbers of a letter, and of how a word is written."""


@dataclass(frozen=True)
class WordInputs:
    """What is read of each word.

    Args:
        words: their vectors, with 0 for no word.
        letters, shapes: how many indices of letters, and of how words are written, there are, with
            0 for none.
        by_letters: what reads the letters of a word.
        letter_units: of it.
    """

    words: WordVectors
    letters: int
    shapes: int
    by_letters: Literal["cnn", "gru", "none"]
    letter_units: int


@dataclass(frozen=True)
class TagSteps:
    """Which tags may begin a sentence, follow each other, and end it.

    Args:
        begins, ends: (K,).
        follows: (K, K) row by row whether tag k may follow tag j.
    """

    begins: tuple[bool, ...]
    follows: tuple[tuple[bool, ...], ...]
    ends: tuple[bool, ...]


class LettersByCnn(nn.Module):
    """The largest of each filter's outputs over the places of a word: max_t relu(W [x<t-1>, x<t>,
    x<t+1>] + b).

    Ma and Hovy 2016, "End-to-end sequence labeling via bi-directional LSTM-CNNs-CRF".
    """

    def __init__(self, letters: int, units: int) -> None:
        super().__init__()
        self.embed = nn.Embedding(letters, LETTER_VECTOR, padding_idx=0)
        self.filters = nn.Conv1d(LETTER_VECTOR, units, 3, padding=1)

    def forward(self, letters: Tensor) -> Tensor:
        """(N, L) int64, 0 behind a word's end, to (N, units)."""
        found = self.filters(self.embed(letters).transpose(1, 2)).relu()
        return (found * (letters > 0)[:, None]).amax(dim=2)  # type: ignore[no-any-return]


class LettersByGru(nn.Module):
    """The last states of a GRU from each end of a word.

    Lample et al. 2016, "Neural architectures for named entity recognition".
    """

    def __init__(self, letters: int, units: int) -> None:
        super().__init__()
        self.embed = nn.Embedding(letters, LETTER_VECTOR, padding_idx=0)
        self.recur = Recurrent("gru", LETTER_VECTOR, units // 2, both_ways=True)

    def forward(self, letters: Tensor) -> Tensor:
        """(N, L) int64, 0 behind a word's end, to (N, units)."""
        _, (last,) = self.recur.with_last(self.embed(letters), letters > 0)
        return last.flatten(1)


class WordTagger(nn.Module):
    """Recurrent layers both ways over the words, a score a tag, and a chain over the tags.

    Args:
        reads: what is read of a word.
        cell: of the layers, a name of ``recurrent.layers.CELLS``.
        units: of each cell.
        layers: of cells.
        dropout: fraction of the numbers of a word, and of the states, that is dropped.
        steps: which tags may follow each other.
        learns_steps: whether the chain learns which are likely; else it forbids alone.
    """

    def __init__(
        self,
        reads: WordInputs,
        cell: str,
        units: int,
        *,
        layers: int,
        dropout: float,
        steps: TagSteps,
        learns_steps: bool = True,
    ) -> None:
        super().__init__()
        self.embed = reads.words
        self.by_letters = _letters(reads)
        self.shape = nn.Embedding(reads.shapes, SHAPE_VECTOR, padding_idx=0)
        width = reads.words.width + SHAPE_VECTOR
        width += 0 if self.by_letters is None else _even(reads.letter_units)
        self.drop = nn.Dropout(dropout)
        self.recur = Recurrent(
            cell, width, units, layers=layers, both_ways=True, drops=Drops(between=dropout)
        )
        self.drop_states = nn.Dropout(dropout)
        self.head = nn.Linear(self.recur.width, len(steps.begins))
        self.chain = Chain(steps.begins, steps.follows, steps.ends)
        self.chain.steps.requires_grad_(learns_steps)

    def forward(
        self, words: Tensor, letters: Tensor, shapes: Tensor, given: Tensor | None = None
    ) -> Tensor:
        """(B, T) int64 indices, 0 behind the end, (B, T, L) letters, (B, T) shapes and (B, T, D)
        given vectors, to (B, T, K), the score of each tag.
        """
        parts = [self.embed(words, given)]
        if self.by_letters is not None:
            found = self.by_letters(letters.flatten(0, 1))
            parts.append(found.view(*words.shape, -1))
        parts.append(self.shape(shapes))
        x = self.drop(torch.cat(parts, dim=2))
        return self.head(self.drop_states(self.recur(x, words > 0)))  # type: ignore[no-any-return]


def _letters(reads: WordInputs) -> LettersByCnn | LettersByGru | None:
    if reads.by_letters == "none":
        return None
    make = LettersByCnn if reads.by_letters == "cnn" else LettersByGru
    return make(reads.letters, _even(reads.letter_units))


def _even(units: int) -> int:
    """A GRU from each end has half of them."""
    return units + units % 2
