"""A piece as a file held it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from netwright.data.music.piece import Piece


class Oddities(Counter[str]):
    """What a reader noticed on its way -> how often: what was passed over, what is played otherwise
    than it may be meant.
    """


@dataclass(frozen=True)
class ReadPiece:
    """A piece and where it was found.

    Args:
        place: the file, or the file and the number of the tune in it.
        odd: what was noticed.
    """

    piece: Piece
    place: str
    odd: Mapping[str, int]
