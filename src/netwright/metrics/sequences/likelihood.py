"""What sequences cost: -log p, by what they are counted in (notes 5.1.8)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, TypeVar, get_type_hints

from netwright.contract import Answer, Example, Metric

Parts = tuple[float, float]
"""Nats, and how many things they are of."""

AnswerT = TypeVar("AnswerT", bound=Any)


def rate(values: Sequence[Parts], weights: Sequence[float] | None = None) -> float:
    """All nats over all of what they are counted by."""
    each = weights or [1.0] * len(values)
    nats = math.fsum(weight * value[0] for value, weight in zip(values, each, strict=True))
    return nats / math.fsum(weight * value[1] for value, weight in zip(values, each, strict=True))


def in_bits(nats: float) -> str:
    """A cost as a person reads it, in the unit of the figures: ``12.3 bits``."""
    return f"{nats / math.log(2):,.1f} bits"


def bits(name: str, parts: Callable[[Answer], Parts]) -> Metric:
    """-log2 p a thing."""
    return Metric(
        name,
        "lower",
        _of_known(parts),
        lambda values: rate(values) / math.log(2),
        unit="bits",
        weighted=lambda values, weights: rate(values, weights) / math.log(2),
    )


def perplexity(parts: Callable[[Answer], Parts]) -> Metric:
    """exp of the mean cost of a token."""
    return Metric(
        "perplexity",
        "lower",
        _of_known(parts),
        lambda values: math.exp(min(700.0, rate(values))),
        unit="",
        weighted=lambda values, weights: math.exp(min(700.0, rate(values, weights))),
    )


def _of_known(
    parts: Callable[[Answer], Parts],
) -> Callable[[Example, Answer], Parts | None]:
    return lambda example, answer: None if example.target is None else parts(answer)


def gather(answers: Sequence[AnswerT], owner: Any, place: Any) -> list[AnswerT]:
    """The sums over the windows of each example, of every field of a dataclass of numbers."""
    import numpy as np

    kind = type(answers[0])
    columns = [
        map(number, np.bincount(owner, [getattr(answer, name) for answer in answers]).tolist())
        for name, number in get_type_hints(kind).items()
    ]
    return [kind(*row) for row in zip(*columns, strict=True)]
