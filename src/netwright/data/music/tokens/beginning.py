"""What a piece begins with: its key, meter and tempo, none where one is not known, and a program
for each part. Who asks for a key or a meter gives these tokens.
"""

from __future__ import annotations

from collections.abc import Iterator

from netwright.data.music.piece import Meter, Piece
from netwright.data.music.tokens.draft import Draft
from netwright.data.music.tokens.vocabulary import (
    DRUMS,
    PARTS,
    Mask,
    NoteVocabulary,
    key_value,
    tempo_value,
)


def encoded(piece: Piece, vocabulary: NoteVocabulary) -> Iterator[int]:
    """The tokens of what holds from the beginning on, and of the parts."""
    key, tempo = piece.in_force(piece.keys, 0), piece.in_force(piece.tempos, 0)
    yield vocabulary.of("key", key_value(key))
    yield from meter_tokens(piece.in_force(piece.meters, 0), vocabulary)
    yield vocabulary.of("tempo", 0 if tempo is None else tempo_value(tempo))
    for part in piece.parts:
        yield vocabulary.of("program", DRUMS if part.drums else part.program)


def meter_tokens(meter: Meter | None, vocabulary: NoteVocabulary) -> Iterator[int]:
    """Its beats and their unit."""
    yield vocabulary.of("beats", 0 if meter is None else meter.beats)
    if meter is not None:
        yield vocabulary.of("unit", meter.unit.bit_length() - 1)


class Beginning:
    """The beginning of a draft, read token by token."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.next = "key"

    def read(self, kind: str, value: int) -> None:
        """Take in a token."""
        if kind == "program":
            self.draft.add_part(value)
        self.draft.change(kind, value, 0)
        after = {"key": "beats", "unit": "tempo", "tempo": "program", "program": "program"}
        self.next = after.get(kind, "unit" if value else "tempo")

    @property
    def whole(self) -> bool:
        """Whether it may end here."""
        return bool(self.draft.parts)

    def allow(self, mask: Mask) -> None:
        """Say which tokens may come next of it."""
        vocabulary = self.draft.vocabulary
        if self.next == "unit":
            self.draft.allow_unit(mask)
        elif self.next == "beats":
            vocabulary.allow_beats(mask)
            mask[vocabulary.of("beats", 0)] = True
        elif len(self.draft.parts) < PARTS:
            some = vocabulary.ranges[self.next]
            mask[some.start : some.stop] = True
