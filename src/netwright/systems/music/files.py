"""Composed pieces as files: MIDI, sound, picture."""

from __future__ import annotations

from pathlib import Path

from netwright.base import files
from netwright.base.errors import DataError
from netwright.data.music.midi.write import midi_of
from netwright.data.music.piece import Piece
from netwright.data.music.sound.synthesis import wav_of
from netwright.systems.music.roll import drawn
from netwright.systems.music.takes import described


class PieceFolder:
    """A folder of composed pieces, which is new.

    Args:
        path: of it.

    Raises:
        DataError: it is there already.
    """

    def __init__(self, path: Path) -> None:
        if path.exists():
            raise DataError(f"{path} is there already: expected the name of a new folder.")
        self.path, self.count = path, 0

    def add(self, piece: Piece) -> tuple[str, ...]:
        """Write a piece; the names of its files."""
        self.count += 1
        made = {
            ".mid": midi_of(piece),
            ".wav": wav_of(piece),
            ".svg": drawn(piece, f"{self.count}: {described(piece)}").encode(),
        }
        paths = [self.path / f"piece-{self.count}{ending}" for ending in made]
        for path, content in zip(paths, made.values(), strict=True):
            files.write_bytes(path, content)
        return tuple(map(str, paths))
