"""The words that a net knows, learned from the training split (notes 5.1.2)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

PAD, UNKNOWN = 0, 1
"""The indices of no word, behind a text's end, and of a word that training did not keep."""


@dataclass(frozen=True)
class Vocabulary:
    """The known words, the most frequent first; the first of them has the index 2."""

    words: tuple[str, ...]

    def __len__(self) -> int:
        """How many indices there are, with those of no word and of an unknown one."""
        return len(self.words) + 2

    @classmethod
    def of(cls, texts: Iterable[Sequence[str]], *, min_count: int, most: int) -> Vocabulary:
        """From texts in words.

        Args:
            min_count: texts that a word must occur in.
            most: words that are kept.
        """
        counts = Counter(word for words in texts for word in set(words))
        kept = [(-count, word) for word, count in counts.items() if count >= min_count]
        return cls(tuple(word for _, word in sorted(kept)[:most]))

    def indices(self, words: Sequence[str]) -> list[int]:
        """The index of each word."""
        return [self._index.get(word, UNKNOWN) for word in words]

    @cached_property
    def _index(self) -> dict[str, int]:
        return {word: at for at, word in enumerate(self.words, start=2)}
