"""What the error of people may be, by the metric that it is held against."""

from __future__ import annotations

import math
from numbers import Real
from typing import Any

from netwright.base.errors import NetwrightError
from netwright.base.typed_numbers import LARGEST_FIGURE
from netwright.contract import Metric


def first_known(metric: Metric, *figures: tuple[str, Any]) -> float | None:
    """The first figure that is not None, checked; None when none is known.

    Args:
        metric: the run's single number.
        figures: (what its error message begins with, figure), the one that wins first.

    Raises:
        NetwrightError: it is no number, or outside the metric's range: 0 to 1 for a fraction, else
            finite, and at least 0 where less is better.
    """
    place, value = next((one for one in figures if one[1] is not None), ("", None))
    if value is None:
        return None
    if metric.unit == "fraction":
        low, high, expected = 0.0, 1.0, "a fraction from 0 to 1, such as 0.01"
    elif metric.better == "lower":
        low, high, expected = 0.0, LARGEST_FIGURE, "a finite number, 0 or more"
    else:
        low, high, expected = -LARGEST_FIGURE, LARGEST_FIGURE, "a finite number"
    number: Any = value if isinstance(value, Real) and not isinstance(value, bool) else math.nan
    if not low <= number <= high:
        raise NetwrightError(
            f"{place} = {repr(value)[:40]}: expected the {metric.name} of people, {expected}."
        )
    return float(number)
