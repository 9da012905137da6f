"""What this system takes: passages of texts, each its own target."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from netwright.base.errors import DataError
from netwright.base.figures import shorten
from netwright.contract import Claim, Example, Examples, Shown, Takes
from netwright.data.splits import GAP
from netwright.data.writing.passages import LEAST_IN_ORDER, Passage
from netwright.metrics.sequences import likelihood

SHOWN = 400
"""Characters of a passage that are shown."""


def accepts(examples: Examples) -> Claim | None:
    """Passages of texts."""
    first = next(iter(examples.inputs), None)
    return Claim("the inputs are texts without labels", 3) if isinstance(first, Passage) else None


def in_order(examples: Examples, dev: float, test: float) -> Examples:
    """Of a lone document the first passages train, the last are test, those before them dev, and
    one before each is of none, so that no split begins where another ends.

    Args:
        dev, test: the fractions of its passages; 0: none.

    Raises:
        DataError: they leave nothing to learn from.
    """
    count = len(examples)
    if examples.splits is not None or not _is_lone(examples) or count < LEAST_IN_ORDER:
        return examples
    held: list[str | None] = []
    for split, fraction in (("dev", dev), ("test", test)):
        if fraction:
            held += [GAP, *[split] * max(1, round(fraction * count))]
    if len(held) >= count:
        raise DataError(
            f"split.dev and split.test leave none of {count} passages to learn from: expected"
            " smaller fractions."
        )
    return replace(examples, splits=[*["train"] * (count - len(held)), *held])


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
    if isinstance(target, str):
        return shorten(" ".join(target.split()), 60)
    return likelihood.in_bits(target)


TAKES = Takes(
    accepts,
    show=show,
    arrange=lambda examples: in_order(examples, 0.1, 0.1),
    in_words=in_words,
)
