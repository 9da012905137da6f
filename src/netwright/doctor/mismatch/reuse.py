"""A warning where few things are used again and again (notes 3.2.9): a net learns 20 noises by
heart as it would 20 examples, and a person hears nothing amiss.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from netwright.base.figures import counted
from netwright.base.findings import Finding

FEW = 100
"""Base items below which reuse is named."""

OFTEN = 20
"""Examples that one of them is in, on average, from which on it is often."""

CODE = "NW120"


def of_items(items: Mapping[str, int], uses: int) -> Iterator[Finding]:
    """Of what steps lay over examples.

    Args:
        items: what they are called (noises) -> how many different ones there are.
        uses: examples that they are laid over.
    """
    for name, count in items.items():
        if 0 < count < FEW and uses >= OFTEN * count:
            yield Finding(
                CODE,
                f"few base items: {count:,} {name} are laid over {uses:,} training"
                f" examples, each {uses / count:,.0f} times: the net can learn them by heart.",
                {"item": name, "items": count, "examples": uses, "uses": uses / count},
                (
                    f"use more: as many different {name} as there are examples is best",
                    "hold some of them back for train-dev, to see what new ones cost",
                ),
            )


def of_groups(groups: Sequence[str] | None, source: str) -> Iterator[Finding]:
    """Of examples that were made from few things: each group is what was made of one."""
    if groups is None:
        return
    sizes = Counter(groups)
    if not 1 < len(sizes) < FEW or len(groups) < OFTEN * len(sizes):
        return
    each = len(groups) / len(sizes)
    yield Finding(
        CODE,
        f"few base items: the {len(groups):,} training examples of {source} are of"
        f" {counted(len(sizes), 'group')}, about {each:,.0f} each: if a group is what was made of"
        " one thing (a noise, a background, a model of a car), the net can learn these by heart.",
        {"item": "group", "items": len(sizes), "examples": len(groups), "uses": each},
        (
            "make examples from more different things rather than more from each",
            "split by group, --set split.by=group, so that train-dev shows what a new one costs",
        ),
    )
