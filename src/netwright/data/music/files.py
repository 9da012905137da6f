"""Files of music: which they are, and the pieces in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path, PurePath
from typing import TypeAlias

from netwright.base.errors import DataError, UnreadableError, reason_of
from netwright.base.files import read_bytes
from netwright.data.music.found import Oddities, ReadPiece
from netwright.data.music.piece import Piece

Read: TypeAlias = tuple[Piece, Oddities]

MIDI = frozenset({".mid", ".midi", ".kar", ".smf"})
MUSICXML = frozenset({".mxl", ".musicxml"})
XML, ABC = ".xml", ".abc"

ALWAYS = MIDI | MUSICXML | {ABC}
"""Endings that only files of music have; one of ``.xml`` is looked into."""

SCORES = (b"<score-partwise", b"<score-timewise")
"""What the beginning of a score in XML holds."""

LONGEST = 1 << 24
"""Bytes of a MIDI file, or of a book of tunes, at most; a note may take six and one."""

LONGEST_SCORE = 1 << 27
"""Of a score, which has many more for each note."""

MOST_QUARTERS = 20_000
"""That a piece is long, at most: more is a slip in the file, and bars without end."""


def is_music(name: str | PurePath) -> bool:
    """Whether a file of this name is one of music."""
    return PurePath(name).suffix.lower() in ALWAYS


def is_score(head: bytes) -> bool:
    """Whether an XML file that begins so is a score, in UTF-8 or UTF-16."""
    return any(score in head.replace(b"\0", b"") for score in SCORES)


def one_in(path: Path) -> Piece:
    """The piece that a file holds.

    Raises:
        DataError: it cannot be read, or holds none or several.
    """
    if not is_music(path) and path.suffix.lower() != XML:
        raise DataError(f"{path} is no file of music: expected MIDI (.mid), MusicXML or ABC.")
    faults: list[str] = []
    found = pieces_in(path, str(path), faults)
    if faults:
        raise DataError(faults[0])
    if len(found) != 1:
        raise DataError(f"{path} holds {len(found)} tunes: expected a file with one.")
    return found[0].piece


def pieces_in(path: Path, name: str, faults: list[str]) -> list[ReadPiece]:
    """The pieces that a file holds: one, or the tunes of a book.

    Args:
        name: of the file, for messages and places.
        faults: gets a sentence on each that cannot be read.
    """
    found: list[ReadPiece] = []
    try:
        for place, read in _of_file(path, name):
            try:
                piece, odd = read()
                _expect_bounds(piece, place)
                found.append(ReadPiece(piece, place, odd))
            except DataError as error:
                faults.append(str(error))
    except DataError as error:
        faults.append(str(error))
    return found


def _of_file(path: Path, name: str) -> Iterator[tuple[str, Callable[[], Read]]]:
    """(its place, what reads it) of each piece."""
    ending = path.suffix.lower()
    if ending == ABC:
        yield from _tunes(path, name)
        return
    try:
        content = read_bytes(path, LONGEST if ending in MIDI else LONGEST_SCORE)
    except (UnreadableError, OSError) as error:
        raise DataError(f"{name} cannot be read: {reason_of(error)}.") from None
    if ending in MIDI:
        from netwright.data.music.midi import read as of_midi

        yield name, partial(of_midi.piece_of, content, name)
    else:
        from netwright.data.music.musicxml import read as of_xml

        yield name, partial(of_xml.piece_of, content, name)


def _tunes(path: Path, name: str) -> Iterator[tuple[str, Callable[[], Read]]]:
    """Those of a book, each called by its number; of several of one number by the line, too."""
    from netwright.data.music.abc import read as of_abc
    from netwright.data.music.abc.lines import tunes_of
    from netwright.data.text.text_file import text_of

    tunes = list(tunes_of(text_of(path, LONGEST)))
    if not tunes:
        raise DataError(f"{name} holds no tune: expected a line such as X:1 at its beginning.")
    known = Counter(tune.number for tune in tunes)
    for tune in tunes:
        place = f"{name}#{tune.number or tune.line}"
        place += f":{tune.line}" if known[tune.number] > 1 else ""
        yield (name if len(tunes) == 1 else place), partial(of_abc.piece_of, tune, name)


def _expect_bounds(piece: Piece, place: str) -> None:
    if piece.end > MOST_QUARTERS * piece.quarter:
        raise DataError(
            f"{place} is {piece.end // piece.quarter:,} quarter notes long: expected at most"
            f" {MOST_QUARTERS:,}."
        )
