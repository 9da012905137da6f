"""Figures of pieces by which a person sees whether they hold together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from netwright.data.music.piece import Key, Note, Piece

MAJOR = frozenset({0, 2, 4, 5, 7, 9, 11})
MINOR = frozenset({0, 2, 3, 5, 7, 8, 9, 10, 11})
"""Semitones above the tonic that are in the key; in minor the raised degrees, too."""


@dataclass(frozen=True)
class Sanity:
    """Of a piece, drums aside.

    Args:
        in_key: fraction of the notes that are in the key in force; None: there is none.
        ends_home: whether its last lowest note is the tonic of the last key; None: there is none.
        compass: semitones from the lowest to the highest note of a part, the mean over the parts.
        filled: fraction of the bars in which a note begins or goes on.
    """

    in_key: float | None
    ends_home: bool | None
    compass: float
    filled: float


def sanity_of(piece: Piece) -> Sanity:
    """The figures of a piece with notes."""
    notes = [note for note in piece.notes if not piece.parts[note.part].drums]
    keyed = [
        (note, key) for note in notes if (key := piece.in_force(piece.keys, note.start)) is not None
    ]
    inside = [_is_in(note, key) for note, key in keyed]
    parts = [[note.pitch for note in notes if note.part == at] for at in range(len(piece.parts))]
    spans = [max(pitches) - min(pitches) for pitches in parts if pitches]
    return Sanity(
        sum(inside) / len(inside) if inside else None,
        _ends_home(notes, piece),
        sum(spans) / len(spans) if spans else 0.0,
        _filled(piece),
    )


def _is_in(note: Note, key: Key) -> bool:
    return (note.pitch - key.tonic) % 12 in (MINOR if key.minor else MAJOR)


def _ends_home(notes: Sequence[Note], piece: Piece) -> bool | None:
    if not notes or not piece.keys:
        return None
    last = max(note.end for note in notes)
    lowest = min(note.pitch for note in notes if note.end == last)
    return (lowest - piece.keys[-1].tonic) % 12 == 0


def _filled(piece: Piece) -> float:
    bars = piece.bars
    filled = sum(
        any(note.start < bar.end and note.end > bar.start for note in piece.notes) for bar in bars
    )
    return filled / max(1, len(bars))
