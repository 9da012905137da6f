"""A piece while its tokens are read: what all kinds of tokens have in common."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Protocol

from netwright.data.music.piece import Key, Meter, Note, Part, Piece, Tempo
from netwright.data.music.tokens.grid import on_grid
from netwright.data.music.tokens.vocabulary import (
    DRUMS,
    VELOCITY,
    Mask,
    NoteVocabulary,
    key_of,
    tempo_of,
    velocity_of,
)


@dataclass
class Draft:
    """What has been read of a piece.

    Args:
        vocabulary: of its tokens.
        part: the one that plays.
        beats: of a meter whose unit is still to come.
    """

    vocabulary: NoteVocabulary
    notes: list[Note] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    keys: list[Key] = field(default_factory=list)
    tempos: list[Tempo] = field(default_factory=list)
    meters: list[Meter] = field(default_factory=list)
    beats: int = 0
    part: int = 0

    def piece(self) -> Piece:
        """All of it that is whole, on the grid."""
        made = Piece(
            self.vocabulary.quarter,
            [note for note in self.notes if note.length],
            self.parts or (Part(),),
            self.tempos,
            self.meters,
            self.keys,
        )
        return on_grid(made, self.vocabulary)

    @property
    def meter(self) -> Meter:
        """In force; 4/4 where there is none."""
        return self.meters[-1] if self.meters else Meter(0)

    @property
    def bar_ticks(self) -> int:
        """Of a full bar."""
        return self.meter.beats * 4 * self.vocabulary.quarter // self.meter.unit

    def change(self, kind: str, value: int, at: int) -> None:
        """What holds from a tick on: a key, a tempo, a meter (whose beats come before its unit)."""
        if kind == "key" and value:
            self.keys.append(key_of(value, at))
        elif kind == "tempo" and value:
            self.tempos.append(tempo_of(value, at))
        elif kind == "beats":
            self.beats = value
        elif kind == "unit":
            self.meters.append(Meter(at, self.beats, 1 << value))

    def add_part(self, program: int) -> None:
        """One more part."""
        drums = program == DRUMS
        self.parts.append(Part("", 0 if drums else program, drums))

    def begin(self, pitch: int, at: int) -> None:
        """A note of the part that plays; how long it is comes later."""
        self.notes.append(Note(at, 0, pitch, VELOCITY, self.part))

    def lengthen(self, by: int, note: int = -1) -> None:
        """Make a note longer: the last one, where none is named."""
        self.notes[note] = replace(self.notes[note], length=self.notes[note].length + by)

    def strike(self, value: int) -> None:
        """The velocity of the last note."""
        velocity = velocity_of(value, self.vocabulary.velocities)
        self.notes[-1] = replace(self.notes[-1], velocity=velocity)

    def allow_meter(self, mask: Mask) -> None:
        """Beats of which there is a meter; none where the piece began without one."""
        if self.meters:
            self.vocabulary.allow_beats(mask)

    def allow_unit(self, mask: Mask) -> None:
        """The units of these beats."""
        for value in self.vocabulary.meters[self.beats]:
            mask[self.vocabulary.of("unit", value)] = True

    def allow_change(self, mask: Mask, kind: str) -> None:
        """Keys or tempos, but not that there is none."""
        some = self.vocabulary.ranges[kind]
        mask[some.start + 1 : some.stop] = True


class Body(Protocol):
    """What comes behind the beginning of a piece, by one kind of tokens."""

    def read(self, kind: str, value: int) -> int | None:
        """Take in a token; the number of the note that it is of, where it is of one."""
        ...

    def allow(self, mask: Mask) -> None:
        """Say which tokens may come next."""
        ...
