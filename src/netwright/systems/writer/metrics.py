"""How well a text is predicted: bits a character, and the perplexity a token (notes 5.1.8)."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from netwright.contract import Example, Examples, Metric
from netwright.data.writing import tokens

if TYPE_CHECKING:
    Parts = tuple[float, float]


@dataclass(frozen=True)
class Likelihood:
    """How probable a text is.

    Args:
        nats: -log p of all of it, its end included where the document ends with it.
        tokens, characters: how many it has; an end is a token, too.
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


def _by_character(example: Example, answer: Likelihood) -> Parts | None:
    return None if example.target is None else (answer.nats, answer.characters)


def _by_token(example: Example, answer: Likelihood) -> Parts | None:
    return None if example.target is None else (answer.nats - answer.spelled, answer.tokens)


def _rate(values: Sequence[Parts], weights: Sequence[float] | None = None) -> float:
    """All nats over all of what they are counted by."""
    each = weights or [1.0] * len(values)
    nats = math.fsum(weight * value[0] for value, weight in zip(values, each, strict=True))
    return nats / math.fsum(weight * value[1] for value, weight in zip(values, each, strict=True))


BITS = Metric(
    "bits_per_character",
    "lower",
    _by_character,
    lambda values: _rate(values) / math.log(2),
    unit="bits",
    weighted=lambda values, weights: _rate(values, weights) / math.log(2),
)
PERPLEXITY = Metric(
    "perplexity",
    "lower",
    _by_token,
    lambda values: math.exp(min(700.0, _rate(values))),
    unit="",
    weighted=lambda values, weights: math.exp(min(700.0, _rate(values, weights))),
)


def baseline(train: Examples) -> Callable[[Example], Likelihood]:
    """Each character by how frequent it is in training, whatever stands before it."""
    made = tokens.Tokens("characters", (), (), tokens.letters_of(filter(None, train.targets)))
    costs = dict(made.letters)
    unseen = math.log(tokens.CODE_POINTS) - math.log(costs.pop(tokens.UNSEEN))

    def answer(example: Example) -> Likelihood:
        counts = Counter(example.target or "")
        nats = math.fsum(count * costs.get(one, unseen) for one, count in counts.items())
        return Likelihood(nats, counts.total() + 1, counts.total())

    return answer
