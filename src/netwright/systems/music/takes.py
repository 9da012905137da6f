"""What this system takes: pieces, each its own target."""

from __future__ import annotations

from typing import Any

from netwright.base.figures import counted
from netwright.contract import Claim, Example, Examples, Shown, Takes
from netwright.data.music.piece import Piece
from netwright.metrics.sequences import likelihood


def accepts(examples: Examples) -> Claim | None:
    """Pieces of music."""
    first = next(iter(examples.inputs), None)
    return Claim("the inputs are pieces of music", 3) if isinstance(first, Piece) else None


def show(example: Example, answer: Any = None) -> Shown | None:
    """What a piece is."""
    piece = example.input if isinstance(example.input, Piece) else example.target
    return None if piece is None else Shown(text=described(piece))


def in_words(target: Any) -> str:
    """What a piece is; what one costs."""
    return described(target) if isinstance(target, Piece) else likelihood.in_bits(target)


def described(piece: Piece) -> str:
    """``Title: G minor, 3/4, 4 parts, 212 notes, 1:05``."""
    seconds = round(piece.seconds)
    stated = [
        str(piece.key) if piece.keys else "",
        str(piece.meter) if piece.meters else "",
        counted(len(piece.parts), "part"),
        counted(len(piece.notes), "note"),
        f"{seconds // 60}:{seconds % 60:02d}",
    ]
    name = f"{piece.title}: " if piece.title else ""
    return name + ", ".join(filter(None, stated))


TAKES = Takes(accepts, show=show, in_words=in_words)
