"""How a text becomes the words of a net."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from netwright.data.text import chinese, pairs
from netwright.data.text.clusters import clusters_of
from netwright.data.text.words import normal, runs_of, words_of

KINDS = {
    "words": "words by Unicode rules, Chinese characters and kana a word each",
    "characters": "characters",
    "pairs": "pieces of words, joined from the pairs that are frequent in train",
    "jieba": "words by Unicode rules, Chinese ones by jieba's dictionary",
}
"""Name -> how a person is told."""

STATED = "in small letters, Unicode normalized to NFC"

LOOKED_AT = 200
"""Texts that are looked at for Chinese characters."""

_BLANKS = re.compile(r"\s+")
_HAN = re.compile(f"[{chinese.HAN}]")


@dataclass(frozen=True)
class Tokenizer:
    """What a text is cut into.

    Args:
        kind: a name of ``KINDS``.
        merges: pairs that are joined, in their order (kind ``pairs``).
    """

    kind: str = "words"
    merges: tuple[pairs.Pair, ...] = ()

    @classmethod
    def learned(cls, texts: Iterable[str], kind: str, *, most: int) -> Tokenizer:
        """Of training texts.

        Args:
            most: pieces that there are at most (kind ``pairs``).
        """
        if kind != "pairs":
            return cls(kind)
        counts = Counter(f" {run}" for text in texts for run in runs_of(text))
        return cls(kind, pairs.learned(counts, most))

    def of(self, text: str) -> list[str]:
        """The words of a text, in order.

        Raises:
            DataError: jieba is wanted, and not installed.
        """
        if self.kind == "characters":
            return clusters_of(_BLANKS.sub(" ", normal(text).strip()))
        if self.kind == "jieba":
            return [word for run in runs_of(text) for word in chinese.cut(run)]
        if self.kind == "pairs":
            return [piece for run in runs_of(text) for piece in self._joined.of(f" {run}")]
        return words_of(text)

    @cached_property
    def _joined(self) -> pairs.Joined:
        return pairs.Joined(self.merges)


BY_WORDS = Tokenizer()
"""The usual one."""


def stated(kind: str, texts: Iterable[str]) -> str:
    """What a person is told of it.

    Args:
        texts: to see whether they are Chinese.
    """
    line = f"a text is read as {KINDS[kind]}; {STATED}"
    if kind == "words" and _are_chinese(texts):
        return f"{line} (--set vocabulary.kind=jieba: Chinese words)"
    return line


def _are_chinese(texts: Iterable[str]) -> bool:
    """Whether a third of the letters are Chinese ones."""
    some = "".join(islice(texts, LOOKED_AT))
    return len(_HAN.findall(some)) * 3 > sum(map(str.isalpha, some))
