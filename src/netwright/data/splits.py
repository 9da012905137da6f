"""Which examples train, which choose, which judge (notes 2.1.1, 3.1.6): seeded, stratified, stable when data are added."""

from __future__ import annotations

import bisect
import hashlib
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal

from netwright.base.errors import DataError
from netwright.contract import Examples
from netwright.findings import Finding

NAMES = ("train", "dev", "test")

Stratify = Callable[[Sequence[Any]], list[str]]


def shares(count: int) -> tuple[float, float]:
    """(dev, test): 20% each up to 10,000 examples, 1% each from a million on, linear in log n between (notes 3.1.6)."""
    along = min(1.0, max(0.0, (math.log10(max(count, 1)) - 4) / 2))
    share = 0.20 - 0.19 * along
    return share, share


def assign(
    examples: Examples,
    *,
    dev: float | Literal["auto"] = "auto",
    test: float | Literal["auto"] = "auto",
    stratify: Stratify | None = None,
    seed: int = 0,
) -> list[str]:
    """The split of every example: ``train``, ``dev`` or ``test``.

    Inside a label, examples are ranked by a seeded hash of their id; dev is taken from the low end and test from the
    high end, so that added data move only the examples at the two cuts. Equal ids and equal groups stay together
    (a group that mixes labels counts under its most frequent one). Splits that the source brings are kept: when it
    has train and test but no dev, dev is cut from train, of the size that ``dev`` says for the train part.

    Args:
        dev, test: the share of the examples, 0 to 1; ``auto``: see ``shares``.
        stratify: all targets -> labels whose shares are kept equal in all splits; None: none.
        seed: another seed, another split.

    Raises:
        DataError: too few examples, one class only, a class with one example, or a source without a train part.
    """
    auto_dev, auto_test = shares(len(examples))
    given = examples.splits if examples.splits is not None and any(examples.splits) else None
    if given is None:
        free: Sequence[int] = range(len(examples))
        wanted = {"dev": auto_dev if dev == "auto" else dev, "test": auto_test if test == "auto" else test}
    else:
        free, wanted = _left_free(given, dev)
    labels = [""] * len(free) if stratify is None else stratify([examples.targets[at] for at in free])
    if stratify is not None:
        _check_classes(labels, examples, free)
    chosen = _cut(_units(examples, free), labels, wanted, seed)
    if given is None:
        return chosen
    found = [split or "train" for split in given]
    for at, split in zip(free, chosen, strict=True):
        found[at] = split
    return found


def check(examples: Examples, assigned: Sequence[str]) -> tuple[Finding, ...]:
    """Findings on labels that dev or test hold and train never saw, and on classes without dev examples."""
    seen: dict[str, set[str]] = defaultdict(set)
    for target, split in zip(examples.targets, assigned, strict=True):
        if isinstance(target, str):
            seen[split].add(target)
    findings = []
    for split in ("dev", "test"):
        unseen = sorted(seen[split] - seen["train"])
        if unseen and seen["train"]:
            said = f"{split} holds {len(unseen)} label{'s' if len(unseen) > 1 else ''} that train never saw: {_listed(unseen)}."
            findings.append(
                Finding("NW208", said, {"split": split, "labels": unseen[:100]},
                        ("add examples of them to train, or take them out of " + split,), "problem")
            )  # fmt: skip
    absent = sorted(seen["train"] - seen["dev"])
    if absent and seen["dev"]:
        said = f"{len(absent)} class{'es have' if len(absent) > 1 else ' has'} no example in dev: {_listed(absent)}."
        findings.append(
            Finding("NW206", said, {"classes": absent[:100]}, ("collect more of them, or merge them with others",))
        )  # fmt: skip
    return tuple(findings)


def by_label(targets: Sequence[Any]) -> list[str]:
    """The labels themselves; unknown ones are a label of their own."""
    return ["" if target is None else str(target) for target in targets]


def by_quantile(targets: Sequence[float | None], bins: int = 10) -> list[str]:
    """For numbers: which of ``bins`` equally filled intervals each lies in, so that small splits have the same spread."""
    known = sorted(target for target in targets if target is not None)
    edges = sorted({known[len(known) * k // bins] for k in range(1, bins)}) if known else []
    return ["" if target is None else str(bisect.bisect_right(edges, target)) for target in targets]


Units = Mapping[str, Sequence[int]]
"""Examples that stay together: the name by which they are ranked -> their places in the list."""


def _left_free(given: Sequence[str | None], dev: float | str) -> tuple[list[int], dict[str, float]]:
    """The examples whose split is still open, and the shares to cut from them."""
    kinds = {split for split in given if split is not None}
    if "train" not in kinds and None not in given:
        raise DataError(f"the source brings {' and '.join(sorted(kinds))} but no train part: nothing to learn from.")
    if "dev" in kinds:
        return [], {}
    free = [at for at, split in enumerate(given) if split in (None, "train")]
    auto_dev, auto_test = shares(len(free))
    wanted = {"dev": auto_dev if dev == "auto" else float(dev)}
    return free, wanted if "test" in kinds else {**wanted, "test": auto_test}


def _check_classes(labels: Sequence[str], examples: Examples, free: Sequence[int]) -> None:
    counts = Counter(labels)
    if not counts or not isinstance(examples.targets[free[0]], str):
        return
    if len(counts) == 1:
        only = next(iter(counts))
        raise DataError(f"all {len(labels):,} examples have the label '{only}': expected at least two classes to tell apart.")  # fmt: skip
    single = [label for label, count in counts.items() if count == 1]
    if single:
        where = examples.sources[free[labels.index(single[0])]]
        others = f" (and {len(single) - 1} other classes)" if len(single) > 1 else ""
        raise DataError(
            f"class '{single[0]}'{others} has one example, {where}: it cannot be both learned and measured; add more, remove or merge the class, or set split.stratify=false."
        )


def _units(examples: Examples, free: Sequence[int]) -> Units:
    """Equal ids and equal groups joined; a unit is named by its first group, else by its id."""
    ids, groups = list(examples.ids), examples.groups
    if groups is None:
        alone = {ids[at]: range(place, place + 1) for place, at in enumerate(free)}  # half as large as lists
        if len(alone) == len(free):
            return alone
    together: dict[str, list[int]] = {}
    if groups is None:
        for place, at in enumerate(free):
            together.setdefault(ids[at], []).append(place)
        return together
    parent: dict[str, str] = {}
    for at in free:
        first, second = _root(parent, "group " + groups[at]), _root(parent, "id " + ids[at])
        if first != second:
            low, high = sorted((first, second))  # "group ..." comes before "id ..."
            parent[high] = low
    for place, at in enumerate(free):
        together.setdefault(_root(parent, "group " + groups[at]), []).append(place)
    return together


def _root(parent: dict[str, str], name: str) -> str:
    while (above := parent.setdefault(name, name)) != name:
        parent[name] = parent[above]
        name = above
    return name


def _cut(units: Units, labels: Sequence[str], wanted: Mapping[str, float], seed: int) -> list[str]:
    """The split of every place; dev from the low end of the ranking, test from the high end."""
    chosen = ["train"] * len(labels)
    asked = [split for split, share in wanted.items() if share > 0]
    if not asked:
        return chosen
    if len(units) <= len(asked):
        raise DataError(
            f"{len(labels)} examples ({len(units)} that may be parted) are too few to cut {' and '.join(asked)} from: expected at least {1 + len(asked)}."
        )
    strata, sizes, room = _strata(units, labels, seed)
    for split in asked:
        quota = apportion({label: size * wanted[split] for label, size in sizes.items()}, room, seed=f"{seed}/{split}")
        owed = 0
        for label, held in strata.items():
            got = _take(held if split == "dev" else held[::-1], units, quota[label] + owed, room[label], split, chosen)
            owed += quota[label] - got
            room[label] -= got
        if split not in chosen:
            _take_one(units, split, chosen)
    return chosen


def _strata(
    units: Units, labels: Sequence[str], seed: int
) -> tuple[dict[str, list[str]], dict[str, int], dict[str, int]]:
    """label -> the names of its units, ranked; how many examples these are; how many of them may leave train."""
    strata: dict[str, list[str]] = defaultdict(list)
    sizes: dict[str, int] = defaultdict(int)
    largest: dict[str, int] = defaultdict(int)
    for name, places in units.items():
        size = len(places)
        label = labels[places[0]] if size == 1 else _majority(labels[place] for place in places)
        strata[label].append(name)
        sizes[label] += size
        largest[label] = max(largest[label], size)
    ranked = {label: _ranked(strata[label], seed) for label in sorted(strata)}
    return ranked, dict(sizes), {label: sizes[label] - largest[label] for label in sizes}


def _ranked(names: Sequence[str], seed: int) -> list[str]:
    """Sorted by ``_rank`` of seed and name; what the ranks have in common is hashed once."""
    begun = hashlib.blake2b(f"{seed}/".encode(), digest_size=8)

    def rank(name: str) -> bytes:
        whole = begun.copy()
        whole.update(name.encode())
        return whole.digest()

    return sorted(names, key=rank)


def apportion(quotas: Mapping[str, float], room: Mapping[str, int], *, seed: str = "") -> dict[str, int]:
    """Whole numbers that add up to the rounded total, each within 1 of its quota and at most its room.

    The largest remainders are rounded up first (Hamilton's method); ties are broken by a hash.
    """
    total = max(1, math.floor(sum(quotas.values()) + 0.5 + 1e-9)) if sum(quotas.values()) > 0 else 0
    found = {label: min(math.floor(quota + 1e-9), room[label]) for label, quota in quotas.items()}
    by_remainder = sorted(quotas, key=lambda label: (found[label] - quotas[label], _rank(f"{seed}/{label}")))
    for label in by_remainder:
        if sum(found.values()) >= total:
            break
        if found[label] < room[label] and found[label] < quotas[label]:
            found[label] += 1
    return found


def _take(order: list[str], units: Units, wanted: int, room: int, split: str, chosen: list[str]) -> int:
    """Take units in order until ``wanted`` examples are reached, as nearly as whole units allow."""
    got = 0
    for name in order:
        if got >= wanted:
            break
        places = units[name]
        size = len(places)
        if chosen[places[0]] != "train" or got + size > room or 2 * (got + size - wanted) > size:
            continue
        got += size
        for place in places:
            chosen[place] = split
    return got


def _take_one(units: Units, split: str, chosen: list[str]) -> None:
    """The smallest unit for a split that would else be empty: from train, or from dev when train has but one."""
    held: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for name, places in units.items():
        held[chosen[places[0]]].append((len(places), name))
    giver = next(other for other in NAMES if len(held[other]) > 1)
    for place in units[min(held[giver])[1]]:
        chosen[place] = split


def _majority(labels: Iterable[str]) -> str:
    counts = Counter(labels)
    return min(counts, key=lambda label: (-counts[label], label))


def _rank(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=8).digest()


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"'{name}'" for name in names[:5]) + (", ..." if len(names) > 5 else "")
