"""What a piece is known by, and pieces that are nearly equal: in whatever key."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import combinations, pairwise

from netwright.base.files import digest
from netwright.data.music.piece import Note, Piece

LENGTH = 8
"""Steps from note to note that make up a figure."""

FINEST = 12
"""Parts of a quarter note to which the time of a step is rounded."""

ALIKE = 0.5
"""Of the figures of the piece that has fewer, from which on two pieces are nearly equal."""

FEWEST = 12
"""Figures that a piece must have: shorter ones are alike by chance."""

MOST_NOTES = 2_000_000
"""Of all pieces, up to which every figure is looked at; of more notes so many fewer figures."""

COMMON = 30
"""Pieces in which a figure stands that says nothing: a scale."""


def id_of(piece: Piece) -> str:
    """By its notes alone, in time and pitch: the same in another key, tempo or instrument."""
    ordered = _ordered(piece)
    times = [time for note in ordered for time in (note.start, note.length)]
    tick = math.gcd(piece.quarter, *times)
    first = next((note.pitch for note in ordered if not _is_drum(piece, note)), 0)
    rows = [
        f"{note.start // tick} {note.length // tick}"
        f" {f'd{note.pitch}' if _is_drum(piece, note) else note.pitch - first}"
        for note in ordered
    ]
    return digest("\n".join([str(piece.quarter // tick), *rows]).encode())


def near_pairs(pieces: Sequence[Piece]) -> list[tuple[int, int]]:
    """(i, j), i < j, of pieces that have half of their figures in common, or more.

    A figure is eight steps of pitch and time from a note to the next, the notes of a piece ordered
    by where they begin and then by pitch. So a piece in another key, and one with a few other
    notes, has most of the same ones.
    """
    every = 1 + sum(len(piece.notes) for piece in pieces) // MOST_NOTES
    # which ones are looked at is by the figure, so that the same ones are in each piece
    figures = [{one for one in _figures(piece) if one % every == 0} for piece in pieces]
    places = defaultdict[int, list[int]](list)
    for at, own in enumerate(figures):
        if len(own) >= FEWEST:
            for figure in own:
                places[figure].append(at)
    common = Counter[tuple[int, int]]()
    for found in places.values():
        if 1 < len(found) <= COMMON:
            common.update(combinations(found, 2))
    return sorted(
        (a, b)
        for (a, b), count in common.items()
        if count >= ALIKE * min(len(figures[a]), len(figures[b]))
    )


def _figures(piece: Piece) -> set[int]:
    steps = [
        (after.pitch - before.pitch, _time(piece, after) - _time(piece, before))
        for before, after in pairwise(_ordered(piece))
    ]
    # the hash of numbers is the same on every machine
    return {hash(tuple(steps[at : at + LENGTH])) for at in range(len(steps) - LENGTH + 1)}


def _time(piece: Piece, note: Note) -> int:
    return round(note.start * FINEST / piece.quarter)


def _ordered(piece: Piece) -> list[Note]:
    return sorted(piece.notes, key=lambda note: (note.start, note.pitch, note.length))


def _is_drum(piece: Piece, note: Note) -> bool:
    return piece.parts[note.part].drums
