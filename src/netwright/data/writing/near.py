"""Texts that are nearly equal: another edition, a copy with a new preface."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, pairwise
from typing import TYPE_CHECKING

from netwright.data.text.words import words_of
from netwright.data.writing.passages import Passage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LENGTH = 5
"""Words one after the other that make up a phrase."""

ALIKE = 0.5
"""Of the phrases of the text that has fewer, from which on two texts are nearly equal."""

FEWEST = 20
"""Phrases that a text must have: shorter ones are alike by chance."""

COMMON = 30
"""Texts with a phrase, from which on each is compared by it with the next one alone."""

MOST_CHARACTERS = 1 << 26
"""Of all texts together, up to which they are looked at: some ten seconds."""


def are_passages(values: object) -> bool:
    """Whether it is a list that begins with a passage, or a tuple that does: of anything else no
    value is looked at, which may be a picture to open.
    """
    return isinstance(values, list | tuple) and bool(values) and isinstance(values[0], Passage)


def near_pairs(texts: Sequence[str]) -> list[tuple[int, int]]:
    """(i, j), i < j, of texts that have half of their phrases in common, or more (Broder 1997, "On
    the resemblance and containment of documents"); none where they are too long to look.
    """
    import numpy as np

    if sum(map(len, texts)) > MOST_CHARACTERS:
        return []
    numbers: dict[str, int] = {}
    phrases = [_phrases(text, numbers) for text in texts]
    long = [at for at, own in enumerate(phrases) if len(own) >= FEWEST]
    if len(long) < 2:
        return []
    every = np.concatenate([phrases[at] for at in long])
    owners = np.repeat(long, [len(phrases[at]) for at in long])
    order = np.argsort(every, kind="stable")  # of one phrase the texts stay in their order
    every, owners = every[order], owners[order]
    starts = np.flatnonzero(np.diff(every, prepend=~every[:1]))
    common: dict[tuple[int, int], int] = {}
    for start, end in pairwise([*starts.tolist(), len(every)]):
        if end - start > 1:
            some = owners[start:end].tolist()
            for pair in combinations(some, 2) if len(some) <= COMMON else pairwise(some):
                common[pair] = common.get(pair, 0) + 1
    return sorted(
        (a, b)
        for (a, b), count in common.items()
        if count >= ALIKE * min(len(phrases[a]), len(phrases[b]))
    )


def _phrases(text: str, numbers: dict[str, int]) -> NDArray[np.uint64]:
    """The phrases of a text, each once, as numbers.

    Args:
        numbers: of each word; new ones are added.
    """
    import numpy as np

    words = [numbers.setdefault(word, len(numbers) + 1) for word in words_of(text)]
    if len(words) < LENGTH:
        return np.empty(0, np.uint64)
    held = np.array(words, np.uint64)
    found = np.zeros(len(words) - LENGTH + 1, np.uint64)
    for at in range(LENGTH):
        # a polynomial modulo 2^64: two phrases of a billion are taken for one now and then
        found = found * np.uint64(0x9E3779B97F4A7C15) + held[at : at + len(found)]
    return np.unique(found)
