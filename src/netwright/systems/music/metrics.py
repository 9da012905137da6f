"""How well a piece is predicted: bits a note, and the perplexity a token."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from netwright.contract import Example, Examples
from netwright.data.music.tokens.tokens import begins_note, tokens_of
from netwright.data.music.tokens.vocabulary import NoteVocabulary
from netwright.metrics.sequences import likelihood


@dataclass(frozen=True)
class PieceCost:
    """How probable a piece is.

    Args:
        nats: -log p of all its tokens: the beginning with key and meter, the end.
        tokens, notes: how many it has.
    """

    nats: float
    tokens: int
    notes: int

    @property
    def bits_per_note(self) -> float:
        """-log2 p a note."""
        return self.nats / math.log(2) / max(1, self.notes)


def cost_of(tokens: Sequence[int], nats: float, vocabulary: NoteVocabulary) -> PieceCost:
    """Of a piece whose tokens cost so much."""
    notes = sum(begins_note(token, vocabulary) for token in tokens)
    return PieceCost(nats, len(tokens), notes)


BITS = likelihood.bits("bits_per_note", lambda one: (one.nats, one.notes))
PERPLEXITY = likelihood.perplexity(lambda one: (one.nats, one.tokens))


def baseline(train: Examples) -> Callable[[Example], PieceCost]:
    """Each token of the usual kind by how frequent it is in training, whatever stands before it;
    one that is never seen as if it had been seen half a time.
    """
    from netwright.systems.music.recipe import NoteTokens

    usual = NoteTokens()
    vocabulary = NoteVocabulary(usual.kind, usual.grid, 0)
    counts = Counter[int]()
    for piece in filter(None, train.targets):
        counts.update(tokens_of(piece, vocabulary))
    total = math.log(counts.total() + len(vocabulary) / 2)

    def answer(example: Example) -> PieceCost:
        tokens = tokens_of(example.target, vocabulary)
        nats = math.fsum(total - math.log(counts[token] + 0.5) for token in tokens)
        return cost_of(tokens, nats, vocabulary)

    return answer
