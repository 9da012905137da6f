"""Composing with a trained net: what a person asks of a piece, and the drawing of its tokens."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from netwright.base.errors import DataError
from netwright.data.music.piece import NAMES, OF_MINOR, Key, Meter, Piece
from netwright.data.music.tokens.beginning import meter_tokens
from netwright.data.music.tokens.grid import on_grid
from netwright.data.music.tokens.tokens import TokenReading, tokens_of
from netwright.data.music.tokens.vocabulary import END, Mask, NoteVocabulary, key_value
from netwright.decoding.sampling import Sampling
from netwright.decoding.writing import NextTokenModel, drawn_each, ended

MOST_OF_A_BAR = 500
"""Tokens; a piece that has as many in each of its bars is left as it is."""

_KEY = re.compile(r"\s*([A-Ga-g])\s*([#♯b♭]?)\s*(major|minor|maj|min|m|)\s*")


def key_named(text: str) -> Key:
    """A key as a person types it: ``G minor``, ``Bb``, ``f# minor``.

    Raises:
        DataError: there is no such key.
    """
    found = _KEY.fullmatch(text)
    if found is not None:
        letter, sign, mode = found.groups()
        minor = mode in ("minor", "min", "m") or (not mode and letter.islower())
        name = letter.upper() + {"#": "♯", "b": "♭"}.get(sign, sign)
        keys = OF_MINOR if minor else NAMES
        if name in keys:
            return Key(0, keys.index(name) - 7, minor)
    raise DataError(f"key '{text}': expected a key such as 'G minor', 'Bb major' or 'F# minor'.")


def meter_named(text: str, vocabulary: NoteVocabulary) -> Meter:
    """A meter as a person types it: ``3/4``.

    Raises:
        DataError: there is no such meter on this grid.
    """
    beats, slash, unit = text.partition("/")
    if slash and beats.strip().isdecimal() and unit.strip().isdecimal():
        wanted = Meter(0, int(beats), int(unit))
        values = vocabulary.meters.get(wanted.beats, ())
        if any(1 << value == wanted.unit for value in values):
            return wanted
    raise DataError(
        f"meter '{text}': expected a meter such as 3/4 or 6/8, whose bar is whole ticks of the"
        f" grid ({vocabulary.quarter} a quarter note) and at most 12 quarter notes."
    )


@dataclass(frozen=True)
class WantedPiece:
    """What a person asks of a piece.

    Args:
        forced: kind -> the token of the beginning that is asked for.
        start: the tokens that the piece begins with.
        bars: at most, those of this beginning too.
    """

    forced: Mapping[str, int]
    start: tuple[int, ...]
    bars: int

    @classmethod
    def of(
        cls, vocabulary: NoteVocabulary, key: Key | None, meter: Meter | None, begun: Piece | None
    ) -> WantedPiece:
        """As many bars as the beginning has.

        Args:
            begun: how the piece begins; in another key or meter, where one is named.
        """
        if begun is not None:
            keys = begun.keys if key is None else (key,)
            meters = begun.meters if meter is None else (meter,)
            begun = replace(begun, keys=keys, meters=meters)
            tokens = tokens_of(begun, vocabulary)[:-1]
            return cls({}, tuple(tokens), len(on_grid(begun, vocabulary).bars))
        forced = {} if key is None else {"key": vocabulary.of("key", key_value(key))}
        if meter is not None:
            stated = meter_tokens(meter, vocabulary)
            forced |= dict(zip(("beats", "unit"), stated, strict=True))
        return cls(forced, (), 0)


@dataclass(frozen=True)
class DrawnPiece:
    """A piece that was drawn.

    Args:
        ended: whether it came to its end by itself.
        forbidden: how much probability the net gave to tokens that make no piece, the mean over
            all that were drawn behind the beginning.
    """

    piece: Piece
    ended: bool
    forbidden: float


class Allowed:
    """Which tokens may come next, by all that came before."""

    def __init__(self, vocabulary: NoteVocabulary, wanted: WantedPiece) -> None:
        self.reading = TokenReading(vocabulary, wanted.bars)
        self.forced = wanted.forced

    def __call__(self, last: int) -> Mask:
        """(V,) which may come after this one."""
        if last != END:
            self.reading.read(last)
        mask = self.reading.allowed()
        forced = None if self.reading.begun else self.forced.get(self.reading.beginning.next)
        if forced is not None:
            mask[:] = False
            mask[forced] = True
        return mask


def composed(
    model: NextTokenModel,
    vocabulary: NoteVocabulary,
    wanted: WantedPiece,
    how: Sampling,
    rng: np.random.Generator,
) -> DrawnPiece:
    """A piece, until it ends or has as many bars as are wanted."""
    allowed = Allowed(vocabulary, wanted)
    tokens = drawn_each(model, [END, *wanted.start], allowed, how, rng)
    last, forbidden = END, list[float]()
    for one in ended(tokens, END, MOST_OF_A_BAR * wanted.bars):
        last = one.token
        if allowed.reading.begun:
            forbidden.append(one.forbidden)
    mean = float(np.mean(forbidden)) if forbidden else 0.0
    return DrawnPiece(allowed.reading.piece(), last == END, mean)
