"""Pieces of words, learned by joining the most frequent pair again and again (Sennrich, Haddow and
Birch 2016, "Neural machine translation of rare words with subword units").
"""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import pairwise

Pair = tuple[str, str]

LEAST = 2
"""How often a pair must stand in training to be joined."""


def learned(words: Mapping[str, int], most: int) -> tuple[Pair, ...]:
    """The pairs to join, in their order, until there are ``most`` pieces with the characters; of
    pairs as frequent, the first by its letters.

    Args:
        words: how often each word stands in training.
    """
    pieces = [list(word) for word in words]
    counts = list(words.values())
    pairs, holding = Counter[Pair](), defaultdict[Pair, set[int]](set)
    for at, parts in enumerate(pieces):
        for pair in pairwise(parts):
            pairs[pair] += counts[at]
            holding[pair].add(at)
    heap = [(-count, pair) for pair, count in pairs.items()]
    heapq.heapify(heap)
    found: list[Pair] = []
    left = most - len({letter for word in words for letter in word})
    while heap and len(found) < left:
        count, pair = heapq.heappop(heap)
        if pairs[pair] != -count:  # it has changed since it was pushed, and was pushed anew
            continue
        if -count < LEAST:
            break
        found.append(pair)
        changed = set[Pair]()
        for at in holding.pop(pair):
            changed |= _join(pieces[at], pair, counts[at], at, pairs, holding)
        for one in changed - {pair}:
            if pairs[one] > 0:
                heapq.heappush(heap, (-pairs[one], one))
        del pairs[pair]
    return tuple(found)


def _join(
    parts: list[str],
    pair: Pair,
    count: int,
    at: int,
    pairs: Counter[Pair],
    holding: Mapping[Pair, set[int]],
) -> set[Pair]:
    """Join a pair in one word; the pairs whose counts changed by that."""
    before = list(pairwise(parts))
    parts[:] = joined(parts, pair)
    after = list(pairwise(parts))
    for one in before:
        pairs[one] -= count
    for one in after:
        pairs[one] += count
        holding[one].add(at)
    return {*before, *after}


def joined(parts: Sequence[str], pair: Pair) -> list[str]:
    """The parts with a pair joined wherever it stands, from the left."""
    found: list[str] = []
    at = 0
    while at < len(parts):
        if at + 1 < len(parts) and (parts[at], parts[at + 1]) == pair:
            found.append(parts[at] + parts[at + 1])
            at += 2
        else:
            found.append(parts[at])
            at += 1
    return found


class Joined:
    """The pieces of words, by pairs that were learned."""

    def __init__(self, merges: Sequence[Pair]) -> None:
        self._order = {pair: at for at, pair in enumerate(merges)}
        self.of = lru_cache(maxsize=100_000)(self._of)

    def _of(self, word: str) -> tuple[str, ...]:
        parts = list(word)
        while len(parts) > 1:
            there = pairwise(parts)
            order, pair = min((self._order.get(one, len(self._order)), one) for one in there)
            if order == len(self._order):
                break
            parts = joined(parts, pair)
        return tuple(parts)
