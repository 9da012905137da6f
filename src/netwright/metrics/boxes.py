"""Figures for answers that are one box or none: how well boxes overlap, and whether there is one.

The metrics read ``example.target``, the tuple of an image's boxes (at most one, with ``corners``
and ``label``), ``answer.box`` (x0, y0, x1, y1 or None) and ``answer.label``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from netwright.contract import Answer, Example, Metric


def iou(first: Sequence[float], second: Sequence[float]) -> float:
    """The intersection over the union of two boxes x0, y0, x1, y1 (notes 4.3.7), 0 to 1; of empty
    ones 0.
    """
    across = min(first[2], second[2]) - max(first[0], second[0])
    down = min(first[3], second[3]) - max(first[1], second[1])
    both = max(0.0, across) * max(0.0, down)
    union = _area(first) + _area(second) - both
    return both / union if union > 0 else 0.0


def overlap(example: Example, answer: Answer) -> float | None:
    """The IoU of the true box and the answered one, 0 where none is answered; None where there is
    no true one.
    """
    if not example.target:
        return None
    return 0.0 if answer.box is None else iou(example.target[0].corners, answer.box)


def _area(box: Sequence[float]) -> float:
    return max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1])


def _presence_wrong(example: Example, answer: Answer) -> float:
    return float((answer.box is None) == bool(example.target))


def _class_wrong(example: Example, answer: Answer) -> float | None:
    if not example.target:
        return None
    return float(answer.label != example.target[0].label)


def _mean(values: Sequence[float | None]) -> float:
    return _weighted(values, [1.0] * len(values))


def _weighted(values: Sequence[float | None], weights: Sequence[float]) -> float:
    """The mean of what is a number; NaN where nothing is."""
    known = [(w, v) for v, w in zip(values, weights, strict=True) if v is not None]
    total = math.fsum(weight for weight, _ in known)
    return math.fsum(weight * value for weight, value in known) / total if total else math.nan


def _metric(name: str, per_example: Callable[[Example, Answer], float | None], unit: str) -> Metric:
    return Metric(
        name=name,
        better="lower" if unit else "higher",
        per_example=per_example,
        value=_mean,
        unit=unit,
        weighted=_weighted,
        is_proportion=unit == "fraction",
    )


MEAN_IOU = _metric("iou", overlap, "")
"""Of the images with a box: the mean IoU of the true box and the answered one; a missed box counts
0.
"""

PRESENCE_ERROR = _metric("presence_error", _presence_wrong, "fraction")
"""The fraction of the images on which a box is missed, or answered where there is none."""

CLASS_ERROR = _metric("class_error", _class_wrong, "fraction")
"""Of the images with a box: the fraction whose class is not answered; a missed box has none."""
