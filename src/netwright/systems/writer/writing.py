"""Beginnings and tokens of a writer as a person types and reads them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from netwright.base.errors import DataError
from netwright.data.writing.tokens import END, PAD, UNKNOWN, Tokens
from netwright.decoding.sampling import Floats, Sampling
from netwright.decoding.writing import Allowed, NextTokenModel


def writable(tokens: Tokens) -> Allowed:
    """After any token all may come but those that nobody writes."""
    may = np.ones(len(tokens), bool)
    may[[PAD, UNKNOWN]] = False
    return lambda last: may


def next_of(
    model: NextTokenModel, start: Sequence[int], how: Sampling, tokens: Tokens
) -> tuple[Floats, Floats]:
    """(V,) the probabilities of what follows a beginning: of the net, an unknown token's among
    them, and by which it is drawn, which an unknown one never is.
    """
    costs = model.reads([END, *start])[-1]
    return np.exp(costs), how.of(np.where(writable(tokens)(END), costs, -np.inf))


def name_of(token: int, tokens: Tokens) -> str:
    """A token as text, the end as <eos>, an unknown one as <unk>."""
    return {END: "<eos>", UNKNOWN: "<unk>", PAD: "<pad>"}.get(token, tokens.piece(token))


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
