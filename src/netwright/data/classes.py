"""What is odd about classes: some far rarer than others, some of nearly the same name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from netwright.base.findings import Finding

UNBALANCED = 10
"""The most frequent class occurs at least this many times as often as the rarest."""


def check(labels: Sequence[str | None]) -> tuple[Finding, ...]:
    """NW205 and NW221.

    Args:
        labels: the class of each example; None where it has none.
    """
    return (*unbalanced(labels), *like_named(labels))


def unbalanced(labels: Sequence[str | None]) -> tuple[Finding, ...]:
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
                    " or --set training.sampling=balanced"
                ),
            ),
        ),
    )


def like_named(labels: Sequence[str | None]) -> tuple[Finding, ...]:
    """NW221 where the names of classes differ only in case, blanks, dashes or underscores.

    Args:
        labels: the class of each example; None where it has none.
    """
    counts = Counter(label for label in labels if label is not None)
    alike: dict[str, list[str]] = {}
    for name in sorted(counts):
        alike.setdefault(_bare(name), []).append(name)
    groups = [names for names in alike.values() if len(names) > 1]
    if not groups:
        return ()
    listed = "; ".join(
        ", ".join(f"'{name}' ({counts[name]:,})" for name in names[:4]) for names in groups[:3]
    )
    message = (
        "classes of like names are learned as different ones:"
        f" {listed}{'; ...' if len(groups) > 3 else ''}."
    )
    return (
        Finding(
            "NW221",
            message,
            {"groups": groups[:100]},
            ("write them alike in the source, where they are one class",),
        ),
    )


def _bare(name: str) -> str:
    return re.sub(r"[\s_-]+", " ", name.casefold()).strip()
