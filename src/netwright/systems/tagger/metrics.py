"""Figures of names: F1 of whole names, strictly and by conlleval's reading (notes 5.1.2)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import TypeAlias

from netwright.contract import Example, Metric
from netwright.systems.tagger.names import Names

Counts: TypeAlias = tuple[int, int, int]
"""Of an example the names that are found, missed, and answered though there are none."""


def counts(example: Example, answer: Names, *, strict: bool = True, label: str = "") -> Counts:
    """A name is found where an answered one has its characters and its label.

    Args:
        strict: names whose tags break the scheme are left out of the answer.
        label: of the names that count; empty: all.
    """
    given = set(answer.names) - set(answer.broken) if strict else set(answer.names)
    true = {name.key for name in example.target if label in ("", name.label)}
    answered = {name.key for name in given if label in ("", name.label)}
    found = len(true & answered)
    return found, len(true) - found, len(answered) - found


def precision(found: float, missed: float, false: float) -> float:
    """Of the answered names the fraction that is right; 0 where none is answered."""
    return found / (found + false) if found + false else 0.0


def recall(found: float, missed: float, false: float) -> float:
    """Of the true names the fraction that is found; 0 where there is none."""
    return found / (found + missed) if found + missed else 0.0


def f1(found: float, missed: float, false: float) -> float:
    """2 / (1/P + 1/R) = 2 found / (2 found + missed + false); 0 where all three are 0."""
    total = 2 * found + missed + false
    return 2 * found / total if total else 0.0


def _added_up(times: Iterable[tuple[Counts, float]]) -> tuple[float, float, float]:
    """Counts, each so many times."""
    found, missed, false = 0.0, 0.0, 0.0
    for counted, weight in times:
        found += weight * counted[0]
        missed += weight * counted[1]
        false += weight * counted[2]
    return found, missed, false


def _metric(
    name: str,
    figure: Callable[[float, float, float], float],
    *,
    strict: bool = True,
    title: str = "",
    of: str = "",
    counting: Callable[[Counts], int] | None = None,
) -> Metric:
    """A figure of names.

    Args:
        counting: how many names of an example the figure is of: one with none says nothing of it;
            None: every example counts.
    """

    def one(example: Example, answer: Names) -> Counts | None:
        found = counts(example, answer, strict=strict, label=of)
        return found if counting is None or counting(found) else None

    return Metric(
        name=name,
        better="higher",
        per_example=one,
        # most sentences are alike in their counts: an interval asks a thousand times
        value=lambda values: figure(*_added_up(Counter(values).items())),
        weighted=lambda values, weights: figure(*_added_up(zip(values, weights, strict=True))),
        title=title,
        of=of,
    )


STRICT = _metric("f1", f1, title="F1")
"""Strict: characters and label are right, and the tags are as the scheme has them."""

CONLLEVAL = _metric("conlleval_f1", f1, strict=False, title="F1 by conlleval")
"""The same, names whose tags break the scheme counted too; a net whose answers keep to it has both
alike.
"""

METRICS = (
    STRICT,
    CONLLEVAL,
    _metric("precision", precision),
    _metric("recall", recall),
)


def of_label(label: str) -> tuple[Metric, Metric, Metric]:
    """F1, precision and recall of the names of one label: of the sentences that have such a name or
    are answered with one, that are answered with one, and that have one.
    """

    def answered(of: Counts) -> int:
        return of[0] + of[2]

    def true(of: Counts) -> int:
        return of[0] + of[1]

    return (
        _metric(f"f1.{label}", f1, title="F1", of=label, counting=sum),
        _metric(f"precision.{label}", precision, title="precision", of=label, counting=answered),
        _metric(f"recall.{label}", recall, title="recall", of=label, counting=true),
    )
