"""More than 8 bits a channel: what such a picture holds, and the value that becomes white.

A camera of 12 bits writes files of 16, in which nothing is above 4,095: by the range of the files
its pictures would be nearly black. So the range is that of the values of a whole source, and it is
part of the codec: what is read later is scaled by the same.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from netwright.base.errors import DataError

if TYPE_CHECKING:
    from PIL.Image import Image

    from netwright.data.images.pixel_array import Pixels

Values = np.ndarray[Any, Any]

WHOLE_BITS: dict[float, int] = {2**bits - 1: bits for bits in (1, 8, 10, 12, 14, 16)}
"""The greatest whole number of so many bits -> how many."""

GREY = ("I", "F")
"""Modes of Pillow, beside ``I;16`` and its like, of one channel of more than 8 bits."""

COLOUR = {f"{mode};16{order}": mode for mode in ("RGB", "RGBA") for order in "LBN"}
"""How the bytes of deep colours lie -> the mode in which Pillow keeps their upper halves."""

OTHER_HALF = {"B": "L", "L": "B", "N": "B" if sys.byteorder == "little" else "L"}
"""The order of bytes in which what is taken for the upper half is the lower one."""

AT_ONCE = 2**19
"""Values that are scaled at a time: on the way each takes eight bytes."""


def is_deep(image: Image) -> bool:
    """Whether an opened image holds more than 8 bits a channel."""
    return image.mode in GREY or image.mode.startswith("I;16") or _order(image) is not None


def values_of(image: Image, again: Any) -> Values:
    """(H, W), or (H, W, 3 or 4), of a deep image: whole numbers or floats, as the file holds them.

    Args:
        again: the same, opened once more: of colours Pillow gives one half of each at a time.
    """
    order = _order(image)
    if order is None:
        return np.asarray(image)
    first = again.tile[0]
    lower = order[:-1] + OTHER_HALF[order[-1]]
    args = lower if isinstance(first.args, str) else (lower, *first.args[1:])
    again.tile = [tile._replace(args=args) for tile in again.tile]
    upper = np.asarray(image).astype(np.uint16) << 8
    found: Values = upper | np.asarray(again)
    return found


def _order(image: Image) -> str | None:
    """How the bytes of deep colours lie in the file; None: it has none, or they are parted."""
    tiles = getattr(image, "tile", ())
    args = {tile.args if isinstance(tile.args, str) else tile.args[:1] for tile in tiles}
    found = [arg if isinstance(arg, str) else "".join(map(str, arg)) for arg in args]
    return found[0] if len(found) == 1 and COLOUR.get(found[0]) == image.mode else None


def peak_of(values: Values, path: Path) -> float:
    """The greatest value of a deep image.

    Raises:
        DataError: one is below 0, or no number.
    """
    low, high = float(values.min()), float(values.max())
    if low >= 0 and high < np.inf:
        return high
    raise DataError(
        f"{path} holds values from {low:g} to {high:g}: expected none below 0, and numbers alone;"
        " scale it first."
    )


def white_of(peaks: Iterable[tuple[float, bool]]) -> float | None:
    """What becomes white of a source's deep images; None where it has none.

    Of whole numbers the greatest of as many bits as hold them all; of floats 1 where none is above
    it, else the greatest there is.

    Args:
        peaks: the greatest value of each image, and whether it holds whole numbers.
    """
    known = list(peaks)
    if not known:
        return None
    peak = max(value for value, _ in known)
    levels = tuple(WHOLE_BITS) if all(whole for _, whole in known) else (1,)
    return float(next((level for level in levels if peak <= level), peak))


def own_white(peak: float, *, whole: bool) -> float:
    """What becomes white of an image alone, of which nothing more is known: 16 bits, whatever is in
    it; of floats 1 or 255.
    """
    levels = (65535,) if whole else (1, 255)
    return float(next((level for level in levels if peak <= level), peak))


def scaled(values: Values, white: float) -> Pixels:
    """uint8: 0 to ``white`` become 0 to 255, and what is above it 255."""
    found = np.empty(values.shape, np.uint8)
    flat, written = values.reshape(-1), found.reshape(-1)
    for start in range(0, len(flat), AT_ONCE):
        part = flat[start : start + AT_ONCE].astype(np.float64)
        written[start : start + AT_ONCE] = np.minimum(part, white) * 255 / white + 0.5
    return found
