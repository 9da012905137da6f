"""How unequally often classes occur, and what to do about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from netwright.base.findings import Finding

UNBALANCED = 10
"""The most frequent class occurs at least this many times as often as the rarest."""


def check(labels: Sequence[str | None]) -> tuple[Finding, ...]:
    """NW205 where one class is much rarer than another.

    Args:
        labels: the class of each example; None where it has none.
    """
    totals = Counter(label for label in labels if label is not None)
    if not totals:
        return ()
    most, least = (
        max(totals, key=lambda name: totals[name]),
        min(totals, key=lambda name: totals[name]),
    )
    if totals[most] < UNBALANCED * totals[least]:
        return ()
    message = (
        f"the classes are unbalanced: '{most}' has {totals[most]:,} examples, '{least}' has"
        f" {totals[least]:,}; always answering '{most}' is right in"
        f" {totals[most] / sum(totals.values()):.1%}."
    )
    return (
        Finding(
            "NW205",
            message,
            {
                "most": most,
                "most_count": totals[most],
                "least": least,
                "least_count": totals[least],
            },
            (
                "judge by F1 or by the error of each class, not by accuracy alone",
                f"collect more of '{least}'",
                (
                    "let the rare count more in training: --set objective.class_weights=balanced,"
                    " or training.sampling=balanced"
                ),
            ),
        ),
    )
