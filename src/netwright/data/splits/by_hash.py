"""Splits by a seeded hash of each example's content or group: stratified, stable when data are
added (notes 2.1.1).
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from netwright.base.errors import DataError
from netwright.base.figures import counted
from netwright.contract import Examples
from netwright.data.splits.sizes import NAMES

Whole = np.ndarray[Any, np.dtype[Any]]
"""An array of whole numbers."""


def by_hash(
    examples: Examples,
    free: Sequence[int],
    labels: Sequence[str],
    wanted: Mapping[str, float],
    seed: int,
    *,
    learned: bool = False,
) -> list[str]:
    """The split of each example at ``free``.

    Inside a label, examples are ranked by a seeded hash of their id; dev is taken from the low end
    and test from the high end, so that added data move only the examples at the two cuts. Equal ids
    and equal groups stay together (a group that mixes labels counts under its most frequent one).

    Args:
        labels: one each; their fractions are kept equal in all splits.
        wanted: split -> the fraction of these examples that it is to have.
        learned: whether each label is to be in train, as classes are, even one of which all
            examples stay together with more of others.

    Raises:
        DataError: too few examples.
    """
    units = units_of(examples, free, labels, seed)
    chosen = _cut(units, wanted, seed)
    if learned and len(units.sizes) < len(units.of):
        _bring_to_train(units, np.array(labels), chosen)
    return [NAMES[code] for code in chosen[units.of].tobytes()]


@dataclass(frozen=True)
class Units:
    """Examples that stay together.

    Args:
        of: (N,) the number of each example's unit.
        sizes: (U,) how many examples each unit holds.
        ranks: (U,) a seeded hash of the unit's name.
        labels: (U,) the place of its most frequent label among ``names``.
    """

    of: Whole
    sizes: Whole
    ranks: np.ndarray[Any, np.dtype[np.uint64]]
    labels: Whole
    names: list[str]

    @property
    def strata(self) -> dict[str, Whole]:
        """label -> its units, ranked."""
        order = np.lexsort((self.ranks, self.labels)).astype(np.int32)
        cuts = np.searchsorted(self.labels[order], np.arange(len(self.names) + 1))
        held = {name: order[cuts[at] : cuts[at + 1]] for at, name in enumerate(self.names)}
        return {name: units for name, units in held.items() if len(units)}


def units_of(
    examples: Examples, free: Sequence[int], labels: Sequence[str], seed: int | str
) -> Units:
    """Equal ids and equal groups joined; a unit is named by its first group, else by its id."""
    if examples.groups is None:
        ids: Iterable[str] = (
            examples.ids if len(free) == len(examples) else (examples.ids[at] for at in free)
        )
        ranks, of = _same(_ranks(ids, len(free), seed))
    else:
        joined = _joined(examples, free)
        ranks, of = _same(_ranks(joined, len(free), seed))
    names = sorted(set(labels))
    place = {name: at for at, name in enumerate(names)}
    codes = np.fromiter((place[label] for label in labels), np.int32, len(labels))
    return Units(
        of,
        np.bincount(of, minlength=len(ranks)).astype(np.int32),
        ranks,
        _majorities(of, codes, len(ranks)),
        names,
    )


def _ranks(
    names: Iterable[str], count: int, seed: int | str
) -> np.ndarray[Any, np.dtype[np.uint64]]:
    """(N,) ``_rank`` of seed and name as numbers; what the ranks have in common is hashed once."""
    begun = hashlib.blake2b(f"{seed}/".encode(), digest_size=8)

    def rank(name: str) -> int:
        whole = begun.copy()
        whole.update(name.encode())
        return int.from_bytes(whole.digest(), "big")

    return np.fromiter(map(rank, names), np.uint64, count)


def _same(
    ranks: np.ndarray[Any, np.dtype[np.uint64]],
) -> tuple[np.ndarray[Any, np.dtype[np.uint64]], Whole]:
    """The different ranks, and the place of each example's rank among them.

    In the order of the examples where all are different.
    """
    ordered = np.sort(ranks)
    if (ordered[1:] != ordered[:-1]).all():
        return ranks, np.arange(len(ranks), dtype=np.int32)
    different, of = np.unique(ranks, return_inverse=True)
    return different, of


def _joined(examples: Examples, free: Sequence[int]) -> Iterator[str]:
    """The name of each example's unit where groups join ids and ids join groups."""
    groups = examples.groups or ()
    parent: dict[str, str] = {}
    for at in free:
        first, second = (
            _root(parent, "group " + groups[at]),
            _root(parent, "id " + examples.ids[at]),
        )
        if first != second:
            low, high = sorted((first, second))  # "group ..." comes before "id ..."
            parent[high] = low
    return (_root(parent, "group " + groups[at]) for at in free)


def _root(parent: dict[str, str], name: str) -> str:
    while (above := parent.setdefault(name, name)) != name:
        parent[name] = parent[above]
        name = above
    return name


def _majorities(of: Whole, codes: Whole, count: int) -> Whole:
    """(U,) the most frequent label of each unit; of equally frequent ones the first."""
    found = np.zeros(count, np.int32)
    if count == len(of):
        found[of] = codes
        return found
    order = np.lexsort((codes, of))
    pairs = np.stack([of[order], codes[order]], axis=1)
    starts = np.flatnonzero(np.any(np.diff(pairs, axis=0, prepend=-1), axis=1))
    often = np.diff(starts, append=len(order))
    # the last of each unit has its most frequent label, and is written last
    best = np.lexsort((-pairs[starts, 1], often, pairs[starts, 0]))
    found[pairs[starts[best], 0]] = pairs[starts[best], 1]
    return found


def _cut(
    units: Units, wanted: Mapping[str, float], seed: int
) -> np.ndarray[Any, np.dtype[np.int8]]:
    """(U,) the split of each unit, its place among ``NAMES``; dev from the low end of the ranking,
    test from the high end.
    """
    requested = [split for split, fraction in wanted.items() if fraction > 0]
    if requested and len(units.sizes) <= len(requested):
        alike = (
            ""
            if len(units.sizes) == len(units.of)
            else f", of which {len(units.sizes):,} can lie in different splits (equal ones, and"
            " those of one group, stay together),"
        )
        verb = "is" if len(units.of) == 1 else "are"
        raise DataError(
            f"{counted(len(units.of), 'example')}{alike} {verb} too few to cut"
            f" {' and '.join(requested)} from:"
            f" expected at least {1 + len(requested)}{' different ones' if alike else ''}."
        )
    chosen = np.zeros(len(units.sizes), np.int8)  # places among NAMES: all train at first
    strata = units.strata
    sizes = {label: int(units.sizes[held].sum()) for label, held in strata.items()}
    room = {label: sizes[label] - int(units.sizes[held].max()) for label, held in strata.items()}
    for split in requested:
        quota = apportion(
            {label: size * wanted[split] for label, size in sizes.items()},
            room,
            seed=f"{seed}/{split}",
        )
        owed = 0
        for label, held in strata.items():
            order = held if split == "dev" else held[::-1]
            got = _take(
                order, units.sizes, quota[label] + owed, room[label], NAMES.index(split), chosen
            )
            owed += quota[label] - got
            room[label] -= got
        if NAMES.index(split) not in chosen:
            _take_one(units, NAMES.index(split), chosen)
    return chosen


def _bring_to_train(units: Units, labels: Whole, chosen: Whole) -> None:
    """Where a label is in dev or test and not in train, move its smallest unit there, unless a
    split would be left empty.
    """
    train = NAMES.index("train")
    for label in np.setdiff1d(labels, ["", *labels[chosen[units.of] == train]]):
        held = np.unique(units.of[labels == label])
        for unit in held[np.lexsort((units.ranks[held], units.sizes[held]))]:
            if (chosen == chosen[unit]).sum() > 1:
                chosen[unit] = train
                break


def apportion(
    quotas: Mapping[str, float], room: Mapping[str, int], *, seed: str = ""
) -> dict[str, int]:
    """Whole numbers that add up to the rounded total, each at most its room.

    Each is within 1 of its quota.

    The largest remainders are rounded up first (Hamilton's method); ties are broken by a hash.
    """
    total = max(1, math.floor(sum(quotas.values()) + 0.5 + 1e-9)) if sum(quotas.values()) > 0 else 0
    found = {label: min(math.floor(quota + 1e-9), room[label]) for label, quota in quotas.items()}
    by_remainder = sorted(
        quotas, key=lambda label: (found[label] - quotas[label], _rank(f"{seed}/{label}"))
    )
    for label in by_remainder:
        if sum(found.values()) >= total:
            break
        if found[label] < room[label] and found[label] < quotas[label]:
            found[label] += 1
    return found


def _take(order: Whole, sizes: Whole, wanted: int, room: int, split: int, chosen: Whole) -> int:
    """Take units in order until ``wanted`` examples are reached, as nearly as whole units allow."""
    got = 0
    for unit in order:
        if got >= wanted:
            break
        size = int(sizes[unit])
        if chosen[unit] or got + size > room or 2 * (got + size - wanted) > size:
            continue
        got += size
        chosen[unit] = split
    return got


def _take_one(units: Units, split: int, chosen: Whole) -> None:
    """Give the smallest unit to a split that would else be empty.

    It comes from train, or from dev when train has but one.
    """
    giver = next(other for other in range(len(NAMES)) if (chosen == other).sum() > 1)
    held = np.flatnonzero(chosen == giver)
    chosen[held[np.lexsort((units.ranks[held], units.sizes[held]))[0]]] = split


def _rank(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=8).digest()
