"""The table of error analysis (notes 3.2.2): of what the mistakes are, and what each kind would
bring.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from netwright.metrics.intervals import wilson


@dataclass(frozen=True)
class ErrorLevel:
    """The error that the mistakes are of.

    Args:
        name: ``error``: the fraction of dev examples answered wrong; ``loss``: the mean loss, where
            no answer is right or wrong.
        value: of dev.
        low, high: the ends of its 95% interval; None where there is none.
        n: examples of dev.
        mistakes: of these, how many are wrong; with ``loss`` all.
    """

    name: str
    value: float
    low: float | None
    high: float | None
    n: int
    mistakes: int


@dataclass(frozen=True)
class ErrorKind:
    """One kind of mistakes.

    Args:
        tag: its name.
        count: of the mistakes looked at, how many have it; kinds may overlap.
        fraction: the same over all that were looked at.
        low, high: the ends of the 95% interval of that, for all mistakes of dev; None where the
            sample is none.
        ceiling: the error that is left if all mistakes of this kind were right.
        ceiling_low, ceiling_high: its interval, as of the fraction.
    """

    tag: str
    count: int
    fraction: float
    low: float | None
    high: float | None
    ceiling: float
    ceiling_low: float | None
    ceiling_high: float | None


@dataclass(frozen=True)
class ErrorTable:
    """Of what the mistakes are.

    Args:
        sampled: how many mistakes the sample has.
        looked_at: of these, how many somebody looked at; skipped ones are none of them.
        skipped: how many were left out by hand.
        alike: how many have a tag for their likeness to another alone, and do not count yet.
        untagged: of those looked at, how many have no tag.
        is_random: whether it speaks for all mistakes of dev; where the worst were looked at first
            it does not, and there are no intervals.
    """

    level: ErrorLevel
    sampled: int
    looked_at: int
    skipped: int
    alike: int
    untagged: int
    is_random: bool
    kinds: tuple[ErrorKind, ...]

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


@dataclass(frozen=True)
class Looked:
    """A mistake of the sample.

    Args:
        count: how often it was drawn.
        tags: what somebody found that it is.
        is_looked_at, is_skipped: where neither, it waits, though it may have a tag.
        group: whose example it is; those of one group are as sure together as one; empty: its own.
    """

    count: int
    tags: Sequence[str]
    is_looked_at: bool
    is_skipped: bool
    group: str = ""


def table(
    level: ErrorLevel, looked: Iterable[Looked], *, sampled: int, is_random: bool
) -> ErrorTable:
    """The kinds by how often they occur, the most frequent first.

    The ceiling of a kind that a fraction f of the error is of is ``error (1 - f)``. Where the worst
    mistakes were looked at it takes into account these alone: the error minus what they are of it.

    Args:
        looked: the mistakes of the sample of which something is noted, others as well.
        sampled: how many the sample has.
    """
    touched = list(looked)
    counted = [one for one in touched if one.is_looked_at]
    n = sum(one.count for one in counted)
    counts: dict[str, int] = {}
    for one in counted:
        for tag in one.tags:
            counts[tag] = counts.get(tag, 0) + one.count
    sure = _independent(counted) if is_random else None
    kinds = [_kind(tag, count / n, count, level, sure) for tag, count in counts.items()]
    return ErrorTable(
        level=level,
        sampled=sampled,
        looked_at=n,
        skipped=sum(one.count for one in touched if one.is_skipped),
        alike=sum(one.count for one in touched if one.tags and _waits(one)),
        untagged=sum(one.count for one in counted if not one.tags),
        is_random=is_random,
        kinds=tuple(sorted(kinds, key=lambda kind: -kind.count)),
    )


def _kind(
    tag: str, fraction: float, count: int, level: ErrorLevel, sure: float | None
) -> ErrorKind:
    """One row.

    Args:
        fraction, count: of the mistakes looked at.
        sure: how many of these stand for themselves; None: they stand for no others.
    """
    if sure is None:
        ceiling = level.value * (1 - count / max(level.mistakes, count))
        return ErrorKind(tag, count, fraction, None, None, ceiling, None, None)
    low, high = wilson(fraction * sure, sure)
    left = (level.value * (1 - part) for part in (fraction, high, low))
    return ErrorKind(tag, count, fraction, low, high, *left)


def _waits(one: Looked) -> bool:
    return not (one.is_looked_at or one.is_skipped)


def _independent(counted: Sequence[Looked]) -> float:
    """(sum n)^2 / sum n^2 over the groups."""
    sizes: dict[str, int] = {}
    alone = sum(one.count for one in counted if not one.group)
    for one in counted:
        if one.group:
            sizes[one.group] = sizes.get(one.group, 0) + one.count
    total = alone + sum(sizes.values())
    return total**2 / (alone + sum(size**2 for size in sizes.values())) if total else 1.0
