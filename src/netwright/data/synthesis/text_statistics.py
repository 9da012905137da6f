"""How a text is written, whatever it says: length, case, marks, words that are unknown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from netwright.data.text.words import words_of

Floats = np.ndarray[Any, np.dtype[np.float64]]

KNOWN_FROM = 2
"""Other texts that a word occurs in where it is known."""

LEAST_LETTERS = 4
"""Of a word that may have a slip: of shorter ones nearly all are one letter away from another."""


def of_texts(texts: Sequence[str], others: Sequence[str]) -> dict[str, Floats]:
    """Name -> (N,) of each text.

    Args:
        others: texts of the training source, none of these: what they hold is known.
    """
    usual = _usual(tuple(others))
    rows = [_measured(text, usual) for text in texts]
    names = _measured("", usual)
    return {name: np.array([row[name] for row in rows], float) for name in names}


class _Usual:
    """The words of some texts, and what each becomes when it loses a letter."""

    def __init__(self, texts: Sequence[str]) -> None:
        counts = Counter(word for text in texts for word in set(words_of(text)))
        self.words = {word for word, count in counts.items() if count >= KNOWN_FROM}
        self.short = {
            less for word in self.words if len(word) >= LEAST_LETTERS for less in _shorter(word)
        }

    def nearly(self, word: str) -> bool:
        """Whether an unknown word is one slip away from a known one."""
        if len(word) < LEAST_LETTERS or word in self.words:
            return False
        return word in self.short or any(
            less in self.words or less in self.short for less in _shorter(word)
        )


@lru_cache(maxsize=2)
def _usual(texts: tuple[str, ...]) -> _Usual:
    """A fit asks for the same ones again and again."""
    return _Usual(texts)


def _shorter(word: str) -> Iterator[str]:
    return (word[:at] + word[at + 1 :] for at in range(len(word)))


def _measured(text: str, usual: _Usual) -> dict[str, float]:
    words = words_of(text)
    written = [word for word in words if word[0].isalpha()]
    letters = [sign for sign in text if sign.isalpha()]
    capitals = sum(map(str.isupper, letters))
    long = [word for word in written if len(word) >= LEAST_LETTERS]

    def fraction(count: int, of: int) -> float:
        return count / of if of else float("nan")

    cased = [sign for sign in letters if sign.lower() != sign.upper()]
    return {
        "words": float(np.log1p(len(written))),
        "letters a word": fraction(sum(map(len, written)), len(written)),
        "unknown words": fraction(sum(w not in usual.words for w in written), len(written)),
        "words one slip from a known one": fraction(sum(map(usual.nearly, long)), len(long)),
        "capital letters": fraction(capitals, len(letters)),
        "all capitals": float(len(cased) > 1 and capitals == len(cased)),
        "no capitals": float(bool(cased) and not capitals),
        "punctuation": fraction(sum(_is_punctuation(sign) for sign in text), len(text)),
        "digits": fraction(sum(map(str.isdigit, text)), len(text)),
        "other alphabets and signs": fraction(sum(not sign.isascii() for sign in text), len(text)),
    }


def _is_punctuation(sign: str) -> bool:
    return not sign.isalnum() and not sign.isspace()
