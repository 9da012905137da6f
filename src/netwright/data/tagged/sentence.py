"""What a tagger reads and finds: a text with its words, and names in it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise


@dataclass(frozen=True)
class Name:
    """A name in a text.

    Args:
        text: as it stands there.
        label: what it names: ``PER``.
        start, end: the characters of the text that it is, from 0, the end not among them.
    """

    text: str
    label: str
    start: int
    end: int

    @property
    def key(self) -> tuple[int, int, str]:
        """By which a true name and an answered one are the same."""
        return self.start, self.end, self.label

    def __str__(self) -> str:
        """``New York LOC``."""
        return f"{self.text} {self.label}"


@dataclass(frozen=True)
class FoundName(Name):
    """A name that is answered.

    Args:
        p: how probable it is to who answers; 1 where that is not known.
    """

    p: float = 1.0

    @classmethod
    def of(cls, name: Name, p: float = 1.0) -> FoundName:
        """A name with its probability."""
        return cls(name.text, name.label, name.start, name.end, p)

    def __str__(self) -> str:
        """``New York LOC 98%``."""
        return f"{super().__str__()} {self.p:.0%}"


@dataclass(frozen=True)
class WordSpan:
    """Words that are a name: from ``first`` up to ``end``, which is not among them."""

    first: int
    end: int
    label: str


@dataclass(frozen=True)
class Sentence:
    """A text, or a part of one, with its words.

    Args:
        text: the whole text.
        starts, ends: of each word, in characters of the text.
    """

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    @classmethod
    def of_words(cls, words: Sequence[str]) -> Sentence:
        """Words with a blank between two of them."""
        starts, ends, at = [], [], 0
        for word in words:
            starts.append(at)
            ends.append(at + len(word))
            at += len(word) + 1
        return cls(" ".join(words), tuple(starts), tuple(ends))

    @classmethod
    def of_text(cls, text: str) -> Sentence:
        """A raw text, in words by ``data.text.words.places_of``."""
        from netwright.data.text.words import places_of

        places = places_of(text)
        return cls(text, tuple(start for start, _ in places), tuple(end for _, end in places))

    def __len__(self) -> int:
        """How many words it has."""
        return len(self.starts)

    @cached_property
    def words(self) -> tuple[str, ...]:
        """As they stand in the text."""
        return tuple(self.text[a:b] for a, b in zip(self.starts, self.ends, strict=True))

    def part(self, first: int, end: int) -> Sentence:
        """The words from ``first`` up to ``end``; their places are still those in the text."""
        return Sentence(self.text, self.starts[first:end], self.ends[first:end])

    def name(self, span: WordSpan) -> Name:
        """The name that words are."""
        start, end = self.starts[span.first], self.ends[span.end - 1]
        return Name(self.text[start:end], span.label, start, end)

    def span(self, name: Name) -> WordSpan | None:
        """The words in which a name lies, if only in a part of one; None: it lies in no word."""
        first, end = bisect_right(self.ends, name.start), bisect_left(self.starts, name.end)
        return WordSpan(first, end, name.label) if first < end else None

    def fits(self, name: Name) -> bool:
        """Whether a name begins and ends where words do."""
        span = self.span(name)
        return span is not None and self.name(span).key == name.key


def overlapping(names: Iterable[Name]) -> tuple[Name, Name] | None:
    """Two names that have a character in common; None: there are none."""
    ordered = sorted(names, key=lambda name: name.key)
    return next(((a, b) for a, b in pairwise(ordered) if b.start < a.end), None)
