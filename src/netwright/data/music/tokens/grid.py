"""What tokens keep of a piece: its notes and changes on a grid."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from netwright.data.music.piece import Key, Meter, Note, Part, Piece, Tempo
from netwright.data.music.tokens.vocabulary import (
    PARTS,
    VELOCITY,
    NoteVocabulary,
    tempo_of,
    tempo_value,
    velocity_of,
    velocity_value,
)

Stated = TypeVar("Stated", Tempo, Key)


def on_grid(piece: Piece, vocabulary: NoteVocabulary) -> Piece:
    """The piece as its tokens give it again. Its times are on the grid; velocities and tempos the
    nearest ones; a note ends where the same one of its part begins again; the parts are those with
    most notes, without names; a change is one, comes before the last note begins, and its meter has
    bars of whole ticks.
    """
    found = piece.in_ticks(vocabulary.quarter)
    counts = Counter(note.part for note in found.notes)
    kept = sorted(part for part, _ in counts.most_common(PARTS))
    parts = [piece.parts[part] for part in kept]
    notes = _notes(found, {part: at for at, part in enumerate(kept)}, vocabulary.velocities)
    last = max((note.start for note in notes), default=-1)
    return Piece(
        vocabulary.quarter,
        notes,
        [Part("", 0 if one.drums else one.program, one.drums) for one in parts] or (Part(),),
        _changed([tempo_of(tempo_value(one), one.at) for one in found.tempos if one.at <= last]),
        _meters(found, last, vocabulary),
        _changed([one for one in found.keys if one.at <= last]),
    )


def is_on_grid(piece: Piece, note: Note, quarter: int) -> bool:
    """Whether a note of a piece begins and ends at ticks of this grid."""
    return note.start * quarter % piece.quarter == 0 == note.end * quarter % piece.quarter


def _notes(piece: Piece, places: Mapping[int, int], velocities: int) -> list[Note]:
    """Each at most until the same pitch of its part begins again.

    Args:
        places: part -> its place among those that are kept.
    """
    struck = [VELOCITY] * 128
    if velocities:
        struck[1:] = [velocity_of(velocity_value(v, velocities), velocities) for v in range(1, 128)]
    begins: dict[tuple[int, int], int] = {}
    found = []
    for note in reversed(piece.notes):
        part = places.get(note.part)
        if part is not None:
            end = min(note.end, begins.get((part, note.pitch), note.end))
            begins[part, note.pitch] = note.start
            length = end - note.start
            found.append(Note(note.start, length, note.pitch, struck[note.velocity], part))
    return found


def _changed(stated: Sequence[Stated]) -> list[Stated]:
    """Those that differ from the one before."""
    found: list[Stated] = []
    for one in stated:
        if not found or replace(one, at=0) != replace(found[-1], at=0):
            found.append(one)
    return found


def _meters(piece: Piece, last: int, vocabulary: NoteVocabulary) -> list[Meter]:
    """The meters that tokens can name: the first one from the beginning on, the others where they
    change something or cut a bar short.
    """
    found: list[Meter] = []
    for one in piece.meters:
        unit = one.unit.bit_length() - 1
        if one.at > last or unit not in vocabulary.meters.get(one.beats, ()):
            continue
        if not found and one.at > 0:
            found.append(replace(one, at=0))
        if found and _goes_on(piece, found[-1], one):
            continue
        found.append(one)
    return found


def _goes_on(piece: Piece, before: Meter, one: Meter) -> bool:
    same = (before.beats, before.unit) == (one.beats, one.unit)
    return same and (one.at - before.at) % piece.bar_ticks(before) == 0
