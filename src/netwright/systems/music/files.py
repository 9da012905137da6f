"""Pieces that a verb reads and writes."""

from __future__ import annotations

from pathlib import Path

from netwright.base import files
from netwright.base.errors import DataError
from netwright.data.music.midi.write import midi_of
from netwright.data.music.piece import Piece


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
        name = self.path / f"piece-{self.count}.mid"
        files.write_bytes(name, midi_of(piece))
        return (str(name),)
