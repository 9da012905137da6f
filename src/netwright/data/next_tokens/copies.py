"""What of something that was written stands in what was learned from, too."""

from __future__ import annotations


def longest_copy(text: str, training: str) -> str:
    """The longest part of a text that stands in the training texts, too."""
    start, length = 0, 0
    for at in range(len(text)):
        while at + length < len(text) and text[at : at + length + 1] in training:
            length += 1
            start = at
    return text[start : start + length]
