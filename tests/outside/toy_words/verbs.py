"""The verbs of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from netwright.base.errors import NetwrightError

if TYPE_CHECKING:
    from netwright.api import Run


@dataclass(frozen=True)
class Telling:
    word: str
    topic: str
    weight: float


def telling_words(run: Run, *, topic: str = "", count: int = 5) -> list[Telling]:
    """Print the words that tell most.

    Those that speak most for a topic come first.

    Args:
        topic: of this topic alone.
        count: how many words, at most.
    """
    labels = run.codec.labels
    if topic and topic not in labels:
        raise NetwrightError(f"no topic '{topic}': known are {', '.join(labels)}.")
    found = [
        Telling(word, label, round(weight, 3))
        for label, row in zip(labels, run.net.weight.tolist(), strict=True)
        for word, weight in zip(run.codec.words, row, strict=True)
        if topic in ("", label)
    ]
    return sorted(found, key=lambda one: -one.weight)[:count]


def repeat_text(run: Run, text: str, times: int) -> Iterator[str]:
    """Say a text again and again, with its topic.

    Args:
        text: what is said.
        times: how often.
    """
    for _ in range(times):
        yield f"{text} ({run.predict([text])[0].label})"


def _helper() -> None:
    """No verb."""
