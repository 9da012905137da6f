"""Pieces as events in time: notes begin and end, and between these the time moves on.

Oore et al. 2020, "This time with feeling: learning expressive musical performance". At a tick notes
end first, then meter, key and tempo change, then notes begin; of each by part and pitch.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from netwright.data.music.piece import Note, Piece
from netwright.data.music.tokens.beginning import meter_tokens
from netwright.data.music.tokens.draft import Draft
from netwright.data.music.tokens.remi import by_tick, changes_of, spans
from netwright.data.music.tokens.vocabulary import (
    END,
    LONGEST,
    Mask,
    NoteVocabulary,
    velocity_value,
)

ENDS, METER, KEY, TEMPO, BEGINS = range(5)
"""What happens at a tick, in this order."""

PHASES = {"off": ENDS, "drum off": ENDS, "beats": METER, "unit": METER, "key": KEY, "tempo": TEMPO}


def encoded(piece: Piece, vocabulary: NoteVocabulary) -> Iterator[int]:
    """The tokens behind the beginning of a piece that is on the grid."""
    begins, changes = by_tick(piece), changes_of(piece, vocabulary)
    meters = {meter.at: meter for meter in piece.meters if meter.at}
    ends = defaultdict[int, list[Note]](list)
    for note in piece.notes:
        ends[note.end].append(note)
    part = at = 0
    for tick in sorted({*begins, *changes, *meters, *ends}):
        if tick > at:
            yield from spans(tick - at, "shift", vocabulary)
        at = tick
        ending = sorted(ends.get(tick, ()), key=lambda note: (note.part, note.pitch))
        for note in ending:
            yield from _to_part(note, part, vocabulary)
            part = note.part
            yield vocabulary.of("drum off" if piece.parts[part].drums else "off", note.pitch)
        if tick in meters:
            yield from meter_tokens(meters[tick], vocabulary)
        yield from changes.get(tick, ())
        for note in begins.get(tick, ()):
            yield from _to_part(note, part, vocabulary)
            part = note.part
            yield vocabulary.of("drum" if piece.parts[part].drums else "pitch", note.pitch)
            if vocabulary.velocities:
                value = velocity_value(note.velocity, vocabulary.velocities)
                yield vocabulary.of("velocity", value)


def _to_part(note: Note, part: int, vocabulary: NoteVocabulary) -> Iterator[int]:
    if note.part != part:
        yield vocabulary.of("part", note.part)


class EventBody:
    """What comes behind the beginning of a draft.

    Args:
        most: bars at most, in which notes begin; None: any number.
    """

    def __init__(self, draft: Draft, most: int | None = None) -> None:
        self.draft, self.most = draft, most
        self.tick, self.phase = 0, ENDS
        self.last, self.value = "", 0
        self.placed: tuple[int, int] | None = None
        """Part and pitch of the last note that began or ended in this phase at this tick."""
        self.sounding: dict[tuple[int, int], int] = {}
        """(part, pitch) -> the number of the note."""
        self.bars_before, self.meter_at = 0, 0

    def read(self, kind: str, value: int) -> int | None:
        """Take in a token; the number of the note that it is of, where it is of one."""
        draft, note = self.draft, None
        if kind == "shift":
            self._shift(value + 1)
        elif kind == "part":
            draft.part = value
        elif kind == "velocity":
            draft.strike(value)
            note = len(draft.notes) - 1
        else:
            self._enter(PHASES.get(kind, BEGINS))
            if kind in ("off", "drum off"):
                self.placed = draft.part, value
                note = self.sounding.pop(self.placed)
            elif kind in ("pitch", "drum"):
                self.placed = draft.part, value
                note = self.sounding[self.placed] = len(draft.notes)
                draft.begin(value, self.tick)
            else:
                self._change(kind, value)
        self.last, self.value = kind, value
        return note

    def _shift(self, ticks: int) -> None:
        self.tick += ticks
        self.phase, self.placed = ENDS, None
        for note in self.sounding.values():
            self.draft.lengthen(ticks, note)

    def _enter(self, phase: int) -> None:
        if phase != self.phase:
            self.phase, self.placed = phase, None

    def _change(self, kind: str, value: int) -> None:
        if kind == "unit":
            self.bars_before += -(-(self.tick - self.meter_at) // self.draft.bar_ticks)
            self.meter_at = self.tick
        self.draft.change(kind, value, self.tick)

    @property
    def closing(self) -> bool:
        """Whether no more notes may begin."""
        if self.most is None:
            return False
        bars = self.bars_before + (self.tick - self.meter_at) / self.draft.bar_ticks
        return bars >= self.most

    def allow(self, mask: Mask) -> None:
        """Say which tokens may come next."""
        vocabulary = self.draft.vocabulary
        if self.last == "beats":
            self.draft.allow_unit(mask)
            return
        if self.last in ("pitch", "drum") and vocabulary.velocities:
            some = vocabulary.ranges["velocity"]
            mask[some.start : some.stop] = True
            return
        closing = self.closing
        self._allow_ends(mask)
        if not closing:
            self._allow_begins(mask)
        if self.last == "part":
            return
        self._allow_parts(mask, closing)
        if not closing and self.tick:
            self._allow_changes(mask)
        again = self.last != "shift" or self.value == LONGEST * vocabulary.quarter - 1
        if again and (self.sounding or not closing):
            some = vocabulary.ranges["shift"]
            mask[some.start : some.stop] = True
        mask[END] = not self.sounding and (closing or self.last in ("off", "drum off"))

    def _is_drums(self) -> bool:
        return self.draft.parts[self.draft.part].drums

    def _allow_ends(self, mask: Mask) -> None:
        if self.phase == ENDS:
            some = self.draft.vocabulary.ranges["drum off" if self._is_drums() else "off"]
            for part, pitch in self._may_end():
                if part == self.draft.part:
                    mask[some[pitch]] = True

    def _may_end(self) -> list[tuple[int, int]]:
        if self.phase != ENDS:
            return []
        return [one for one in self.sounding if self.placed is None or one > self.placed]

    def _allow_begins(self, mask: Mask) -> None:
        some = self.draft.vocabulary.ranges["drum" if self._is_drums() else "pitch"]
        lowest, part = 0, self.draft.part
        if self.phase == BEGINS and self.placed is not None:
            if self.placed[0] > part:
                return
            lowest = self.placed[1] + 1 if self.placed[0] == part else 0
        mask[some.start + lowest : some.stop] = True
        for other, pitch in self.sounding:
            if other == part:
                mask[some[pitch]] = False

    def _allow_parts(self, mask: Mask, closing: bool) -> None:
        """Parts of which a note may end or begin."""
        lowest = self.placed[0] if self.phase == BEGINS and self.placed is not None else -1
        ending = {part for part, _ in self._may_end()}
        for part in range(len(self.draft.parts)):
            if part != self.draft.part and (part in ending or (not closing and part > lowest)):
                mask[self.draft.vocabulary.of("part", part)] = True

    def _allow_changes(self, mask: Mask) -> None:
        if self.phase < METER:
            self.draft.allow_meter(mask)
        if self.phase < KEY:
            self.draft.allow_change(mask, "key")
        if self.phase < TEMPO:
            self.draft.allow_change(mask, "tempo")
