"""A piece as tokens, tokens as a piece, and which token may come next."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from netwright.data.music.piece import PITCHES, Piece
from netwright.data.music.tokens import beginning, events, remi
from netwright.data.music.tokens.beginning import Beginning
from netwright.data.music.tokens.draft import Body, Draft
from netwright.data.music.tokens.events import EventBody
from netwright.data.music.tokens.grid import on_grid
from netwright.data.music.tokens.remi import RemiBody
from netwright.data.music.tokens.vocabulary import END, Mask, NoteVocabulary, key_of, key_value

MOST_SEMITONES = 6
"""By which pieces are moved, up or down."""


def tokens_of(piece: Piece, vocabulary: NoteVocabulary) -> list[int]:
    """All of a piece, its end last.

    Raises:
        ValueError: it has no notes.
    """
    if not piece.notes:
        raise ValueError("a piece without notes has no tokens")
    placed = on_grid(piece, vocabulary)
    body = remi if vocabulary.kind == "remi" else events
    return [*beginning.encoded(placed, vocabulary), *body.encoded(placed, vocabulary), END]


def begins_note(token: int, vocabulary: NoteVocabulary) -> bool:
    """Whether a note begins with it: as many such tokens a piece has as it has notes."""
    return token in vocabulary.ranges["pitch"] or token in vocabulary.ranges["drum"]


def piece_of(tokens: Iterable[int], vocabulary: NoteVocabulary) -> Piece:
    """The piece that tokens are, up to their end; without a note that is not whole."""
    reading = TokenReading(vocabulary)
    for token in tokens:
        if token == END:
            break
        reading.read(token)
    return reading.piece()


class TokenReading:
    """A piece of which tokens are read one after the other.

    Args:
        vocabulary: of these tokens.
        bars: at most; None: any number.
    """

    def __init__(self, vocabulary: NoteVocabulary, bars: int | None = None) -> None:
        self.draft = Draft(vocabulary)
        self.beginning = Beginning(self.draft)
        of_kind = RemiBody if vocabulary.kind == "remi" else EventBody
        self.body: Body = of_kind(self.draft, bars)
        self.begun = False

    def read(self, token: int) -> int | None:
        """Take in a token that may come next; the number of the note that it is of, where it is of
        one.
        """
        kind, value = self.draft.vocabulary.value(token)
        if not self.begun and kind == self.beginning.next:
            self.beginning.read(kind, value)
            return None
        self.begun = True
        return self.body.read(kind, value)

    def allowed(self) -> Mask:
        """(V,) which tokens may come next."""
        mask = np.zeros(len(self.draft.vocabulary), bool)
        if not self.begun:
            self.beginning.allow(mask)
        if self.begun or self.beginning.whole:
            self.body.allow(mask)
        return mask

    def piece(self) -> Piece:
        """What has been read, on the grid."""
        return self.draft.piece()


def costs_by_note(
    tokens: Sequence[int], costs: Sequence[float], vocabulary: NoteVocabulary
) -> dict[tuple[int, int, int], float]:
    """(tick, part, pitch) of each note -> what it costs: its own tokens, and those before it that
    are of no note (the bar, the position, the part).
    """
    reading = TokenReading(vocabulary)
    found: dict[int, float] = {}
    waiting = 0.0
    for token, cost in zip(tokens, costs, strict=True):
        if token == END:
            break
        note = reading.read(token)
        waiting += cost
        if note is not None:
            found[note] = found.get(note, 0.0) + waiting
            waiting = 0.0
    notes = reading.draft.notes
    return {(notes[at].start, notes[at].part, notes[at].pitch): cost for at, cost in found.items()}


def moved(vocabulary: NoteVocabulary, semitones: int) -> list[int]:
    """What becomes of each token where a piece is moved up: pitches and keys. A pitch that would
    leave MIDI's stays in them, an octave away.
    """
    found = list(range(len(vocabulary)))
    for kind in ("pitch", "off"):
        for pitch, token in enumerate(vocabulary.ranges.get(kind, ())):
            to = pitch + semitones
            to -= 12 * (to >= PITCHES) - 12 * (to < 0)
            found[token] = vocabulary.of(kind, to)
    for value, token in enumerate(vocabulary.ranges["key"]):
        if value:
            found[token] = vocabulary.of("key", key_value(key_of(value).transposed(semitones)))
    return found
