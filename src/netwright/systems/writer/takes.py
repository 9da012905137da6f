"""What this system takes: passages of texts, each its own target."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from netwright.base.figures import shorten
from netwright.contract import Claim, Example, Examples, Shown, Takes
from netwright.data.splits import GAP
from netwright.data.writing.passages import Passage

SHOWN = 400
"""Characters of a passage that are shown."""

LEAST = 10
"""Passages of a lone document of which some are held out."""


def accepts(examples: Examples) -> Claim | None:
    """Passages of texts."""
    first = next(iter(examples.inputs), None)
    return Claim("the inputs are texts without labels", 3) if isinstance(first, Passage) else None


def in_order(examples: Examples, dev: float, test: float) -> Examples:
    """Of a lone document the first passages train, the last are test, those before them dev, and
    one before each is of none, so that no split begins where another ends.
    """
    count = len(examples)
    if examples.splits is not None or not _is_lone(examples) or count < LEAST:
        return examples
    of_test = max(1, round(test * count)) if test else 0
    of_dev = max(1, round(dev * count)) if dev else 0
    names: list[str | None] = ["train"] * count
    for split, size, end in (("test", of_test, count), ("dev", of_dev, count - of_test)):
        names[end - size : end] = [split] * size
    for at in range(count - 1):
        if names[at] != names[at + 1]:
            names[at] = GAP
    return replace(examples, splits=names)


def _is_lone(examples: Examples) -> bool:
    """Whether all passages are of one document, in its order."""
    first, *others = examples.inputs
    return examples.groups is None and first.begins and not any(one.begins for one in others)


def show(example: Example, answer: Any = None) -> Shown | None:
    """The beginning of a passage."""
    text = example.input.text if isinstance(example.input, Passage) else example.target
    return Shown(text=shorten(text, SHOWN)) if text else None


def in_words(target: Any) -> str | None:
    """The beginning of a text; what a text costs."""
    return (
        shorten(" ".join(target.split()), 60) if isinstance(target, str) else f"{target:.1f} nats"
    )


TAKES = Takes(
    accepts,
    show=show,
    arrange=lambda examples: in_order(examples, 0.1, 0.1),
    in_words=in_words,
)
