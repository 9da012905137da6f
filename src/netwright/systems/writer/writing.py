"""Writing token by token with a trained net, and what each token of a text costs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from netwright.base.errors import DataError
from netwright.data.writing.tokens import END, PAD, UNKNOWN, Tokens
from netwright.decoding.sampling import Floats, Sampling, drawn

if TYPE_CHECKING:
    from netwright.nets.sequence.language_model import Carried, LanguageModel

NEVER = (PAD, UNKNOWN)
"""Tokens that nobody writes."""


class RunningModel:
    """A net that has read some tokens, and says what comes next.

    Args:
        net: in evaluation mode.
        window: tokens that a net without a state sees.
    """

    def __init__(self, net: LanguageModel, window: int) -> None:
        self.net, self.window = net.eval(), window
        self.read: list[int] = []
        self.state: Carried = net.begin(1)

    def reads(self, tokens: Sequence[int]) -> Floats:
        """(K, V) the log probabilities of what follows each of these tokens, in order."""
        import torch

        with torch.inference_mode():
            self.read += tokens
            if self.net.goes_on:
                states, self.state = self.net.read(self._row(tokens), self.state)
                return self._probabilities(states)
            rows = [
                self.net.read(self._row(self.read[max(0, at - self.window) : at]), self.state)[0]
                for at in range(len(self.read) - len(tokens) + 1, len(self.read) + 1)
            ]
            return self._probabilities(torch.cat([row[:, -1:] for row in rows], dim=1))

    def _row(self, tokens: Sequence[int]) -> Any:
        import torch

        return torch.tensor([list(tokens)], device=self.net.embed.weight.device)

    def _probabilities(self, states: Any) -> Floats:
        found: Floats = self.net.log_probabilities(states)[0].double().cpu().numpy()
        return found


def sampling(temperature: float, top_k: int, nucleus: float) -> Sampling:
    """How tokens are drawn.

    Raises:
        DataError: a knob is out of its range.
    """
    try:
        return Sampling(temperature, top_k, nucleus)
    except ValueError as error:
        raise DataError(f"{error}.") from None


def next_of(model: RunningModel, start: Sequence[int], how: Sampling) -> tuple[Floats, Floats]:
    """(V,) the probabilities of what follows a beginning: of the net, and by which it is drawn."""
    costs = _writable(model.reads([END, *start])[-1])
    return np.exp(costs), how.of(costs)


def written(
    model: RunningModel, start: Sequence[int], how: Sampling, rng: np.random.Generator, most: int
) -> Iterator[int]:
    """One token after the other, until the text ends (``END`` is the last, then) or there are
    ``most``.

    Args:
        start: the tokens that the text begins with.
    """
    costs = _writable(model.reads([END, *start])[-1])
    for _ in range(most):
        token = drawn(how.of(costs), rng)
        yield token
        if token == END:
            return
        costs = _writable(model.reads([token])[-1])


def _writable(costs: Floats) -> Floats:
    costs[list(NEVER)] = -np.inf
    return costs


def name_of(token: int, tokens: Tokens) -> str:
    """A token as text, the end as <eos>."""
    return "<eos>" if token == END else tokens.piece(token)


def costs_of(model: RunningModel, tokens: Sequence[int]) -> list[float]:
    """-log p of each token after those before it, the end last."""
    found = model.reads([END, *tokens])
    return [-float(row[token]) for row, token in zip(found, [*tokens, END], strict=True)]


def expect_known(text: str, tokens: Tokens) -> list[int]:
    """The tokens of a beginning; its first word as it stands within a text, where that alone is
    known.

    Raises:
        DataError: training has not seen one of them.
    """
    pieces = tokens.pieces(text)
    within = tokens.pieces(f" {text}")
    if UNKNOWN in tokens.indices(pieces[:1]) and UNKNOWN not in tokens.indices(within[:1]):
        pieces = within
    strange = dict.fromkeys(piece for piece in pieces if tokens.indices([piece]) == [UNKNOWN])
    if strange:
        listed = ", ".join(map(repr, list(strange)[:5])) + (", ..." if len(strange) > 5 else "")
        raise DataError(
            f"the beginning holds {listed}, which the training texts do not hold often enough to be"
            f" known: expected a beginning in {tokens.kind} that they have."
        )
    return tokens.indices(pieces)


def longest_copy(text: str, training: str) -> str:
    """The longest part of a text that stands in the training texts, too."""
    start, length = 0, 0
    for at in range(len(text)):
        while at + length < len(text) and text[at : at + length + 1] in training:
            length += 1
            start = at
    return text[start : start + length]
