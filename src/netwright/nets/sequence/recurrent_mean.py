"""A recurrent net from both ends of a text, and the mean of its states (notes 5.1.10-5.1.13)."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from netwright.nets.sequence import joined
from netwright.nets.sequence.dropout import Drops, LockedDropout
from netwright.nets.sequence.places import mean_of
from netwright.nets.sequence.recurrent.layers import CELLS, Recurrent, both_ways
from netwright.nets.sequence.word_vectors import WordVectors


class RecurrentMean(nn.Module):
    """A cell from each end of a text, layers of them; the mean of the top's states over the words,
    to one output a class.

    What stands behind the end of a text comes after its words in both directions, and is left out
    of the mean, so that a text has one answer, alone and in company.

    Cho et al. 2014, "Learning phrase representations using RNN encoder-decoder"; Schuster and
    Paliwal 1997, "Bidirectional recurrent neural networks".

    Args:
        words: the vectors of the words, with 0 for no word.
        cell: a name of ``CELLS``.
        units: of each cell.
        outputs: K.
        layers: one above the other.
        dropout: fraction of what a layer reads, the same at all places, and of the mean, that is
            dropped.
        recurrent_dropout: fraction of the weights from state to state that is dropped.
        columns: what stands beside a text, see ``joined.head``.
    """

    def __init__(
        self,
        words: WordVectors,
        cell: str,
        units: int,
        outputs: int,
        *,
        layers: int = 1,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        columns: tuple[int, Sequence[int]] | None = None,
    ) -> None:
        super().__init__()
        self.embed = words
        self.drop = LockedDropout(dropout)
        # the first layer's cells lie here, where runs have kept them since there was no other
        vector = words.width
        self.onward = CELLS[cell](vector, units, drop=recurrent_dropout)
        self.back = CELLS[cell](vector, units, drop=recurrent_dropout)
        drops = Drops(inputs=dropout, between=dropout, recurrent=recurrent_dropout)
        self.above = (
            Recurrent(cell, 2 * units, units, layers=layers - 1, both_ways=True, drops=drops)
            if layers > 1
            else None
        )
        self.drop_mean = nn.Dropout(dropout)
        self.head = joined.head(2 * units, outputs, columns)

    def forward(self, words: Tensor, *others: Tensor) -> Tensor:
        """(B, T) int64 indices, 0 behind the end, given vectors, and the columns beside the words,
        to (B, K).
        """
        known = words > 0
        vectors, columns = self.embed.among(words, others)
        states = both_ways(self.onward, self.back, self.drop(vectors), known)
        if self.above is not None:
            states = self.above(states, known)
        vector = self.drop_mean(mean_of(states, known))
        return self.head(vector, *columns)  # type: ignore[no-any-return]
