"""What this system takes: images, or rows of a table, with several tags each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from netwright.contract import Claim, Example, Examples, Shown, Takes
from netwright.data.images import show as images
from netwright.data.several_targets.columns import known_of
from netwright.data.several_targets.shared import claimed
from netwright.data.text.prose import prose_left_out, without_prose


def accepts(examples: Examples) -> Claim | None:
    """Images or rows with several targets, each yes or no."""
    return claimed(examples, are_tags=True)


def by_rarest(targets: Sequence[dict[str, bool | None] | None]) -> list[str]:
    """The rarest of the tags that each has, so that every split gets its part of it; empty where it
    has none.
    """
    having = [[tag for tag, yes in (target or {}).items() if yes] for target in targets]
    counts = Counter(tag for tags in having for tag in tags)
    return [min(tags, key=lambda tag: (counts[tag], tag), default="") for tags in having]


def show(example: Example, answer: Any = None) -> Shown | None:
    """The image, with the tags that it has and those that were answered; None of a row."""
    found = images.show(example)
    if found is None:
        return None
    lines = [] if example.target is None else [f"has {in_words(example.target)}"]
    if answer is not None:
        lines.append(f"answered {in_words(answer.tags)}")
    return replace(found, text="; ".join(lines))


def in_words(found: dict[str, bool | None] | Sequence[str]) -> str:
    """The tags that a target has and those that are unknown, or those that were answered."""
    target = found if isinstance(found, dict) else dict.fromkeys(found, True)
    unknown = [tag for tag, yes in target.items() if yes is None]
    having = ", ".join(tag for tag, yes in target.items() if yes) or "none"
    return f"{having} (unknown: {', '.join(unknown)})" if unknown else having


TAKES = Takes(
    accepts,
    show=show,
    stratify=by_rarest,
    in_words=in_words,
    parts=known_of,
    arrange=without_prose,
    left_of_each=prose_left_out,
)
