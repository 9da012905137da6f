"""Writing token by token with a model that says what comes next, and what each token costs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple, Protocol, TypeAlias

import numpy as np

from netwright.base.errors import DataError
from netwright.decoding.sampling import Bools, Floats, Sampling, drawn

READ_AT_ONCE = 256
"""Tokens of a text that is scored: of 10,000 that there are, the probabilities take 20 MB."""


class NextTokenModel(Protocol):
    """A model that has read some tokens."""

    def reads(self, tokens: Sequence[int]) -> Floats:
        """(K, V) the log probabilities of what follows each of these tokens, in order."""
        ...


Allowed: TypeAlias = Callable[[int], Bools]
"""The last token, each in its turn -> (V,) which may come next."""


class DrawnToken(NamedTuple):
    """A token that was drawn.

    Args:
        forbidden: how much probability the model gave to tokens that were not allowed there.
    """

    token: int
    forbidden: float


def sampling(temperature: float, top_k: int, nucleus: float) -> Sampling:
    """How tokens are drawn.

    Raises:
        DataError: a knob is out of its range.
    """
    try:
        return Sampling(temperature, top_k, nucleus)
    except ValueError as error:
        raise DataError(f"{error}.") from None


def drawn_each(
    model: NextTokenModel,
    before: Sequence[int],
    allowed: Allowed,
    how: Sampling,
    rng: np.random.Generator,
) -> Iterator[DrawnToken]:
    """One token after the other, without an end: whoever asks for no more ends it.

    Args:
        before: the tokens that are read first, one at least.
    """
    *read, last = before
    for token in read:
        allowed(token)
    costs = model.reads(before)[-1]
    while True:
        may = allowed(last)
        last = drawn(how.of(np.where(may, costs, -np.inf)), rng)
        yield DrawnToken(last, float(np.exp(costs[~may]).sum()))
        costs = model.reads([last])[-1]


def ended(drawn: Iterable[DrawnToken], end: int, most: int) -> Iterator[DrawnToken]:
    """Those up to the token that is the end; ``most`` where it does not come before."""
    for one in islice(drawn, most):
        yield one
        if one.token == end:
            return


def costs_of(model: NextTokenModel, before: int, tokens: Sequence[int]) -> list[float]:
    """-log p of each token after those before it.

    Args:
        before: the token that stands before the first.
    """
    row, found = [before, *tokens[:-1]], list[float]()
    for start in range(0, len(row), READ_AT_ONCE):
        part = slice(start, start + READ_AT_ONCE)
        ahead = model.reads(row[part])
        found += [-float(costs[token]) for costs, token in zip(ahead, tokens[part], strict=True)]
    return found
