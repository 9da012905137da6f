"""How well a text is predicted: bits a character, and the perplexity a token (notes 5.1.8)."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from netwright.contract import Example, Examples
from netwright.data.text.clusters import clusters_of
from netwright.data.writing import tokens
from netwright.metrics.sequences import likelihood


@dataclass(frozen=True)
class Likelihood:
    """How probable a text is.

    Args:
        nats: -log p of all of it, its end included where the document ends with it.
        tokens, characters: how many it has; an end is a token, too. A character is what a person
            takes for one.
        spelled: of the nats those by which unknown tokens are spelled.
    """

    nats: float
    tokens: int
    characters: int
    spelled: float = 0.0

    @property
    def bits_per_character(self) -> float:
        """-log2 p a character."""
        return self.nats / math.log(2) / max(1, self.characters)


BITS = likelihood.bits("bits_per_character", lambda one: (one.nats, one.characters))
PERPLEXITY = likelihood.perplexity(lambda one: (one.nats - one.spelled, one.tokens))


def baseline(train: Examples) -> Callable[[Example], Likelihood]:
    """Each character by how frequent it is in training, whatever stands before it."""
    made = tokens.Tokens("characters", (), (), tokens.letters_of(filter(None, train.targets)))
    costs = dict(made.letters)
    unseen = math.log(tokens.CODE_POINTS) - math.log(costs.pop(tokens.UNSEEN))

    def answer(example: Example) -> Likelihood:
        counts = Counter(example.target or "")
        nats = math.fsum(count * costs.get(one, unseen) for one, count in counts.items())
        characters = len(clusters_of(example.target or ""))
        return Likelihood(nats, counts.total() + 1, characters)

    return answer
