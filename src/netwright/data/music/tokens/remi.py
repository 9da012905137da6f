"""Pieces by their bars, positions in these, pitches and lengths: REMI.

Huang and Yang 2020, "Pop music transformer: beat-based modeling and generation of expressive pop
piano compositions". A note of another part than the one before has its part before it. A first bar
that is a pickup has the position at which it begins before it; a later one that is cut short has
the one at which it ends behind it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from netwright.data.music.piece import Bar, Note, Piece
from netwright.data.music.tokens.beginning import meter_tokens
from netwright.data.music.tokens.draft import Draft
from netwright.data.music.tokens.vocabulary import (
    END,
    LONGEST,
    Mask,
    NoteVocabulary,
    key_value,
    tempo_value,
    velocity_value,
)


def encoded(piece: Piece, vocabulary: NoteVocabulary) -> Iterator[int]:
    """The tokens behind the beginning of a piece that is on the grid."""
    notes, changes = by_tick(piece), changes_of(piece, vocabulary)
    ticks, last = sorted({*notes, *changes}), max(notes)
    first, *later = [bar for bar in piece.bars if bar.start <= last]
    part = 0
    if first.offset:
        yield vocabulary.of("position", first.offset)
    for before, bar in pairwise([None, first, *later]):
        assert bar is not None
        yield from _to_bar(before, bar, piece, vocabulary)
        while ticks and ticks[0] < bar.end:
            tick = ticks.pop(0)
            yield vocabulary.of("position", tick - bar.start + bar.offset)
            yield from changes.get(tick, ())
            for note in notes.get(tick, ()):
                yield from _note(note, part, piece, vocabulary)
                part = note.part


def by_tick(piece: Piece) -> dict[int, list[Note]]:
    """Tick -> the notes that begin there, by part and pitch."""
    found = defaultdict[int, list[Note]](list)
    for note in sorted(piece.notes, key=lambda note: (note.start, note.part, note.pitch)):
        found[note.start].append(note)
    return dict(found)


def changes_of(piece: Piece, vocabulary: NoteVocabulary) -> dict[int, list[int]]:
    """Tick -> the tokens of the key and the tempo that hold from there on, behind the beginning."""
    found = defaultdict[int, list[int]](list)
    for key in piece.keys:
        found[key.at].append(vocabulary.of("key", key_value(key)))
    for tempo in piece.tempos:
        found[tempo.at].append(vocabulary.of("tempo", tempo_value(tempo)))
    return {tick: tokens for tick, tokens in found.items() if tick}


def _to_bar(
    before: Bar | None, bar: Bar, piece: Piece, vocabulary: NoteVocabulary
) -> Iterator[int]:
    cut = False
    if before is not None:
        ends = before.end - before.start + before.offset
        if cut := ends < piece.bar_ticks(before.meter):
            yield vocabulary.of("position", ends)
    yield vocabulary.of("bar")
    if before is not None and (cut or replace(bar.meter, at=0) != replace(before.meter, at=0)):
        yield from meter_tokens(bar.meter, vocabulary)


def _note(note: Note, part: int, piece: Piece, vocabulary: NoteVocabulary) -> Iterator[int]:
    if note.part != part:
        yield vocabulary.of("part", note.part)
    yield vocabulary.of("drum" if piece.parts[note.part].drums else "pitch", note.pitch)
    yield from spans(note.length, "length", vocabulary)
    if vocabulary.velocities:
        yield vocabulary.of("velocity", velocity_value(note.velocity, vocabulary.velocities))


def spans(ticks: int, kind: str, vocabulary: NoteVocabulary) -> Iterator[int]:
    """A length or a shift: the longest token as often as it goes in, and one for what is left."""
    longest = LONGEST * vocabulary.quarter
    while ticks > longest:
        yield vocabulary.of(kind, longest - 1)
        ticks -= longest
    yield vocabulary.of(kind, ticks - 1)


class RemiBody:
    """What comes behind the beginning of a draft.

    Args:
        most: bars at most; None: any number.
    """

    def __init__(self, draft: Draft, most: int | None = None) -> None:
        self.draft, self.most = draft, most
        self.bars = 0
        self.start, self.offset, self.position = 0, 0, -1
        self.cut = False
        self.last, self.value = "", 0
        self.placed: tuple[int, int] | None = None
        """Part and pitch of the last note at this position."""

    def read(self, kind: str, value: int) -> int | None:
        """Take in a token; the number of the note that it is of, where it is of one."""
        draft, tick = self.draft, self.start + self.position - self.offset
        of_note = kind in ("pitch", "drum", "length", "velocity")
        match kind:
            case "bar":
                self._begin_bar()
            case "position" if self.bars == 0:
                self.offset = value
            case "position":
                self.position, self.placed = value, None
            case "part":
                draft.part = value
            case "pitch" | "drum":
                draft.begin(value, tick)
                self.placed = draft.part, value
            case "length":
                draft.lengthen(value + 1)
            case "velocity":
                draft.strike(value)
            case "beats" | "unit":
                draft.change(kind, value, self.start)
            case _:
                draft.change(kind, value, tick)
        self.last, self.value = kind, value
        return len(draft.notes) - 1 if of_note else None

    def _begin_bar(self) -> None:
        self.cut = self.bars > 0 and self.last == "position"
        if self.bars:
            length = self.position if self.cut else self.draft.bar_ticks
            self.start += length - self.offset
            if self.offset:  # behind a pickup its meter begins anew
                self.draft.meters.append(replace(self.draft.meter, at=self.start))
            self.offset = 0
        self.bars += 1
        self.position, self.placed = self.offset - 1, None

    def allow(self, mask: Mask) -> None:
        """Say which tokens may come next."""
        of, last = self.draft.vocabulary.of, self.last
        if self.bars == 0:
            mask[of("bar")] = True
            if last != "position" and self.draft.meters:
                self._allow_positions(mask, 1)
        elif last == "beats":
            self.draft.allow_unit(mask)
        elif last == "bar" and self.cut:
            self.draft.allow_meter(mask)
        elif last == "part":
            self._allow_notes(mask)
        elif last in ("pitch", "drum"):
            self._allow_all(mask, "length")
        elif last == "position":
            self._allow_at_position(mask)
        else:
            self._allow_behind(mask)

    def _allow_at_position(self, mask: Mask) -> None:
        self.draft.allow_change(mask, "key")
        self.draft.allow_change(mask, "tempo")
        self._allow_notes(mask)
        self._allow_parts(mask)
        if self.bars > 1 and self.position and self.draft.meters:  # it is cut short here
            self._allow_bar(mask)

    def _allow_behind(self, mask: Mask) -> None:
        """Behind a bar, a meter, a change or a note."""
        vocabulary, last = self.draft.vocabulary, self.last
        if last == "length":
            if self.value == LONGEST * vocabulary.quarter - 1:
                self._allow_all(mask, "length")
            if vocabulary.velocities:
                self._allow_all(mask, "velocity")
                return
        if last == "bar" and self.bars > 1:
            self.draft.allow_meter(mask)
        if last == "key":
            self.draft.allow_change(mask, "tempo")
        if last not in ("bar", "unit"):
            self._allow_notes(mask)
            self._allow_parts(mask)
        if last in ("length", "velocity"):
            mask[END] = True
        self._allow_positions(mask, self.position + 1)
        self._allow_bar(mask)

    def _allow_all(self, mask: Mask, kind: str) -> None:
        some = self.draft.vocabulary.ranges[kind]
        mask[some.start : some.stop] = True

    def _allow_bar(self, mask: Mask) -> None:
        if self.most is None or self.bars < self.most:
            mask[self.draft.vocabulary.of("bar")] = True

    def _allow_positions(self, mask: Mask, first: int) -> None:
        start = self.draft.vocabulary.ranges["position"].start
        mask[start + first : start + self.draft.bar_ticks] = True

    def _allow_parts(self, mask: Mask) -> None:
        """Parts whose notes come behind those that are there at this position."""
        lowest = -1 if self.placed is None else self.placed[0]
        for part in range(lowest + 1, len(self.draft.parts)):
            if part != self.draft.part:
                mask[self.draft.vocabulary.of("part", part)] = True

    def _allow_notes(self, mask: Mask) -> None:
        """Pitches of the part that plays, above those that are there at this position."""
        draft = self.draft
        some = draft.vocabulary.ranges["drum" if draft.parts[draft.part].drums else "pitch"]
        lowest = 0
        if self.placed is not None and self.placed[0] == draft.part:
            lowest = self.placed[1] + 1
        mask[some.start + lowest : some.stop] = True
