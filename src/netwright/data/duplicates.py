"""Examples that occur twice: exact copies, and images, pieces and texts that are nearly equal."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from netwright.base.findings import Finding
from netwright.contract import Examples
from netwright.data.leaks.near_copies import IMAGES, TO_DO, NearPairs, quick_pairs_of

FEW_NEAR = 0.01
"""Pairs of nearly equal things across splits, beside the examples of dev, that move no figure."""


@dataclass(frozen=True)
class Duplicates:
    """What occurs more than once.

    Args:
        within: split -> how many examples repeat an earlier one of the same split.
        across: how many distinct contents lie in more than one split.
        across_examples: (source, source) of the first few of them.
        contradictory: how many distinct contents occur with different labels (numbers and whole
            sentences differ by nature).
        contradictory_examples: (source, source) of the first few of them.
        near: how many pairs are nearly equal; None when nobody looked.
        near_across: how many of these pairs lie in different splits.
        near_examples: (source, source) of the first few of them.
        known_by: what the same content is: all inputs, or a part of them.
        near_of: what the pairs are of, and how alike they are.
    """

    within: dict[str, int]
    across: int
    across_examples: tuple[tuple[str, str], ...]
    contradictory: int
    contradictory_examples: tuple[tuple[str, str], ...]
    near: int | None = None
    near_across: int = 0
    near_examples: tuple[tuple[str, str], ...] = field(default=())
    known_by: str = "inputs"
    near_of: tuple[str, str] = IMAGES


def find(
    examples: Examples,
    assigned: Sequence[str],
    labels: Sequence[str | None],
    near: NearPairs | None = None,
) -> Duplicates:
    """Exact duplicates by id, beside the near ones that were found.

    Args:
        assigned: the split of each example.
        labels: the class of each example; None where it has none.
        near: None: nobody looked.
    """
    places: dict[str, list[int]] = defaultdict(list)
    for at, name in enumerate(examples.ids):
        places[name].append(at)
    repeated = [found for found in places.values() if len(found) > 1]
    within: dict[str, int] = {}
    across, contradictory = [], []
    for found in repeated:
        splits = [assigned[at] for at in found]
        for split in dict.fromkeys(splits):
            if extra := splits.count(split) - 1:
                within[split] = within.get(split, 0) + extra
        if len(set(splits)) > 1:
            across.append((found[0], next(at for at in found if assigned[at] != splits[0])))
        if other := [at for at in found if labels[at] != labels[found[0]]]:
            contradictory.append((found[0], other[0]))
    pairs = None if near is None else _different(near.pairs, examples.ids)
    return Duplicates(
        within,
        len(across),
        _named(across, examples),
        len(contradictory),
        _named(contradictory, examples),
        None if pairs is None else len(pairs),
        sum(assigned[a] != assigned[b] for a, b in pairs or ()),
        _named(pairs or [], examples),
        examples.known_by,
        IMAGES if near is None else near.of,
    )


def findings(found: Duplicates, count: int) -> tuple[Finding, ...]:
    """What a person should look at.

    Args:
        count: how many examples there are.
    """
    noted = []
    if found.across:
        noted.append(
            Finding(
                "NW203",
                f"{found.across:,} example{_with_verb(found.across, 'lie')} in more than one split,"
                f" first {_pair(found.across_examples)}: dev and test look better than they are.",
                {"contents": found.across, "examples": found.across_examples},
                ("take them out of one of the splits that the source brings",),
                "problem",
            )
        )
    repeats = sum(found.within.values())
    if repeats:
        noted.append(
            Finding(
                "NW202",
                f"{repeats:,} of {count:,} examples have the same {found.known_by} as another one"
                f" in their split ({', '.join(f'{n:,} in {s}' for s, n in found.within.items())}).",
                {"repeats": repeats, "examples": count, **found.within},
                ("remove them, unless they are separate observations that happen to agree",),
                "note",
            )
        )
    if found.contradictory:
        whole = found.known_by == "inputs"
        of = "" if whole else f" and the same {found.known_by}"
        do = ": no model can have both" if whole else ", unless other inputs tell them apart"
        noted.append(
            Finding(
                "NW217",
                f"{found.contradictory:,} example{_with_verb(found.contradictory, 'occur')} with"
                f" different labels{of}, first {_pair(found.contradictory_examples)}.",
                {"contents": found.contradictory, "examples": found.contradictory_examples},
                (f"look which label is right{do}",),
            )
        )
    if found.near:
        things, alike = found.near_of
        across = f", {found.near_across:,} of them across splits" if found.near_across else ""
        noted.append(
            Finding(
                "NW204",
                f"{found.near:,} pair{_s(found.near)} of {things} are {alike}{across},"
                f" first {_pair(found.near_examples)}.",
                {"pairs": found.near, "across": found.near_across, "examples": found.near_examples},
                (TO_DO[found.near_of],),
                "warning" if found.near_across else "note",
            )
        )
    return tuple(noted)


def across_splits(
    examples: Examples, assigned: Sequence[str], labels: Sequence[str | None]
) -> tuple[Finding, ...]:
    """What makes dev look better than it is: NW203, exact copies, where the source brings its own
    splits (drawn ones keep equal contents together), and NW204, what is nearly equal.
    """
    near = quick_pairs_of(examples)
    if not any(examples.splits or ()) and (near is None or not near.pairs):
        return ()
    found = find(examples, assigned, labels, near)
    noted = findings(found, len(examples))
    many = found.near_across > FEW_NEAR * assigned.count("dev")
    codes = {"NW203", *(("NW204",) if many else ())}
    return tuple(finding for finding in noted if finding.code in codes)


def _different(pairs: Sequence[tuple[int, int]], ids: Sequence[str]) -> list[tuple[int, int]]:
    return [(a, b) for a, b in pairs if ids[a] != ids[b]]


def _named(pairs: Sequence[tuple[int, int]], examples: Examples) -> tuple[tuple[str, str], ...]:
    return tuple((examples.sources[a], examples.sources[b]) for a, b in pairs[:5])


def _pair(pairs: Sequence[tuple[str, str]]) -> str:
    return f"{pairs[0][0]} and {pairs[0][1]}"


def _with_verb(count: int, verb: str) -> str:
    return f" {verb}s" if count == 1 else f"s {verb}"


def _s(count: int) -> str:
    return "" if count == 1 else "s"
