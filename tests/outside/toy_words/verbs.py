"""The verbs of its own."""

from __future__ import annotations

raise RuntimeError("listed by parsing, not by importing")


def telling_words(run, count: int = 5):  # noqa: ANN
    """Print the words that tell most."""


def _helper() -> None:
    """No verb."""
