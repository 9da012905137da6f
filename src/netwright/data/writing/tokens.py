"""The tokens that a writer reads and writes (notes 5.1.8): characters, words, or pieces of words
learned by joining pairs. Put side by side, the tokens of a text are the text again.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise

from netwright.data.text import chinese, pairs
from netwright.data.text.clusters import clusters_of
from netwright.data.text.words import LETTERS

PAD, UNKNOWN, END = 0, 1, 2
"""No token, behind a row's end; a token that training did not keep; the end of a document, which
stands before its first token, too.
"""

FIRST = 3
"""The index of the first token of the vocabulary."""

KINDS = ("characters", "words", "jieba", "pairs")

CODE_POINTS = 0x110000
"""Characters that there are: what a letter that training never saw is one of."""

UNSEEN = ""
"""The key of p of a letter that was never seen."""

_WORD = re.compile(rf" ?{LETTERS}(?:['’]{LETTERS})*| ?\d+| ?[^\w\s]+| ?_+|\s+(?!\S)|\s+")


def characters_each(pieces: Sequence[str]) -> list[int]:
    """How many characters begin in each of these pieces of a text, as a person counts them."""
    text = "".join(pieces)
    if text.isascii():
        return list(map(len, pieces))
    begins = set(accumulate(map(len, clusters_of(text)), initial=0))
    ends = list(accumulate(map(len, pieces), initial=0))
    return [sum(at in begins for at in range(*edges)) for edges in pairwise(ends)]


def words_of(text: str) -> list[str]:
    """Words, numbers, signs and blanks; a blank before a word belongs to it."""
    return _WORD.findall(text)


@dataclass(frozen=True)
class Tokens:
    """The tokens of the training split.

    Args:
        kind: one of ``KINDS``.
        vocabulary: the most frequent first; its first has the index ``FIRST``.
        merges: pairs that are joined, in their order (kind ``pairs``).
        letters: character -> -log p of it in training, by which an unknown token is spelled: so the
            cost of a text is that of all its characters, whatever the vocabulary leaves out.
    """

    kind: str
    vocabulary: tuple[str, ...]
    merges: tuple[tuple[str, str], ...]
    letters: dict[str, float]

    @classmethod
    def of(cls, texts: Sequence[str], kind: str, *, most: int, least: int) -> Tokens:
        """Of training texts.

        Args:
            most: tokens that are kept.
            least: how often one must occur to be kept.
        """
        merges: tuple[tuple[str, str], ...] = ()
        if kind == "pairs":
            merges = pairs.learned(_counted(map(words_of, texts)), most)
        made = cls(kind, (), merges, letters_of(texts))
        counts = _counted(map(made.pieces, texts))
        kept = sorted((-count, token) for token, count in counts.items() if count >= least)
        return cls(kind, tuple(token for _, token in kept[:most]), merges, made.letters)

    def __len__(self) -> int:
        """How many indices there are."""
        return len(self.vocabulary) + FIRST

    def pieces(self, text: str) -> list[str]:
        """The tokens of a text, known or not."""
        if self.kind == "characters":
            return clusters_of(text)
        words = words_of(text)
        if self.kind == "words":
            return words
        if self.kind == "jieba":
            return [piece for word in words for piece in chinese.cut(word)]
        return [piece for word in words for piece in self._joined.of(word)]

    def indices(self, pieces: Sequence[str]) -> list[int]:
        """Of each token."""
        return [self._index.get(piece, UNKNOWN) for piece in pieces]

    def text(self, indices: Iterable[int]) -> str:
        """What the tokens are, side by side; an unknown one is "�", an end is nothing."""
        return "".join(self.piece(at) for at in indices)

    def piece(self, index: int) -> str:
        """One token as text."""
        if index >= FIRST:
            return self.vocabulary[index - FIRST]
        return "�" if index == UNKNOWN else ""

    def spelled_each(self, pieces: Sequence[str]) -> list[float]:
        """What each token costs beside its index: 0 where it is known; -log p of an unknown one by
        its characters, each by how frequent it was, and of whether another one follows.
        """
        unseen = math.log(CODE_POINTS) - math.log(self.letters[UNSEEN])
        return [
            sum(self.letters.get(one, unseen) + math.log(2) for one in piece)
            if at == UNKNOWN
            else 0.0
            for piece, at in zip(pieces, self.indices(pieces), strict=True)
        ]

    @cached_property
    def _index(self) -> dict[str, int]:
        return {token: at for at, token in enumerate(self.vocabulary, start=FIRST)}

    @cached_property
    def _joined(self) -> pairs.Joined:
        return pairs.Joined(self.merges)


def letters_of(texts: Iterable[str]) -> dict[str, float]:
    """Character -> -log p, and under ``UNSEEN`` p of one that was never seen: as often as those
    that occur once (Good 1953).
    """
    counts = Counter[str]()
    for text in texts:
        counts.update(text)
    once, total = sum(count == 1 for count in counts.values()), sum(counts.values())
    unseen = max(1, once) / (total + max(1, once))
    found = {one: -math.log((1 - unseen) * count / total) for one, count in sorted(counts.items())}
    return {**found, UNSEEN: unseen}


def _counted(texts: Iterable[Sequence[str]]) -> Counter[str]:
    counts = Counter[str]()
    for pieces in texts:
        counts.update(pieces)
    return counts
