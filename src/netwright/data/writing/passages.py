"""Documents and the passages that they are cut into: what a writer learns from and is measured on.

A passage is a few thousand characters long and ends where a paragraph, a line or a word does, so
that a book is many examples, and how sure a figure is can be told from how they differ.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from dataclasses import dataclass

LONGEST, FEWEST = 4_000, 400
"""Characters of a passage, about: at most, and of a short document."""

WANTED = 50
"""Passages that a document is cut into, where it is long enough."""

LEAST_IN_ORDER = 10
"""Passages of a lone document from which on dev and test are cut in its order."""

LINE, WORDS = 80, 5
"""A list's lines have at most so many characters, and half of them at most so many words."""

FEW = 20
"""Lines of a list, at least."""

CLOSING = tuple(".,;:!?\"'”’—-…。，、；：！？」』")
"""What lines of prose and verse end with, and those of a list seldom."""


@dataclass(frozen=True)
class Passage:
    """A part of a document, or all of it.

    Args:
        text: its characters, as they are.
        begins, ends: whether the document begins and ends with it.
    """

    text: str
    begins: bool = True
    ends: bool = True

    def __len__(self) -> int:
        return len(self.text)


def passages_of(document: str, wanted: int = WANTED) -> list[Passage]:
    """The passages of a document, which joined give it again.

    Args:
        wanted: how many, where it is long enough.
    """
    size = min(LONGEST, max(FEWEST, len(document) // wanted))
    texts = list(_cut(document, size))
    last = len(texts) - 1
    return [Passage(text, at == 0, at == last) for at, text in enumerate(texts)]


def _cut(document: str, size: int) -> Iterator[str]:
    """Parts of ``size`` characters, or up to a quarter fewer, so that each ends well."""
    at = 0
    while len(document) - at > size + size // 4:
        end = at + size
        for separator in ("\n\n", "\n", " "):
            found = document.rfind(separator, at + size - size // 4, at + size)
            if found >= 0:
                end = found + len(separator)
                break
        yield document[at:end]
        at = end
    yield document[at:]


def is_list(document: str) -> bool:
    """Whether each line is a document of its own: a list of names, titles, species. Its lines are
    short and hardly one is closed as a sentence or a verse is.
    """
    lines = document.strip("\n").split("\n")
    if len(lines) < FEW or not all(0 < len(line.strip()) <= LINE for line in lines):
        return False
    closed = sum(line.rstrip().endswith(CLOSING) for line in lines)
    words = statistics.median(len(line.split()) for line in lines)
    return words <= WORDS and closed <= len(lines) / 10


def wanted_of(documents: int) -> int:
    """In how many passages each of so many documents is cut: fewer and longer ones where there are
    many.
    """
    return max(1, WANTED // max(1, documents))
