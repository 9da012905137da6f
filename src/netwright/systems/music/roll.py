"""Pieces as a picture."""

from __future__ import annotations

from collections.abc import Mapping

from netwright.data.music.piece import Piece
from netwright.plots.music.piano_roll import Roll, RolledNote, picture

LEVELS = (2.0, 4.0, 8.0)
"""Bits a note, between which its colour changes."""

NAMES = ("below 2 bits", "2 to 4", "4 to 8", "8 bits and more")
COLOURS = ("#9db8cc", "#4a8fc0", "#e08a3c", "#b4232c")
"""From what was expected to what was not."""


def drawn(piece: Piece, label: str) -> str:
    """An SVG of a piece, each part in its colour."""
    parts = [(part.name, part.drums) for part in piece.parts]
    return picture(Roll(_notes(piece), parts, _bars(piece), _has_pickup(piece)), label)


def drawn_by_cost(piece: Piece, costs: Mapping[tuple[int, int, int], float], label: str) -> str:
    """An SVG of a piece, each note in the colour of what it costs.

    Args:
        costs: (tick, part, pitch) -> bits.
    """
    notes = [
        RolledNote(
            note.start / piece.quarter,
            note.end / piece.quarter,
            note.pitch,
            sum(costs[note.start, note.part, note.pitch] >= level for level in LEVELS),
        )
        for note in piece.notes
    ]
    parts = [(name, False) for name in NAMES]
    return picture(Roll(notes, parts, _bars(piece), _has_pickup(piece), COLOURS), label)


def _notes(piece: Piece) -> list[RolledNote]:
    return [
        RolledNote(note.start / piece.quarter, note.end / piece.quarter, note.pitch, note.part)
        for note in piece.notes
    ]


def _bars(piece: Piece) -> list[float]:
    """Where each begins, and where the last one ends, in quarter notes."""
    bars = piece.bars
    return [*(bar.start / piece.quarter for bar in bars), bars[-1].end / piece.quarter]


def _has_pickup(piece: Piece) -> bool:
    return piece.bars[0].offset > 0
