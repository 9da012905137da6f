"""Figures of a run that are no metrics, of which less is better."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from netwright.base import figures
from netwright.base.typed_numbers import BYTES


@dataclass(frozen=True)
class Cost:
    """A figure that is measured of every run.

    Args:
        unit: that it is counted in.
        typed: unit in which people type it -> how much that is.
        written: how it is written, with its unit.
    """

    unit: str
    typed: Mapping[str, float]
    written: Callable[[float], str]


def _milliseconds(seconds: float) -> str:
    return f"{1000 * seconds:{',.0f' if seconds >= 0.1 else '.3g'}} ms"


def _bytes(held: float) -> str:
    return figures.size_in_words(int(held))


COSTS: Mapping[str, Cost] = {
    "latency": Cost("s", {"us": 1e-6, "ms": 1e-3, "s": 1.0}, _milliseconds),
    "memory": Cost("bytes", BYTES, _bytes),
    "size": Cost("bytes", BYTES, _bytes),
    "parameters": Cost(
        "", {"": 1.0, "k": 1e3, "K": 1e3, "M": 1e6}, lambda number: figures.count(int(number))
    ),
    "seconds": Cost("s", {"s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}, figures.duration),
}
"""Seconds from a raw example to its answer; bytes of the weights and of what the net takes to
answer one; bytes of the file of weights; how many there are; seconds of the training.
"""
