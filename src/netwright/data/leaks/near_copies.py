"""Pairs of examples that are nearly equal: of images, and of pieces of music."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from netwright.contract import Examples

MOST_PIXELS = 2**28
"""Bytes of images up to which a training looks for pairs: a second or two."""

IMAGES = "images", "nearly equal in grey"
PIECES = "pieces", "nearly equal, in whatever key"
"""What pairs are of, and how alike they are."""

LOOK = "look at some of the pairs"
TO_DO = {
    IMAGES: f"{LOOK}; if they show the same thing, keep them in one split",
    PIECES: f"{LOOK}; netwright draws them into one split, where the source brings none",
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
    """Those of a column of images, or of pieces of music; None: of anything else nobody looks."""
    from netwright.data.images.columns import is_images
    from netwright.data.music.piece import are_pieces

    if is_images(column):
        from netwright.data.images.near_duplicates import near_pairs

        return NearPairs(near_pairs(column), IMAGES)
    if are_pieces(column):
        from netwright.data.music import near

        return NearPairs(near.near_pairs(column), PIECES)
    return None


def quick_pairs_of(examples: Examples) -> NearPairs | None:
    """The pairs that are nearly equal, where it takes a moment to look, and where they may lie in
    two splits.
    """
    from netwright.data.images.pixel_array import PixelArray
    from netwright.data.music.piece import are_pieces

    column = examples.inputs
    if isinstance(column, PixelArray):
        quick = len(column) * math.prod(column.each) <= MOST_PIXELS
    else:
        # pieces that are nearly equal lie in one split, unless the source brings its own
        quick = any(examples.splits or ()) and are_pieces(column)
    return near_pairs_of(column) if quick else None
