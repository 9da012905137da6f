"""How large the splits are, and which examples a source leaves to be split."""

from __future__ import annotations

import math
from collections.abc import Sequence

from netwright.base.errors import DataError
from netwright.contract import Examples

NAMES = ("train", "dev", "test")

TRAIN_DEV = "train_dev"

GAP = "gap"
"""What an example is assigned to that lies in no split: in the gap between two by time, or
because its equal is in dev or test."""


def fractions(count: int) -> tuple[float, float]:
    """(dev, test) fractions: 20% each up to 10,000 examples, 1% each from a million on.

    Linear in log n between (notes 3.1.6).
    """
    along = min(1.0, max(0.0, (math.log10(max(count, 1)) - 4) / 2))
    fraction = 0.20 - 0.19 * along
    return fraction, fraction


def brought(examples: Examples) -> Sequence[str | None] | None:
    """The splits that the source or the system brings; None: they bring none."""
    return examples.splits if examples.splits is not None and any(examples.splits) else None


def all_given(examples: Examples) -> bool:
    """Whether the splits are brought with dev, so that nothing is left to be split."""
    return "dev" in (brought(examples) or ())


def left_free(given: Sequence[str | None], dev: float | str) -> tuple[list[int], dict[str, float]]:
    """The examples whose split is still open, and the fractions to cut from them."""
    kinds = {split for split in given if split is not None}
    if "train" not in kinds and None not in given:
        raise DataError(
            f"the source brings {' and '.join(sorted(kinds))} but no train part: nothing to learn"
            " from."
        )
    if "dev" in kinds:
        return [], {}
    free = [at for at, split in enumerate(given) if split in (None, "train")]
    auto_dev, auto_test = fractions(len(free))
    wanted = {"dev": auto_dev if dev == "auto" else float(dev)}
    return free, wanted if "test" in kinds else {**wanted, "test": auto_test}
