"""The gaps of a ladder: sizes, intervals, and how many examples lift one out of the noise."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from netwright.base.errors import NetwrightError, nearest
from netwright.doctor.advice.knobs import BIAS, MISMATCH, OVERFIT, VARIANCE
from netwright.doctor.gaps.ladder import RUNGS, Gap, Rung, Verdict
from netwright.metrics.intervals import Interval, combine, wilson

Ladder = Mapping[str, Rung]

MOST = 10**10
"""The largest number of examples that is ever named."""


def ladder_of(rungs: Sequence[Rung], *, unit: str) -> dict[str, Rung]:
    """The rungs by name, in order, checked; proportions with a count get Wilson's interval.

    Raises:
        NetwrightError: an unknown or repeated name, a figure that is none, a fraction outside 0 to
            1, a count below 1, or an interval that does not hold its figure.
    """
    ladder: dict[str, Rung] = {}
    for rung in rungs:
        if rung.name in ladder:
            raise NetwrightError(f"'{rung.name}' is given twice; give each rung once.")
        ladder[rung.name] = checked(rung, unit)
    return {name: ladder[name] for name in RUNGS if name in ladder}


def checked(rung: Rung, unit: str) -> Rung:
    """The rung, with the interval that a count gives a proportion.

    Raises:
        NetwrightError: as of ``ladder_of``.
    """
    if rung.name not in RUNGS:
        raise NetwrightError(f"no rung '{rung.name}'{nearest(rung.name, RUNGS)}")
    if not math.isfinite(rung.error):
        raise NetwrightError(f"{rung.name} = {rung.error}: expected a finite number.")
    if unit == "fraction" and rung.interval is None and not 0 <= rung.error <= 1:
        raise NetwrightError(
            f"{rung.name} = {rung.error:g}: expected a fraction from 0 to 1, such as 0.088 or 8.8%."
        )
    if rung.n is not None and rung.n < 1:
        raise NetwrightError(
            f"{rung.name} has the count {rung.n}: expected a whole number of examples, 1 or more."
        )
    if rung.interval is not None:
        low, high = rung.interval
        if not low <= rung.error <= high:
            raise NetwrightError(
                f"{rung.name} = {rung.error:g} lies outside its own interval, {low:g} to {high:g}."
            )
        return rung
    if unit == "fraction" and rung.n is not None:
        low, high = wilson(rung.error * rung.n, rung.n)
        return replace(rung, low=low, high=high)
    return rung


def gaps_of(ladder: Ladder) -> list[Gap]:
    """Every gap whose two rungs are there, with its interval and a first verdict.

    The verdict is ``noise``, ``negative``, ``small`` or ``next``, from this gap alone.

    avoidable bias = train - human; variance = train_dev (else dev) - train; data mismatch = dev -
    train_dev; overfit to dev = test - dev (notes 3.1.9, 3.1.12, 3.2.7).
    """
    unseen = "train_dev" if "train_dev" in ladder else "dev"
    pairs = [
        (BIAS, "human", "train"),
        (VARIANCE, "train", unseen),
        (MISMATCH, "train_dev", "dev"),
        (OVERFIT, "dev", "test"),
    ]
    return [
        _gap(name, ladder[low], ladder[high])
        for name, low, high in pairs
        if low in ladder and high in ladder
    ]


def _gap(name: str, below: Rung, above: Rung) -> Gap:
    size, interval = above.error - below.error, gap_interval(below, above)
    low, high = (None, None) if interval is None else interval
    return Gap(name, below.name, above.name, size, low, high, _raw_verdict(size, interval), "")


def _raw_verdict(size: float, interval: Interval | None) -> Verdict:
    if interval is not None and interval[0] <= 0 <= interval[1]:
        return "noise"
    if size == 0:
        return "small"
    return "negative" if size < 0 else "next"


def gap_interval(below: Rung, above: Rung) -> Interval | None:
    """The interval of above - below; a rung without one counts as exact, two such give None."""
    if below.interval is None and above.interval is None:
        return None
    exact_above, exact_below = (above.error, above.error), (below.error, below.error)
    return combine(
        above.error, above.interval or exact_above, below.error, below.interval or exact_below
    )


def at_count(rung: Rung, n: int, *, unit: str) -> Rung:
    """The rung as it would stand with ``n`` examples and the same figure.

    A proportion's interval is Wilson's; any other interval is narrowed by sqrt(old n / new n).
    """
    if rung.n is None or rung.interval is None:
        return rung
    low, high = rung.interval
    if unit == "fraction" and _close((low, high), wilson(rung.error * rung.n, rung.n)):
        low, high = wilson(rung.error * n, n)
    else:
        shrink = math.sqrt(rung.n / n)
        low, high = (
            rung.error - shrink * (rung.error - low),
            rung.error + shrink * (high - rung.error),
        )
    return replace(rung, n=n, low=low, high=high)


def _close(one: Interval, other: Interval) -> bool:
    return math.isclose(one[0], other[0], abs_tol=1e-9) and math.isclose(
        one[1], other[1], abs_tol=1e-9
    )


def examples_to_resolve(gap: Gap, ladder: Ladder, *, unit: str) -> dict[str, int]:
    """How many examples each rung needs for the interval of an equally large gap to leave 0.

    The rung that ends the gap grows first (train for bias, dev for variance); when its noise is not
    what hides the gap, people's answers do, for bias; then both rungs to one count, as from the
    start where both are held out (mismatch, overfit to dev). Empty when no count helps.
    """
    if gap.size <= 0:
        return {}
    below, above, both = (gap.from_,), (gap.to,), (gap.from_, gap.to)
    choices: list[tuple[str, ...]] = [above, both]
    if gap.name == BIAS:
        choices = [above, below, both]
    elif gap.name in (MISMATCH, OVERFIT):
        choices = [both]
    for names in choices:
        needed = _smallest(gap, ladder, names, unit)
        if needed is not None:
            return {name: max(needed, ladder[name].n or 0) for name in names}
    return {}


def _smallest(gap: Gap, ladder: Ladder, names: tuple[str, ...], unit: str) -> int | None:
    counts = [ladder[name].n for name in names]
    if None in counts:
        return None
    start = min(count for count in counts if count is not None)

    def leaves_zero(n: int) -> bool:
        grown = {
            name: (
                at_count(ladder[name], max(n, ladder[name].n or 0), unit=unit)
                if name in names
                else ladder[name]
            )
            for name in (gap.from_, gap.to)
        }
        interval = gap_interval(grown[gap.from_], grown[gap.to])
        return interval is not None and interval[0] > 0

    if not leaves_zero(MOST):
        return None
    enough, short = MOST, start
    while enough - short > max(1, short // 1000):
        middle = math.isqrt(short * enough) if short > 0 else enough // 2
        middle = min(max(middle, short + 1), enough - 1)
        enough, short = (middle, short) if leaves_zero(middle) else (enough, middle)
    return enough
