"""Examples that occur twice: exact copies, and images that are nearly equal."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from netwright.base.findings import Finding
from netwright.contract import Examples

SIDE = 16
ALIKE = 0.995
ORDERS = 8
WINDOW = 3
PART = 256
BITS = 64
MOST_APART = 12
"""Of the 64 bits; at a correlation of 0.995 two differ on average."""


@dataclass(frozen=True)
class Duplicates:
    """What occurs more than once.

    Args:
        within: split -> how many examples repeat an earlier one of the same split.
        across: how many distinct contents lie in more than one split.
        across_examples: (source, source) of the first few of them.
        contradictory: how many distinct contents occur with different labels (numbers differ by
            nature).
        contradictory_examples: (source, source) of the first few of them.
        near: how many pairs of images are nearly equal; None when nobody looked.
        near_across: how many of these pairs lie in different splits.
        near_examples: (source, source) of the first few of them.
    """

    within: dict[str, int]
    across: int
    across_examples: tuple[tuple[str, str], ...]
    contradictory: int
    contradictory_examples: tuple[tuple[str, str], ...]
    near: int | None = None
    near_across: int = 0
    near_examples: tuple[tuple[str, str], ...] = field(default=())


def find(examples: Examples, assigned: Sequence[str], *, near: bool = False) -> Duplicates:
    """Exact duplicates by id, and near duplicates of images when asked for.

    Args:
        assigned: the split of each example.
        near: whether to compare images (about a second for 60,000 of 28x28).
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
        truth = examples.targets[found[0]]
        if not isinstance(truth, float) and (
            other := [at for at in found if examples.targets[at] != truth]
        ):
            contradictory.append((found[0], other[0]))
    pairs = _different(near_pairs(examples.inputs), examples.ids) if near else None
    return Duplicates(
        within,
        len(across),
        _named(across, examples),
        len(contradictory),
        _named(contradictory, examples),
        None if pairs is None else len(pairs),
        sum(assigned[a] != assigned[b] for a, b in pairs or ()),
        _named(pairs or [], examples),
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
                f"{repeats:,} of {count:,} examples repeat another one exactly"
                f" ({', '.join(f'{n:,} in {s}' for s, n in found.within.items())}).",
                {"repeats": repeats, "examples": count, **found.within},
                ("remove them, unless they are separate observations that happen to agree",),
                "note",
            )
        )
    if found.contradictory:
        noted.append(
            Finding(
                "NW217",
                f"{found.contradictory:,} example{_with_verb(found.contradictory, 'occur')} with"
                f" different labels, first {_pair(found.contradictory_examples)}.",
                {"contents": found.contradictory, "examples": found.contradictory_examples},
                ("look which label is right: no model can have both",),
            )
        )
    if found.near:
        across = f", {found.near_across:,} of them across splits" if found.near_across else ""
        noted.append(
            Finding(
                "NW204",
                f"{found.near:,} pair{_s(found.near)} of images are nearly equal in grey{across},"
                f" first {_pair(found.near_examples)}.",
                {"pairs": found.near, "across": found.near_across, "examples": found.near_examples},
                ("look at some of the pairs; if they show the same thing, keep them in one split",),
                "warning" if found.near_across else "note",
            )
        )
    return tuple(noted)


def near_pairs(images: Any) -> list[tuple[int, int]]:
    """(i, j), i < j, of images whose 16x16 grey miniatures correlate at 0.995 or more.

    Candidates are neighbours when the images are sorted by hashes of 64 random hyperplanes
    (Charikar 2002) in eight orders of their bits; each is then checked. A pair at the limit is
    found with a probability of about 99%.
    """
    import numpy as np

    small = _miniatures(images).reshape(-1, SIDE * SIDE)
    small -= small.mean(axis=1, keepdims=True)
    norm = np.linalg.norm(small, axis=1, keepdims=True)
    flat = norm[:, 0] < SIDE  # about one grey level of contrast: blank images are not called alike
    small /= np.maximum(norm, 1e-6)
    keys = np.packbits(small @ _hyperplanes() > 0, axis=1).view(">u8")[:, 0].astype(np.uint64)
    found: set[tuple[int, int]] = set()
    for turn in range(ORDERS):
        left, right = np.uint64(turn * BITS // ORDERS), np.uint64(-turn * BITS // ORDERS % BITS)
        order = np.argsort(keys << left | keys >> right, kind="stable")
        for step in range(1, WINDOW + 1):
            apart = np.bitwise_count(keys[order[:-step]] ^ keys[order[step:]])
            near = np.flatnonzero(apart <= MOST_APART)
            first, second = order[near], order[near + step]
            close = (
                (np.einsum("ij,ij->i", small[first], small[second]) >= ALIKE)
                & ~flat[first]
                & ~flat[second]
            )
            pairs = zip(first[close].tolist(), second[close].tolist(), strict=True)
            found.update((min(pair), max(pair)) for pair in pairs)
    return sorted(found)


def _miniatures(images: Any) -> Any:
    """(N, 16, 16) float32 grey."""
    import numpy as np

    from netwright.data.images.columns import as_array
    from netwright.data.images.pixel_array import PixelArray

    if isinstance(images, PixelArray):
        return np.concatenate([_small(part) for part in images.chunks()])
    return _small(images if isinstance(images, np.ndarray) else as_array(images, (SIDE, SIDE), 1))


def _small(pixels: Any) -> Any:
    import numpy as np

    down, across = _means(pixels.shape[1]), _means(pixels.shape[2])
    small = np.empty((len(pixels), SIDE, SIDE), np.float32)
    for start in range(0, len(pixels), PART):
        grey = (
            pixels[start : start + PART].mean(axis=3, dtype=np.float32)
            if pixels.shape[3] > 1
            else pixels[start : start + PART, :, :, 0].astype(np.float32)
        )
        small[start : start + PART] = down @ (grey @ across.T)
    return small


def _means(side: int) -> Any:
    """(16, side): each row takes the mean over its 16th of the side."""
    import numpy as np

    edges = np.arange(SIDE + 1) * side / SIDE
    pixel = np.arange(side)
    overlap = np.minimum(edges[1:, None], pixel + 1) - np.maximum(edges[:-1, None], pixel)
    weights = np.maximum(overlap, 0) * SIDE / side
    return weights.astype(np.float32)


def _hyperplanes() -> Any:
    """(256, 64) of random signs, the same everywhere.

    They come from a hash: loading numpy.random takes longer than using it here.
    """
    import numpy as np

    drawn = np.frombuffer(
        hashlib.shake_256(b"hyperplanes").digest(SIDE * SIDE * BITS // 8), np.uint8
    )
    return (np.unpackbits(drawn).astype(np.float32) * 2 - 1).reshape(SIDE * SIDE, BITS)


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
