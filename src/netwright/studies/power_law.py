"""A power law through the points of a learning curve, and what it says of more data.

e(n) = a + b n^-c,  a, b >= 0,  c > 0

a is what no amount of such data removes, b n^-c what more of them does. Of few noisy points c is
hardly known, so that it is drawn to its usual value: ln c is normal around ln 1/2, with a standard
deviation of 1 (Hestness and others 2017 find 0.07 to 0.5 for large nets, statistics 1/2 to 1).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

Floats: TypeAlias = np.ndarray[Any, np.dtype[np.float64]]

USUAL, SPREAD = 0.5, 1.0
"""Of c: its usual value, and the standard deviation of its logarithm."""

EXPONENTS: Floats = np.geomspace(0.05, 2.5, 60)
"""Values of c that are tried."""

FEWEST = 3
"""Sizes that a law is put through."""


@dataclass(frozen=True)
class PowerLaw:
    """Laws through R draws of M points.

    Args:
        a, b, c: (R,) each; b is of ``n / unit``.
        unit: the size that n is measured in: the largest.
    """

    a: Floats
    b: Floats
    c: Floats
    unit: float

    def at(self, size: float) -> Floats:
        """(R,) the error at a size."""
        found: Floats = self.a + self.b * (size / self.unit) ** -self.c
        return found


def fit(
    sizes: Floats,
    errors: Floats,
    noise: Floats,
    *,
    floor: bool = True,
    generator: np.random.Generator | None = None,
) -> PowerLaw:
    """The law that lies nearest to the points, of each draw: the smallest sum of squared distances
    in standard errors, with what is known of c beforehand.

    Args:
        sizes: (M,) examples, different, above 0.
        errors: (R, M) of each draw.
        noise: (M,) the standard error of each point, above 0.
        floor: whether a is at least 0, as of errors that cannot be less.
        generator: draws c as likely as each value is by the points of its draw, for intervals;
            None: the likeliest.
    """
    unit = float(sizes.max())
    weights = 1 / noise**2
    lines = []
    for c in EXPONENTS:
        x = (sizes / unit) ** -c
        a, b = _line(x, errors, weights, floor=floor)
        distance = ((errors - a[:, None] - b[:, None] * x) ** 2 * weights).sum(axis=1)
        lines.append((a, b, distance + (np.log(c / USUAL) / SPREAD) ** 2))
    every_a, every_b, distances = (np.array(part) for part in zip(*lines, strict=True))
    if generator is None:
        chosen = distances.argmin(axis=0)
    else:
        likely = np.exp((distances.min(axis=0) - distances) / 2).cumsum(axis=0)
        chosen = (likely < generator.random(len(errors)) * likely[-1]).sum(axis=0)
    rows = np.arange(len(errors))
    return PowerLaw(every_a[chosen, rows], every_b[chosen, rows], EXPONENTS[chosen], unit)


def _line(x: Floats, y: Floats, weights: Floats, *, floor: bool) -> tuple[Floats, Floats]:
    """(R,) a and b >= 0 of the weighted line a + b x through (R, M) points; a >= 0 with a floor."""
    total = weights.sum()
    middle = (weights * x).sum() / total
    mean = (weights * y).sum(axis=1) / total
    spread = (weights * (x - middle) ** 2).sum()
    slope = (weights * (x - middle) * y).sum(axis=1) / spread
    b = np.maximum(slope, 0.0)
    a = mean - b * middle
    if floor:
        through = np.maximum((weights * x * y).sum(axis=1) / (weights * x * x).sum(), 0.0)
        b = np.where(a < 0, through, b)
        a = np.maximum(a, 0.0)
    return a, b
