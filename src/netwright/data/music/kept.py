"""Pieces of a ready data set, kept in the cache folder: reading its scores takes seconds."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import Any

from netwright.base import files, read_json
from netwright.base.errors import UnreadableError
from netwright.data.music.found import ReadPiece
from netwright.data.music.piece import Key, Meter, Note, Part, Piece, Tempo

MOST_BYTES, MOST_VALUES = 1 << 28, 20_000_000


def kept(checksum: str, make: Callable[[], Sequence[ReadPiece]]) -> Sequence[ReadPiece]:
    """What ``make`` gives, from the cache where a sound copy is there.

    Args:
        checksum: of the files that the pieces are of. What reads them is in the key, too.
    """
    place = files.cache_folder() / "ready" / f"music-{checksum}-{_reader()}.json"
    with suppress(OSError, UnreadableError):
        check, _, text = files.read_text(place, MOST_BYTES).partition("\n")
        if files.digest(text.encode()) == check:
            return [_piece(*row) for row in read_json.parse(text, MOST_VALUES)]
    found = make()
    text = json.dumps([_plain(one) for one in found], ensure_ascii=False, separators=(",", ":"))
    files.write_text(place, f"{files.digest(text.encode())}\n{text}")
    return found


def _reader() -> str:
    """Stands for the code by which files become pieces."""
    sources = sorted(Path(__file__).parent.rglob("*.py"))
    return files.digest(b"\n".join(path.read_bytes() for path in sources))


def _plain(found: ReadPiece) -> list[Any]:
    piece = found.piece
    notes = [(one.start, one.length, one.pitch, one.velocity, one.part) for one in piece.notes]
    return [
        found.place,
        found.odd,
        piece.quarter,
        list(chain.from_iterable(notes)),
        [(one.name, one.program, one.drums) for one in piece.parts],
        [(one.at, one.microseconds) for one in piece.tempos],
        [(one.at, one.beats, one.unit) for one in piece.meters],
        [(one.at, one.fifths, one.minor) for one in piece.keys],
        piece.title,
        piece.composer,
    ]


def _piece(
    place: str, odd: dict[str, int], quarter: int, notes: list[int], *more: Any
) -> ReadPiece:
    parts, tempos, meters, keys, title, composer = more
    piece = Piece(
        quarter,
        list(map(Note, *(notes[at::5] for at in range(5)))),
        [Part(*one) for one in parts],
        [Tempo(*one) for one in tempos],
        [Meter(*one) for one in meters],
        [Key(*one) for one in keys],
        title,
        composer,
    )
    return ReadPiece(piece, place, odd)
