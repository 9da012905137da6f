"""A measured figure with its interval: what a metric gives on a set of answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class Measure:
    """One metric on one split.

    Args:
        value: the figure.
        n: examples that it was measured on.
        low, high: the ends of its 95% interval; None when unknown.
        unit: ``fraction`` (0 to 1), or the figure's own unit, which may be empty.
        better: whether more or less of it is better.
        title: the metric's name as people read it; empty: made from its key.
        of: the part of the answer that it is of: a tag, a target; empty: of the whole.
        is_proportion: it is a plain count of examples over n, so that Newcombe's interval fits.
    """

    value: float
    n: int
    low: float | None = None
    high: float | None = None
    unit: str = ""
    better: Literal["higher", "lower"] = "lower"
    is_proportion: bool = False
    title: str = ""
    of: str = ""

    def as_json(self) -> dict[str, Any]:
        """Plain values that JSON can hold; without title and part where there is none."""
        plain = asdict(self)
        return {k: v for k, v in plain.items() if v or k not in ("title", "of")}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Measure:
        """A measure from what ``as_json`` gave; keys that it does not know are left out."""
        return cls(**{name: values[name] for name in cls.__dataclass_fields__ if name in values})
