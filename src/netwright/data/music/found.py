"""A piece as a file held it, and how files that hold none are refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from netwright.base.figures import counted
from netwright.data.music.piece import Piece


@dataclass(frozen=True)
class ReadPiece:
    """A piece and where it was found.

    Args:
        place: the file, or the file and the number of the tune in it.
        odd: what was passed over, taken otherwise than it is written, or not understood: kind ->
            how often.
    """

    piece: Piece
    place: str
    odd: Mapping[str, int]


class Oddities(Counter[str]):
    """What a reader notices on its way, and how often."""


def in_words(odd: Mapping[str, int]) -> str:
    """``2 grace notes passed over, 1 tie without an end``."""
    return ", ".join(f"{counted(count, kind)}" for kind, count in sorted(odd.items()))
