"""Classes that may be one, written in two ways."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from netwright.base.findings import Finding


def check(labels: Sequence[str | None]) -> tuple[Finding, ...]:
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
