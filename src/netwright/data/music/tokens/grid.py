"""What tokens keep of a piece: its notes and changes on a grid."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from netwright.data.music.piece import Key, Meter, Note, Part, Piece, Tempo
from netwright.data.music.tokens.vocabulary import (
    PARTS,
    VELOCITY,
    Vocabulary,
    tempo_of,
    tempo_value,
    velocity_of,
    velocity_value,
)

Stated = TypeVar("Stated", Tempo, Key)


def on_grid(piece: Piece, vocabulary: Vocabulary) -> Piece:
    """The piece as its tokens give it again. Its times are on the grid; velocities and tempos the
    nearest ones; a note ends where the same one of its part begins again; the parts are those with
    most notes, without names; a change is one, comes before the last note begins, and its meter has
    bars of whole ticks.
    """
    found = _with_parts(piece.in_ticks(vocabulary.quarter))
    notes = _cut_short(_with_velocities(found.notes, vocabulary.velocities))
    last = max((note.start for note in notes), default=-1)
    return Piece(
        vocabulary.quarter,
        notes,
        found.parts,
        _changed([tempo_of(tempo_value(one), one.at) for one in found.tempos if one.at <= last]),
        _meters(found, last, vocabulary),
        _changed([one for one in found.keys if one.at <= last]),
    )


def _with_parts(piece: Piece) -> Piece:
    """Without parts that have no notes, and of those that are too many without the smallest."""
    counts = Counter(note.part for note in piece.notes)
    kept = sorted(part for part, _ in counts.most_common(PARTS))
    places = {part: at for at, part in enumerate(kept)}
    parts = [piece.parts[part] for part in kept]
    return replace(
        piece,
        notes=[replace(n, part=places[n.part]) for n in piece.notes if n.part in places],
        parts=[Part("", 0 if one.drums else one.program, one.drums) for one in parts],
    )


def _with_velocities(notes: Sequence[Note], velocities: int) -> list[Note]:
    if not velocities:
        return [replace(note, velocity=VELOCITY) for note in notes]
    return [
        replace(note, velocity=velocity_of(velocity_value(note.velocity, velocities), velocities))
        for note in notes
    ]


def _cut_short(notes: Sequence[Note]) -> list[Note]:
    """Each at most until the same pitch of its part begins again."""
    begins: dict[tuple[int, int], int] = {}
    found = []
    for note in sorted(notes, reverse=True):
        end = min(note.end, begins.get((note.part, note.pitch), note.end))
        begins[note.part, note.pitch] = note.start
        found.append(replace(note, length=end - note.start))
    return found


def _changed(stated: Sequence[Stated]) -> list[Stated]:
    """Those that differ from the one before."""
    found: list[Stated] = []
    for one in stated:
        if not found or replace(one, at=0) != replace(found[-1], at=0):
            found.append(one)
    return found


def _meters(piece: Piece, last: int, vocabulary: Vocabulary) -> list[Meter]:
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
