"""A metric by the name that a person types: ``error``, ``accuracy``, ``recall[cat]``."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import fields
from operator import attrgetter
from typing import Any

from netwright.base.errors import RecipeError, nearest
from netwright.contract import Answer, AnySystem, Codec, Example, Metric
from netwright.metrics.intervals import wilson_of_mean
from netwright.metrics.labels import mean, weighted_mean

Pair = tuple[bool, bool]
"""Whether an example is of the class, and whether it is answered so."""

OF_CLASS = ("recall", "precision", "f1")


def find(
    system: AnySystem,
    codec: Codec,
    name: str,
    classes: Collection[str] = (),
    others: Collection[str] = (),
) -> Metric:
    """The metric called so: one of the system's; ``accuracy`` where ``error`` is a rate; of one tag
    or target ``f1[sunny]``; of one class ``recall[cat]``, ``precision[cat]``, ``f1[cat]``.

    Args:
        classes: those of the examples that are measured.
        others: names of what is measured beside metrics, for the sentence.

    Raises:
        RecipeError: there is none.
    """
    metrics = system.all_metrics(codec)
    known = {metric.name: metric for metric in metrics}
    if "error" in known and known["error"].is_proportion:
        known.setdefault("accuracy", _accuracy(known["error"]))
    if name in known:
        return known[name]
    match = re.fullmatch(r"(\w+)\[(.+)\]", name)
    figure, part = match.groups() if match else ("", "")
    if found := known.get(f"{figure}.{part}"):
        return found
    if part in classes and figure in OF_CLASS:
        return _of_class(system, figure, part)
    parts = sorted({one.of for one in metrics if one.of and one.name == f"{figure}.{one.of}"})
    if parts:
        raise RecipeError(f"there is no '{part}' among its parts{nearest(part, parts)}")
    if part and classes and figure in OF_CLASS:
        raise RecipeError(f"there is no class '{part}'{nearest(part, classes)}")
    of_part = [f"{one.name.removesuffix(f'.{one.of}')}[{one.of}]" for one in metrics if one.of]
    of_class = [f"{one}[{label}]" for label in sorted(classes) for one in OF_CLASS]
    whole = [name for name, metric in known.items() if not metric.of]
    measured = [*whole, *others, *of_part, *of_class]
    raise RecipeError(f"nothing called '{name}' is measured{nearest(name, measured)}")


def _accuracy(error: Metric) -> Metric:
    def right(example: Example, answer: Answer) -> float | None:
        wrong = error.per_example(example, answer)
        return None if wrong is None else 1.0 - float(wrong)

    return Metric("accuracy", "higher", right, mean, is_proportion=True, weighted=weighted_mean)


def brier(system: AnySystem) -> Metric:
    """How far the stated probabilities lie from the truth: the mean of sum_k (p_k - [k is the
    class])^2, 0 where all is known, at most 2. It tells two nets apart by far fewer examples than
    their errors do; examples of no class, or without probabilities, do not count.

    Source: Brier 1950.
    """

    def distance(example: Example, answer: Answer) -> float | None:
        truth, stated = system.label(example.target), system.probabilities(answer)
        if truth is None or not stated:
            return None
        return sum((p - (label == truth)) ** 2 for label, p in stated.items())

    return Metric("brier", "lower", distance, mean, unit="", weighted=weighted_mean)


def _of_class(system: AnySystem, figure: str, label: str) -> Metric:
    first = attrgetter(fields(system.answer)[0].name)

    def pair(example: Example, answer: Answer) -> Pair | None:
        truth = system.label(example.target)
        return None if truth is None else (truth == label, system.label(first(answer)) == label)

    def hit(example: Example, answer: Answer) -> float | None:
        found = pair(example, answer)
        return None if found is None or not found[0] else float(found[1])

    if figure == "recall":  # the rate of the examples of one class
        return Metric(
            f"recall[{label}]", "higher", hit, mean, is_proportion=True, weighted=weighted_mean
        )
    part = PARTS[figure]

    def ratio(values: Sequence[Pair], weights: Sequence[float]) -> float:
        return _over(values, weights, part)

    def plain(values: Sequence[Pair]) -> float:
        return ratio(values, [1.0] * len(values))

    def interval(values: Sequence[Pair]) -> tuple[float, float]:
        """As a rate of those that count for it: the others say nothing of the class."""
        count = sum(part(*pair) for pair in values)
        return wilson_of_mean(plain(values), max(1.0, count))

    return Metric(f"{figure}[{label}]", "higher", pair, plain, weighted=ratio, interval=interval)


PARTS: Mapping[str, Callable[[bool, bool], float]] = {
    "precision": lambda is_one, answered: float(answered),
    "f1": lambda is_one, answered: (is_one + answered) / 2,
}
"""(is of the class, is answered so) -> how much it counts below the line: 2 P R / (P + R) is the
right ones over the mean of how many there are and how many are answered.
"""


def _over(
    values: Sequence[Any], weights: Sequence[float], part: Callable[[bool, bool], float]
) -> float:
    """The weight of the right answers of the class over that of all that count for it; NaN where
    none does.
    """
    pairs = list(zip(values, weights, strict=True))
    right = sum(weight for (is_one, answered), weight in pairs if is_one and answered)
    whole = sum(part(*pair) * weight for pair, weight in pairs)
    return right / whole if whole else float("nan")
