"""The error that mistakes are of, and how much of it each example is."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

from netwright.contract import Examples
from netwright.doctor.errors.table import ErrorLevel
from netwright.metrics.intervals import wilson
from netwright.metrics.measure import effective, weights_of

if TYPE_CHECKING:
    from netwright.runs.answers.predictions import Predictions


def of_predictions(found: Predictions, examples: Examples) -> tuple[list[float], ErrorLevel]:
    """How much of the error each example is, and that error.

    Where answers are right or wrong, a mistake is as much as its weight, and the error is the
    fraction that is wrong; elsewhere (numbers) an example is as much as its loss, and the error is
    the mean loss.
    """
    frame = found.frame
    weights = weights_of(examples) or [1.0] * len(examples)
    wrong = frame["wrong"].to_list()
    if any(one is not None for one in wrong):
        known = [one is not None for one in wrong]
        sizes = [w if one else 0.0 for w, one in zip(weights, wrong, strict=True)]
        total = math.fsum(w for w, is_known in zip(weights, known, strict=True) if is_known)
        value = math.fsum(sizes) / total if total else 0.0
        n = sum(known)
        sure = max(1.0, min(effective(weights, n), _independent(examples)))
        low, high = wilson(min(value, 1.0) * sure, sure)
        return sizes, ErrorLevel("error", value, low, high, n, sum(size > 0 for size in sizes))
    pairs = list(zip(weights, frame["loss"].to_list(), strict=True))
    sizes = [w * loss if math.isfinite(loss) else 0.0 for w, loss in pairs]
    total = math.fsum(w for w, loss in pairs if math.isfinite(loss))
    mean = math.fsum(sizes) / total if total else 0.0
    return sizes, ErrorLevel("loss", mean, None, None, len(sizes), sum(size > 0 for size in sizes))


def _independent(examples: Examples) -> float:
    """How many examples stand for themselves: those of one group as much as one, (sum n)^2 / sum
    n^2.
    """
    if not examples.groups:
        return len(examples)
    pairs = zip(examples.groups, examples.ids, strict=True)
    counts = Counter(group or own for group, own in pairs)
    return len(examples) ** 2 / sum(count * count for count in counts.values())
