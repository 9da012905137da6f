"""Words into numbers (词汇表, 独热编码, notes 5.1.2): a vocabulary, and one-hot columns.

    vocabulary   the words that count, each with its place: <unk> 0, a 1, ...
    one-hot      o_i: 1 at place i, 0 elsewhere; x<t> = o_i for the word at time t

A word that is not in the vocabulary becomes <unk> (未知词). One-hot columns are all equally far
apart: apple is no nearer to orange than to king. What is alike has to be learned, in W, or in an
embedding (notes 5.2).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from netwright.principles import require

Array = np.ndarray[Any, Any]

UNKNOWN = "<unk>"


@dataclass(frozen=True)
class Vocabulary:
    """words[i] is the word at place i; place is the way back."""

    words: tuple[str, ...]
    place: dict[str, int]


def build(
    words: Iterable[str], most: int | None = None, special: Sequence[str] = (UNKNOWN,)
) -> Vocabulary:
    """The special words first, then the most frequent ones (equals in alphabetical order).

    Args:
        words: all words of the training text in turn, repeated as they are; letters are words too.
        most: the size at most, special words included; above their number. None: no limit.
        special: <unk> for the rest, <eos> for an end; without <unk> a word outside is an error.

    Raises:
        ValueError: most leaves no room for a word, or a special word is there twice.
    """
    if len(set(special)) < len(special):
        raise ValueError(f"special holds {', '.join(special)}: expected each word once.")
    if most is not None:
        require.between("most", most, len(special) + 1, np.inf)
    counts = Counter(word for word in words if word not in special)
    ordered = sorted(counts, key=lambda word: (-counts[word], word))
    kept = (*special, *ordered)[:most]
    return Vocabulary(words=kept, place={word: i for i, word in enumerate(kept)})


def indices(words: Sequence[str], vocabulary: Vocabulary) -> Array:
    """The place of each word (T,); that of <unk> for a word outside.

    Raises:
        ValueError: a word is outside, and the vocabulary has no <unk>.
    """
    unknown = vocabulary.place.get(UNKNOWN)
    outside = [word for word in words if word not in vocabulary.place]
    if outside and unknown is None:
        raise ValueError(
            f"{outside[0]!r} is not among the {len(vocabulary.words)} words, and {UNKNOWN} is not"
            " either."
        )
    return np.array([vocabulary.place.get(word, unknown) for word in words], dtype=int)


def words_at(places: Iterable[int], vocabulary: Vocabulary) -> list[str]:
    """The words at these places.

    Raises:
        ValueError: a place is not from 0 to the size - 1.
    """
    places = np.asarray(list(places), dtype=int)
    require.between("places", places, 0, len(vocabulary.words) - 1)
    return [vocabulary.words[i] for i in places]


def one_hot(places: Array, vocabulary: Vocabulary) -> Array:
    """o_i for each place: (T,) -> (T, n_x, 1), a sequence of one example; (T, m) -> (T, n_x, m).

    Raises:
        ValueError: a place is not a whole number from 0 to n_x - 1, or places has neither one axis
            nor two.
    """
    n_x = len(vocabulary.words)
    if np.ndim(places) == 1:
        places = places[:, None]  # (T, 1)
    require.shape("places", places, (None, None), "X = one_hot(places)")
    require.between("places", places, 0, n_x - 1)
    if (places != np.floor(places)).any():
        raise ValueError(
            f"places holds {places[places != np.floor(places)][0]:g}: expected whole numbers."
        )
    X: Array = (np.arange(n_x)[None, :, None] == places[:, None, :]).astype(float)  # (T, n_x, m)
    return X
