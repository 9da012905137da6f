"""Pairs of examples that are nearly equal: of images, of pieces of music, of passages of texts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from netwright.contract import Examples

MOST_PIXELS, MOST_CHARACTERS = 2**28, 2**24
"""Bytes of images, and characters of texts, up to which a training looks for pairs: a second or
two.
"""

IMAGES = "images", "nearly equal in grey"
PIECES = "pieces", "nearly equal, in whatever key"
PASSAGES = "passages", "nearly equal, word by word"
"""What pairs are of, and how alike they are."""

LOOK = "look at some of the pairs"
TO_DO = {
    IMAGES: f"{LOOK}; if they show the same thing, keep them in one split",
    PIECES: f"{LOOK}; netwright draws them into one split, where the source brings none",
    PASSAGES: f"{LOOK}; if one is a copy of the other, leave one of them out",
}


@dataclass(frozen=True)
class NearPairs:
    """Pairs of examples that are nearly equal.

    Args:
        of: what they are of, and how alike they are.
    """

    pairs: list[tuple[int, int]]
    of: tuple[str, str]


def near_pairs_of(column: Any) -> NearPairs | None:
    """Those of a column of images, of pieces of music, or of passages; None: of anything else
    nobody looks.
    """
    from netwright.data.images.columns import is_images
    from netwright.data.music.piece import are_pieces
    from netwright.data.writing import near as passages

    if is_images(column):
        from netwright.data.images.near_duplicates import near_pairs

        return NearPairs(near_pairs(column), IMAGES)
    if are_pieces(column):
        from netwright.data.music import near

        return NearPairs(near.near_pairs(column), PIECES)
    if passages.are_passages(column):
        return NearPairs(passages.near_pairs([one.text for one in column]), PASSAGES)
    return None


def roots_of(pairs: Sequence[tuple[int, int]], count: int) -> list[int]:
    """Of so many things the first one that each belongs to, where those of a pair belong together.

    Args:
        pairs: of their numbers.
    """
    first = list(range(count))

    def root(at: int) -> int:
        while first[at] != at:
            at = first[at]
        return at

    for a, b in pairs:
        one, other = sorted((root(a), root(b)))
        first[other] = one
    return list(map(root, range(count)))


def quick_pairs_of(examples: Examples) -> NearPairs | None:
    """The pairs that are nearly equal, where it takes a moment to look, and where they may lie in
    two splits.
    """
    from netwright.data.images.pixel_array import PixelArray
    from netwright.data.music.piece import are_pieces
    from netwright.data.writing.near import are_passages

    column = examples.inputs
    if isinstance(column, PixelArray):
        quick = len(column) * math.prod(column.each) <= MOST_PIXELS
    elif are_passages(column):
        quick = sum(map(len, column)) <= MOST_CHARACTERS
    else:
        # pieces that are nearly equal lie in one split, unless the source brings its own
        quick = any(examples.splits or ()) and are_pieces(column)
    return near_pairs_of(column) if quick else None
