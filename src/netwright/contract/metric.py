"""A metric: a figure that examples add up to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from netwright.contract.answers import Answer, AnswerColumns
from netwright.contract.examples import Example, Examples


@dataclass(frozen=True)
class Metric:
    """A figure that examples add up to: accuracy, F1, AP, BLEU, word error rate.

    It need not be a mean.

    Args:
        name: as printed and as a key: ``error``.
        better: which way is better.
        per_example: (example, answer) -> what this one adds, in plain Python; a float for a mean;
            None where it does not count (a tag that is unknown): ``n`` is of those that do.
            The example comes without its input: answers are held against targets.
        value: the values of all examples -> the figure.
        unit: ``fraction`` is printed as a percentage; else the unit's name (may be empty).
        is_proportion: True when ``value`` is the mean of zeros and ones, so that a binomial
            interval holds.
        vectorized: the values of many examples at once, from the answers' columns: the same as one
            by one, only sooner; None: one by one.
        weighted: (values, weights > 0) -> the figure in which an example of weight 3 counts as
            three alike (notes 3.1.7); None: data with weights are refused.
        interval: values -> the ends of the 95% interval (None where it is unknown), where neither
            the binomial's nor the percentile bootstrap's fits; None: one of these, and where all
            resamples are alike that of a rate of as many examples (of another unit than a fraction
            none is known then). Weighted or grouped examples are drawn anew as ever.
        title: the name as people read it; empty: made from ``name``, so that a figure has one name
            everywhere.
        of: the part of the answer that it is of: a tag, a target; empty: of the whole. Reports list
            such figures in a table, a row a part, a column a ``title``.
    """

    name: str
    better: Literal["higher", "lower"]
    per_example: Callable[[Example, Answer], Any]
    value: Callable[[Sequence[Any]], float]
    unit: str = "fraction"
    is_proportion: bool = False
    vectorized: Callable[[Examples, AnswerColumns], list[Any]] | None = None
    weighted: Callable[[Sequence[Any], Sequence[float]], float] | None = None
    interval: Callable[[Sequence[Any]], tuple[float, float] | None] | None = None
    title: str = ""
    of: str = ""
