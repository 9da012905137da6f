"""Whether the mismatch of one run is smaller than that of another, on the same examples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from netwright.metrics.contrasts import Contrast, Floats, contrast


@dataclass(frozen=True)
class Errors:
    """What each example of a split adds to the error of a run before and of one after.

    Args:
        before, after: (N,), of the same examples.
        units: of each the group, or its own name: what is drawn as one.
    """

    before: Floats
    after: Floats
    units: Sequence[str]

    def known(self) -> Errors:
        """Those that count for both runs."""
        kept = np.flatnonzero(~np.isnan(self.before) & ~np.isnan(self.after))
        return Errors(self.before[kept], self.after[kept], [self.units[at] for at in kept.tolist()])


@dataclass(frozen=True)
class Shrank:
    """Two runs beside each other.

    Args:
        before: the run that is compared with.
        measured: ``error`` or ``loss``.
        gap_before, gap_after: dev less train-dev of each.
        gap: how much larger the gap is after than before; below 0 it shrank.
        dev: how much larger the error on dev is; it decides, since a gap may shrink by a worse
            train-dev alone.
        others: other settings in which the two runs differ.
    """

    before: str
    measured: str
    gap_before: Contrast
    gap_after: Contrast
    gap: Contrast
    dev: Contrast
    others: tuple[str, ...] = ()

    @property
    def is_smaller(self) -> bool:
        """Whether the gap shrank beyond noise."""
        return self.gap.high is not None and self.gap.high < 0

    @property
    def helped(self) -> bool:
        """Whether dev is better beyond noise."""
        return self.dev.high is not None and self.dev.high < 0

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return {**asdict(self), "is_smaller": self.is_smaller, "helped": self.helped}


def shrank(
    before: str, measured: str, dev: Errors, train_dev: Errors, others: Sequence[str]
) -> Shrank:
    """The two gaps, and what changed, example by example."""
    dev, train_dev = dev.known(), train_dev.known()
    units = [*(f"dev {unit}" for unit in dev.units), *(f"other {unit}" for unit in train_dev.units)]
    inside = np.arange(len(units)) < len(dev.units)

    def gap(of_dev: Floats, of_train_dev: Floats) -> Contrast:
        return contrast(np.concatenate([of_dev, of_train_dev]), inside, units)

    count = len(dev.units)
    # each unit lies on both sides, so that what is common to before and after cancels
    paired = contrast(
        np.concatenate([dev.after, dev.before]), np.arange(2 * count) < count, [*dev.units] * 2
    )
    return Shrank(
        before,
        measured,
        gap(dev.before, train_dev.before),
        gap(dev.after, train_dev.after),
        gap(dev.after - dev.before, train_dev.after - train_dev.before),
        paired,
        tuple(others),
    )
