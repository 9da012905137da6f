"""Edge filters (边缘检测, notes 4.1.2-4.1.4): small matrices that answer where brightness changes.

    vertical    1 0 -1        Sobel    1 0 -1       Scharr    3 0  -3
                1 0 -1                 2 0 -2                10 0 -10
                1 0 -1                 1 0 -1                 3 0  -3

Positive answers: bright on the left, dark on the right; negative: dark to bright; |answer| asks for
neither order. The second factor is a smoothing along the edge: (1 1 1), (1 2 1), (3 10 3). Turned
on its side the filter finds horizontal edges, and cos(angle) vertical + sin(angle) horizontal finds
edges at any angle (Freeman and Adelson 1991). A network goes further and learns all nine numbers.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from netwright.principles import require
from netwright.principles.convolution import cross_correlate

Array = np.ndarray[Any, Any]

SMOOTHING: dict[str, tuple[float, float, float]] = {
    "plain": (1.0, 1.0, 1.0),
    "sobel": (1.0, 2.0, 1.0),
    "scharr": (3.0, 10.0, 3.0),
}


def vertical(kind: str = "plain") -> Array:
    """The 3x3 filter of vertical edges, bright on the left: smoothing (down) times 1 0 -1 (across).

    Args:
        kind: "plain", "sobel" or "scharr".

    Raises:
        ValueError: kind is none of these.
    """
    if kind not in SMOOTHING:
        raise ValueError(f"kind is {kind!r}: expected one of {', '.join(SMOOTHING)}.")
    return np.outer(SMOOTHING[kind], (1.0, 0.0, -1.0))


def horizontal(kind: str = "plain") -> Array:
    """The same for horizontal edges, bright above."""
    return vertical(kind).T


def at_angle(degrees: float, kind: str = "sobel") -> Array:
    """cos(angle) vertical + sin(angle) horizontal: the change of brightness along one direction.

    Args:
        degrees: 0 asks for bright on the left, 90 for bright above, 180 for bright on the right
            (dark to bright).
    """
    require.between("degrees", degrees, -np.inf, np.inf, open_low=True, open_high=True)
    angle = math.radians(degrees)
    return math.cos(angle) * vertical(kind) + math.sin(angle) * horizontal(kind)


def detect(image: Array, w: Array) -> Array:
    """The filter's answer at every place where it fits.

    Args:
        image: (n_H, n_W), grey. w: (f, f).

    Returns:
        (n_H - f + 1, n_W - f + 1).

    Raises:
        ValueError: the image is not grey, or smaller than the filter.
    """
    require.shape("image", image, (None, None), "image * w")
    return cross_correlate(image, w)


def strength(image: Array, kind: str = "sobel") -> Array:
    """sqrt(vertical^2 + horizontal^2): how strong the edge is, whatever its angle."""
    result: Array = np.hypot(detect(image, vertical(kind)), detect(image, horizontal(kind)))
    return result
