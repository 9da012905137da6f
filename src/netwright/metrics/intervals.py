"""How sure a figure is: 95% intervals of proportions, differences, and others by bootstrap.

The standard library alone is imported here, so that a command that judges typed figures starts at
once.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from netwright.base.errors import DataError

Interval = tuple[float, float]

Z95 = 1.959963984540054
"""The standard normal quantile at 0.975: 95% lie within -z and z."""


def z_of(confidence: float) -> float:
    """How many standard errors hold ``confidence`` of a normal distribution; 1.96 for 0.95.

    Raises:
        DataError: ``confidence`` does not lie between 0 and 1.
    """
    if not 0 < confidence < 1:
        raise DataError(
            f"confidence {confidence:g}: expected a fraction between 0 and 1, such as 0.95."
        )
    if confidence == 0.95:
        return Z95
    from statistics import NormalDist

    return NormalDist().inv_cdf((1 + confidence) / 2)


def wilson(errors: float, n: float, *, z: float = Z95) -> Interval:
    """Wilson's score interval of a proportion: all p with |errors/n - p| <= z sqrt(p (1-p) / n).

    Args:
        errors: how many of the ``n`` are wrong, 0 to n; a fraction is allowed, for a rounded rate
            times n.
        n: how many were judged, at least 1; an effective number where they have weights.
        z: 1.96 for 95%.

    Raises:
        DataError: ``n`` is below 1 or ``errors`` lies outside 0 to n.

    Source: Wilson 1927; Newcombe 1998a, method 3.
    """
    if n < 1 or not 0 <= errors <= n:
        raise DataError(
            f"{errors:g} wrong of {n}: expected a count of at least 1 and 0 to {n} wrong."
        )
    p, z2 = errors / n, z * z
    middle = p + z2 / (2 * n)
    half = z * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    low = 0.0 if errors == 0 else (middle - half) / (1 + z2 / n)
    high = 1.0 if errors == n else (middle + half) / (1 + z2 / n)
    return max(0.0, min(low, p)), min(1.0, max(high, p))


def wilson_of_mean(figure: float, n: float, *, z: float = Z95) -> Interval:
    """Wilson's interval of any figure of ``n`` examples that lies in 0 to 1, as if it were a rate:
    for where a bootstrap has no width, since all values are alike.

    Values in 0 to 1 of mean p vary by p (1 - p) at most, which is a rate's, so that it is never too
    narrow for a mean. At 0 or 1 it is one-sided, z^2 / (n + z^2) wide: with 95% about the rule of
    three, 3 / n (Hanley and Lippman-Hand 1983), a little wider.

    Raises:
        DataError: as ``wilson``.
    """
    # a figure that is 1 but for rounding is 1
    errors = 0.0 if figure < 1e-12 else float(n) if figure > 1 - 1e-12 else figure * n
    return wilson(errors, n, z=z)


def combine(
    first: float,
    first_interval: Interval,
    second: float,
    second_interval: Interval,
    *,
    correlation: float = 0.0,
) -> Interval:
    """The interval of ``first - second`` from theirs, by the square-root rule (MOVER).

    low = d - sqrt(a^2 - 2 r a b + b^2) with a = first - its low, b = second's high - second; high
    likewise. With Wilson intervals and r = 0 this is Newcombe's method 10.

    Args:
        first, second: the two figures.
        first_interval, second_interval: (low, high) of each; (figure, figure) when it is known
            exactly.
        correlation: r between the two figures; 0 when they come from different examples.

    Source: Newcombe 1998b and 1998c; Zou and Donner 2008.
    """
    (low1, high1), (low2, high2) = first_interval, second_interval
    return (
        first - second - _side(first - low1, high2 - second, correlation),
        first - second + _side(high1 - first, second - low2, correlation),
    )


def _side(a: float, b: float, correlation: float) -> float:
    return math.sqrt(max(0.0, a * a - 2 * correlation * a * b + b * b))


def newcombe(errors1: float, n1: int, errors2: float, n2: int, *, z: float = Z95) -> Interval:
    """Newcombe's hybrid score interval of p1 - p2, two proportions of different examples.

    Raises:
        DataError: a count is below 1 or more are wrong than were judged.

    Source: Newcombe 1998b, method 10.
    """
    return combine(errors1 / n1, wilson(errors1, n1, z=z), errors2 / n2, wilson(errors2, n2, z=z))


def newcombe_paired(
    both: int, only_first: int, only_second: int, neither: int, *, z: float = Z95
) -> Interval:
    """Newcombe's interval of p1 - p2 when two models were judged on the same examples.

    Args:
        both: examples that both got wrong.
        only_first: wrong by the first alone.
        only_second: wrong by the second alone.
        neither: wrong by neither.

    Raises:
        DataError: there is no example, or a count is negative.

    Source: Newcombe 1998c, method 10 (phi corrected towards 0 for continuity).
    """
    n = both + only_first + only_second + neither
    if n < 1 or min(both, only_first, only_second, neither) < 0:
        raise DataError(
            f"counts {both}, {only_first}, {only_second}, {neither}: expected none below 0 and one"
            " above."
        )
    first, second = both + only_first, both + only_second
    phi = _phi(both * neither - only_first * only_second, first, second, n)
    return combine(
        first / n, wilson(first, n, z=z), second / n, wilson(second, n, z=z), correlation=phi
    )


def _phi(determinant: int, first: int, second: int, n: int) -> float:
    margins = first * (n - first) * second * (n - second)
    if margins == 0:
        return 0.0
    corrected = determinant if determinant < 0 else max(0.0, determinant - n / 2)
    return corrected / math.sqrt(margins)


def mcnemar(only_first: int, only_second: int) -> float:
    """The exact two-sided p-value that two models err equally often on the same examples.

    p = min(1, 2 P[X <= min(b, c)]), X binomial(b + c, 1/2).

    Args:
        only_first: b, examples wrong by the first alone.
        only_second: c, wrong by the second alone.

    Source: McNemar 1947, in its exact form.
    """
    n, k = only_first + only_second, min(only_first, only_second)
    if n == 0:
        return 1.0
    tail = math.fsum(math.exp(_log_choose(n, i) - n * math.log(2)) for i in range(k + 1))
    return min(1.0, 2 * tail)


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def bootstrap(
    values: Sequence[Any],
    statistic: Callable[[Sequence[Any]], float],
    groups: Sequence[str] | None = None,
    seed: int = 0,
    rounds: int = 1000,
    *,
    confidence: float = 0.95,
) -> Interval:
    """The percentile bootstrap interval of ``statistic(values)``, for what is no proportion.

    Each round draws as many examples (or whole groups) as there are, with replacement. The same
    seed gives the same interval. Rounds without a finite figure (a class that was not drawn) are
    left out.

    Args:
        values: what each example adds (``Metric.per_example``).
        statistic: values -> the figure (``Metric.value``).
        groups: the group of each example; the examples of a group are drawn as one, since they are
            not independent.
        seed, rounds: of the draws.

    Raises:
        DataError: fewer than two examples or groups, or no round gave a finite figure.

    Source: Efron 1979; Davison and Hinkley 1997, 2.4 and 3.8 (groups).
    """
    import numpy as np

    figures = _resampled(values, statistic, groups, seed, rounds)
    tail = (1 - confidence) / 2
    low, high = np.quantile(figures, [tail, 1 - tail])
    here = statistic(values)
    return min(float(low), here), max(float(high), here)


def bootstrap_t(
    values: Sequence[float], seed: int = 0, rounds: int = 1000, *, confidence: float = 0.95
) -> Interval | None:
    """The bootstrap-t interval of the mean of numbers of which few may be very large; None where
    they are fewer than two or all alike.

    Each resample says how many of its own standard errors its mean lies from theirs; so many lie
    the ends from the mean. Where large values are rare a resample without them is narrow, and says
    so: of 300 squares of a t distribution with 5 degrees the percentile interval holds the mean in
    about 87%, this one in 90%; of squares of a normal one both in 95% (300 draws each).

    Source: Efron and Tibshirani 1993, 12.5; Hall 1988.
    """
    import numpy as np

    column = np.asarray(values, dtype=float)
    count = len(column)
    if count < 2 or column.min() == column.max():
        return None
    generator = np.random.default_rng(seed)
    middle, error = column.mean(), column.std() / math.sqrt(count)
    away = np.empty(rounds)
    for at in range(rounds):
        drawn = column[generator.integers(0, count, count)]
        own = drawn.std() / math.sqrt(count)
        away[at] = (drawn.mean() - middle) / (own or error)  # one without spread has none to count
    tail = (1 - confidence) / 2
    low, high = np.quantile(away, [tail, 1 - tail])
    return min(float(middle - high * error), float(middle)), max(
        float(middle - low * error), float(middle)
    )


def bootstrap_difference(
    first: Sequence[Any],
    second: Sequence[Any],
    statistic: Callable[[Sequence[Any]], float],
    first_groups: Sequence[str] | None = None,
    second_groups: Sequence[str] | None = None,
    seed: int = 0,
    rounds: int = 1000,
    *,
    confidence: float = 0.95,
) -> Interval:
    """The bootstrap interval of ``statistic(first) - statistic(second)``, two different sets.

    Raises:
        DataError: as ``bootstrap``.
    """
    import numpy as np

    from netwright.base.seeds import seed_of

    one = _resampled(first, statistic, first_groups, seed_of(seed, "first"), rounds)
    other = _resampled(second, statistic, second_groups, seed_of(seed, "second"), rounds)
    both = min(len(one), len(other))
    tail = (1 - confidence) / 2
    low, high = np.quantile(one[:both] - other[:both], [tail, 1 - tail])
    here = statistic(first) - statistic(second)
    return min(float(low), here), max(float(high), here)


def _resampled(
    values: Sequence[Any],
    statistic: Callable[[Sequence[Any]], float],
    groups: Sequence[str] | None,
    seed: int,
    rounds: int,
) -> Any:
    """The finite figures of ``rounds`` resamples, an array."""
    import numpy as np

    column = np.fromiter(values, dtype=object, count=len(values))
    members = members_of(len(values), groups)
    count = len(members) if members is not None else len(values)
    if count < 2:
        raise DataError(
            f"{count} {'group' if groups is not None else 'example'} to measure on: "
            "an interval needs at least two; measure on more."
        )
    generator = np.random.default_rng(seed)
    figures = np.empty(rounds)
    for at in range(rounds):
        drawn = generator.integers(0, count, count)
        rows = drawn if members is None else np.concatenate([members[group] for group in drawn])
        figures[at] = statistic(column[rows].tolist())
    finite = figures[np.isfinite(figures)]
    if len(finite) == 0:
        raise DataError(
            "no resample of the examples gave a finite figure, so its interval is unknown."
        )
    return finite


def members_of(count: int, groups: Sequence[str] | None) -> list[Any] | None:
    """The rows of each group, or None when every example stands alone."""
    import numpy as np

    if groups is None:
        return None
    if len(groups) != count:
        raise DataError(f"{len(groups)} groups for {count} examples: expected one a row.")
    _, labels = np.unique(np.asarray(groups, dtype=str), return_inverse=True)
    order = np.argsort(labels, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(labels[order])) + 1)
