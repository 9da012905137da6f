"""Pieces to examples: what they are known by, which belong to one another, what they are like."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from netwright.base.errors import DataError
from netwright.base.figures import counted, duration
from netwright.contract import Examples, Source
from netwright.contract.reading import Reading, reading
from netwright.data.faults.unreadable import left_out
from netwright.data.leaks.near_copies import roots_of
from netwright.data.music.found import ReadPiece
from netwright.data.music.near import id_of, near_pairs
from netwright.data.music.piece import Piece
from netwright.data.sources.class_folders import SPLITS

LISTED = 6
"""Keys and meters that a note names, at most."""

KNOWN_BY = "notes, in whatever key and tempo,"
"""What pieces of one id have in common."""

LETTERS = ("C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B")


def reading_of(
    found: Sequence[ReadPiece], faults: Sequence[str], source: Source, notes: Sequence[str] = ()
) -> Reading:
    """The examples of pieces.

    Args:
        faults: on those that cannot be read, a sentence each.
        notes: lines that come before what is counted here.

    Raises:
        DataError: too many cannot be read, or none has a note.
    """
    names = [fault.split(" ")[0].rstrip(":") for fault in faults]
    findings = left_out(
        faults,
        names,
        len(found) + len(faults),
        source.options,
        things="pieces",
        missing="what is learned",
    )
    sounding = [one for one in found if one.piece.notes]
    if not sounding:
        raise DataError(f"{source.path} holds no piece with a note: expected some.")
    pieces = [one.piece for one in sounding]
    places = [one.place for one in sounding]
    splits = [_split_of(place) for place in places]
    examples = Examples(
        pieces,
        list(pieces),
        [id_of(piece) for piece in pieces],
        places,
        _groups(pieces, places) if not any(splits) else None,
        splits if any(splits) else None,
        known_by=KNOWN_BY,
    )
    silent = len(found) - len(sounding)
    left = [f"{counted(silent, 'piece')} without a note left out"] if silent else []
    lines = (*notes, *_described(sounding), *left)
    return reading(
        examples, source, notes=lines, findings=findings, beside=lambda: _columns(sounding)
    )


def _split_of(place: str) -> str | None:
    """By a folder that is called as a split is."""
    folders = PurePosixPath(place).parts[1:-1]
    return next((SPLITS[one.lower()] for one in folders if one.lower() in SPLITS), None)


def _groups(pieces: Sequence[Piece], places: Sequence[str]) -> list[str] | None:
    """Pieces that are nearly equal are one group, so that none is learned from and measured on;
    None: there are none.
    """
    pairs = near_pairs(pieces)
    if not pairs:
        return None
    return [places[at] for at in roots_of(pairs, len(pieces))]


def _described(found: Sequence[ReadPiece]) -> list[str]:
    """How many there are, in which keys and meters, how high and how long; what is odd."""
    pieces = [one.piece for one in found]
    parts = Counter(len(piece.parts) for piece in pieces)
    notes = sum(len(piece.notes) for piece in pieces)
    lines = [
        f"{counted(len(pieces), 'piece')} of {counted(notes, 'note')};"
        f" {_most(parts, lambda number: counted(number, 'part'))}"
    ]
    keys = Counter(str(piece.key) for piece in pieces if piece.key)
    meters = Counter(str(piece.meters[0]) for piece in pieces if piece.meters)
    lines += [f"keys: {_most(keys)}"] if keys else []
    lines += [f"meters: {_most(meters)}"] if meters else []
    compasses = [piece.compass for piece in pieces if piece.compass]
    if compasses:
        low, high = min(low for low, _ in compasses), max(high for _, high in compasses)
        lines.append(f"pitches from {named(low)} to {named(high)}")
    lengths = sorted(piece.seconds for piece in pieces)
    bars = sorted(len(piece.bars) for piece in pieces)
    lines.append(
        f"{duration(lengths[0])} to {duration(lengths[-1])} long, {duration(sum(lengths))} in all;"
        f" {bars[0]:,} to {counted(bars[-1], 'bar')}, {statistics.median(bars):g} at the median"
    )
    odd = sum((Counter(one.odd) for one in found), Counter[str]())
    lines += [f"{kind}: {count:,}" for kind, count in odd.most_common()]
    return lines


def _most(counts: Mapping[Any, int], written: Any = str) -> str:
    """``G major 55, A minor 40, 12 others 60``."""
    ordered = sorted(counts.items(), key=lambda one: -one[1])
    shown = [f"{written(value)} {count:,}" for value, count in ordered[:LISTED]]
    rest = ordered[LISTED:]
    others = f"{counted(len(rest), 'other')} {sum(count for _, count in rest):,}"
    return ", ".join([*shown, *([others] if rest else [])])


def named(pitch: int) -> str:
    """A pitch as musicians call it: 60 is C4."""
    return f"{LETTERS[pitch % 12]}{pitch // 12 - 1}"


def _columns(found: Sequence[ReadPiece]) -> dict[str, list[Any]]:
    """What a run can be looked at by."""
    pieces = [one.piece for one in found]
    return {
        "key": [str(piece.key) if piece.key else None for piece in pieces],
        "mode": [piece.key.mode if piece.key else None for piece in pieces],
        "meter": [str(piece.meters[0]) if piece.meters else None for piece in pieces],
        "title": [piece.title or None for piece in pieces],
        "composer": [piece.composer or None for piece in pieces],
        "seconds": [round(piece.seconds, 3) for piece in pieces],
        "notes": [len(piece.notes) for piece in pieces],
        "parts": [len(piece.parts) for piece in pieces],
        "folder": [str(PurePosixPath(one.place).parent) for one in found],
    }
