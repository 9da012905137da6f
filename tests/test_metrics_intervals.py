"""Intervals against the tables of the papers, against brute force, and by coverage."""

from __future__ import annotations

import math
import random
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netwright.base.errors import DataError
from netwright.metrics.intervals import (
    Z95,
    bootstrap,
    bootstrap_difference,
    bootstrap_t,
    combine,
    mcnemar,
    newcombe,
    newcombe_paired,
    wilson,
    z_of,
)
from netwright.metrics.labels import MACRO_F1, mean

# Newcombe 1998a (Statistics in Medicine 17, 857-872), table I, method 3
WILSON = [
    (81, 263, 0.2553, 0.3662),
    (15, 148, 0.0624, 0.1605),
    (0, 20, 0.0000, 0.1611),
    (1, 29, 0.0061, 0.1718),
]

# Newcombe 1998b (17, 873-890), table II, method 10
INDEPENDENT = [
    (56, 70, 48, 80, 0.0524, 0.3339),
    (9, 10, 3, 10, 0.1705, 0.8090),
    (6, 7, 2, 7, 0.0582, 0.8062),
    (5, 56, 0, 29, -0.0381, 0.1926),
    (0, 10, 0, 20, -0.1611, 0.2775),
    (0, 10, 0, 10, -0.2775, 0.2775),
    (10, 10, 0, 20, 0.6791, 1.0000),
    (10, 10, 0, 10, 0.6075, 1.0000),
]

# Newcombe 1998c (17, 2635-2650), table II, method 10
PAIRED = [
    (36, 12, 2, 0, 0.0569, 0.3404),
    (18, 12, 2, 18, 0.0562, 0.3290),
    (53, 0, 0, 1, -0.0729, 0.0729),
]


@pytest.mark.parametrize(("errors", "n", "low", "high"), WILSON)
def test_wilson_gives_the_figures_of_the_paper(
    errors: int, n: int, low: float, high: float
) -> None:
    assert wilson(errors, n) == pytest.approx((low, high), abs=5.1e-5)


@settings(deadline=None)
@given(st.integers(1, 3000), st.floats(0, 1), st.sampled_from([0.8, 0.95, 0.99]))
def test_wilsons_ends_are_where_the_score_test_just_rejects(
    n: int, fraction: float, confidence: float
) -> None:
    errors, z = round(fraction * n), z_of(confidence)
    low, high = wilson(errors, n, z=z)
    p = errors / n
    assert 0 <= low <= p <= high <= 1
    for end in (low, high):
        assert (p - end) ** 2 == pytest.approx(z * z * end * (1 - end) / n, abs=1e-9) or end == p


@pytest.mark.parametrize(("a", "m", "b", "n", "low", "high"), INDEPENDENT)
def test_newcombes_interval_gives_the_figures_of_the_paper(
    a: int, m: int, b: int, n: int, low: float, high: float
) -> None:
    assert newcombe(a, m, b, n) == pytest.approx((low, high), abs=5.1e-5)


@pytest.mark.parametrize(("both", "first", "second", "neither", "low", "high"), PAIRED)
def test_the_paired_interval_gives_the_figures_of_the_paper(
    both: int, first: int, second: int, neither: int, low: float, high: float
) -> None:
    assert newcombe_paired(both, first, second, neither) == pytest.approx((low, high), abs=5.1e-5)


counts = st.integers(0, 200)


@settings(deadline=None)
@given(counts, counts, counts, counts.filter(bool))
def test_a_paired_interval_holds_its_figure_and_turns_with_the_models(
    a: int, b: int, c: int, d: int
) -> None:
    low, high = newcombe_paired(a, b, c, d)
    assert -1 - 1e-9 <= low <= (b - c) / (a + b + c + d) <= high <= 1 + 1e-9
    assert newcombe_paired(a, c, b, d) == pytest.approx((-high, -low), abs=1e-12)


@settings(deadline=None)
@given(counts, st.integers(1, 400), counts, st.integers(1, 400))
def test_an_independent_interval_holds_its_figure_and_turns_with_the_sets(
    a: int, m: int, b: int, n: int
) -> None:
    a, b = min(a, m), min(b, n)
    low, high = newcombe(a, m, b, n)
    assert -1 - 1e-9 <= low <= a / m - b / n <= high <= 1 + 1e-9
    assert newcombe(b, n, a, m) == pytest.approx((-high, -low), abs=1e-12)


def coverage(p1: float, n1: int, p2: float, n2: int) -> float:
    """The exact probability that Newcombe's interval holds p1 - p2, over all outcomes."""

    def probability(k: int, n: int, p: float) -> float:
        return math.comb(n, k) * p**k * (1 - p) ** (n - k)

    return sum(
        probability(a, n1, p1) * probability(b, n2, p2)
        for a, b in product(range(n1 + 1), range(n2 + 1))
        if newcombe(a, n1, b, n2)[0] <= p1 - p2 <= newcombe(a, n1, b, n2)[1]
    )


@pytest.mark.parametrize(
    ("p1", "n1", "p2", "n2"), [(0.3, 40, 0.2, 30), (0.1, 50, 0.1, 50), (0.5, 25, 0.4, 40)]
)
def test_newcombes_interval_holds_the_truth_in_about_95_of_100(
    p1: float, n1: int, p2: float, n2: int
) -> None:
    assert 0.94 <= coverage(p1, n1, p2, n2) <= 0.98


def test_paired_coverage_by_simulation() -> None:
    draw, cells, held, rounds = random.Random(1), (0.05, 0.10, 0.05, 0.80), 0, 2000
    for _ in range(rounds):
        table = [0, 0, 0, 0]
        for cell in draw.choices(range(4), cells, k=100):
            table[cell] += 1
        low, high = newcombe_paired(*table)
        held += low <= cells[1] - cells[2] <= high
    assert 0.93 <= held / rounds <= 0.98


def test_a_figure_known_exactly_adds_no_noise() -> None:
    low, high = combine(0.088, wilson(88, 1000), 0.005, (0.005, 0.005))
    assert (low + 0.005, high + 0.005) == pytest.approx(wilson(88, 1000))


@pytest.mark.parametrize("b", [0, 1, 7, 30])
@pytest.mark.parametrize("c", [0, 2, 12, 45])
def test_mcnemars_p_counts_all_outcomes_at_least_as_uneven(b: int, c: int) -> None:
    n = b + c
    uneven = sum(math.comb(n, k) for k in range(n + 1) if abs(2 * k - n) >= abs(b - c))
    assert mcnemar(b, c) == pytest.approx(min(1.0, uneven / 2**n), rel=1e-9)


def test_mcnemar_with_many_examples_stays_finite() -> None:
    assert 0 <= mcnemar(5000, 6000) < 1e-9 < mcnemar(100_000, 100_400)


@pytest.mark.parametrize(("errors", "n"), [(1, 0), (-1, 10), (11, 10), (0, -5)])
def test_impossible_counts_are_refused(errors: int, n: int) -> None:
    with pytest.raises(DataError, match="expected a count"):
        wilson(errors, n)


def test_z_of_is_the_normal_quantile() -> None:
    assert (z_of(0.95), z_of(0.99)) == pytest.approx((Z95, 2.5758293))
    with pytest.raises(DataError, match="between 0 and 1"):
        z_of(95)


def values_of(n: int, seed: int) -> list[float]:
    draw = random.Random(seed)
    return [draw.gauss(2.0, 3.0) for _ in range(n)]


def test_the_bootstrap_of_a_mean_agrees_with_the_normal_interval() -> None:
    values = values_of(400, 0)
    middle = mean(values)
    half = Z95 * math.sqrt(sum((value - middle) ** 2 for value in values)) / len(values)
    low, high = bootstrap(values, mean, rounds=2000)
    assert (low, high) == pytest.approx((middle - half, middle + half), abs=0.1 * half)


def test_the_bootstrap_t_of_a_mean_agrees_with_the_normal_interval() -> None:
    values = values_of(400, 0)
    middle = mean(values)
    half = Z95 * math.sqrt(sum((value - middle) ** 2 for value in values)) / len(values)
    found = bootstrap_t(values, rounds=2000)
    assert found == pytest.approx((middle - half, middle + half), abs=0.1 * half)
    assert bootstrap_t(values, seed=3, rounds=50) == bootstrap_t(values, seed=3, rounds=50)


@pytest.mark.parametrize("values", [[], [2.0], [2.0] * 9])
def test_of_hardly_any_values_or_of_equal_ones_the_bootstrap_t_says_nothing(
    values: list[float],
) -> None:
    assert bootstrap_t(values) is None


@pytest.mark.parametrize("seed", range(20))
def test_the_bootstrap_t_holds_the_mean_of_its_values(seed: int) -> None:
    draw = random.Random(seed)
    values = [0.0] * draw.randrange(5) + [draw.random() ** -1.5 for _ in range(3)]
    low, high = bootstrap_t(values, seed=seed, rounds=50) or (0.0, 0.0)
    assert low <= mean(values) <= high


def test_the_bootstrap_t_holds_the_truth_of_large_rare_values_more_often() -> None:
    """Squares of log-normal errors."""
    truth, held = math.exp(0.5 * 1.5**2), [0, 0]
    for seed in range(150):
        draw = random.Random(seed)
        values = [math.exp(draw.gauss(0, 1.5)) for _ in range(100)]
        ends = (bootstrap(values, mean, rounds=200), bootstrap_t(values, rounds=200))
        for at, (low, high) in enumerate(one or (0.0, 0.0) for one in ends):
            held[at] += low <= truth <= high
    assert held[1] > held[0] + 5


def test_the_bootstrap_is_repeatable_and_takes_any_values() -> None:
    values = [("cat", "cat")] * 40 + [("cat", "dog")] * 10 + [("dog", "dog")] * 30
    first, again, other = (
        bootstrap(values, MACRO_F1.value, seed=seed, rounds=200) for seed in (3, 3, 4)
    )
    assert first == again != other
    assert first[0] < MACRO_F1.value(values) < first[1]


def test_drawing_by_group_sees_that_examples_of_a_group_are_alike() -> None:
    levels = values_of(40, 1)
    values, groups = (
        [level for level in levels for _ in range(25)],
        [f"g{i}" for i in range(40) for _ in range(25)],
    )
    alone, grouped = (
        bootstrap(values, mean, rounds=400),
        bootstrap(values, mean, groups=groups, rounds=400),
    )
    ratio = (grouped[1] - grouped[0]) / (alone[1] - alone[0])
    assert ratio == pytest.approx(5.0, rel=0.25)  # sqrt(25) examples a group


def test_one_example_a_group_is_no_group() -> None:
    values = values_of(60, 2)
    single = bootstrap(values, mean, groups=[f"{i:03}" for i in range(60)], rounds=100)
    assert single == pytest.approx(bootstrap(values, mean, rounds=100))


def test_the_difference_of_two_bootstraps_agrees_with_the_normal_interval() -> None:
    one, other = values_of(300, 5), [value / 2 for value in values_of(300, 6)]

    def error(values: list[float]) -> float:
        middle = mean(values)
        return math.sqrt(sum((value - middle) ** 2 for value in values)) / len(values)

    d, half = mean(one) - mean(other), Z95 * math.hypot(error(one), error(other))
    assert bootstrap_difference(one, other, mean, rounds=2000) == pytest.approx(
        (d - half, d + half), abs=0.1 * half
    )
    # drawn independently, also from equal values
    assert bootstrap_difference(one, one, mean, rounds=200)[1] > 0


@pytest.mark.parametrize(
    ("values", "groups"), [([], None), ([1.0], None), ([1.0, 2.0], ["a", "a"])]
)
def test_an_interval_from_fewer_than_two_is_refused(
    values: list[float], groups: list[str] | None
) -> None:
    with pytest.raises(DataError, match="at least two"):
        bootstrap(values, mean, groups=groups)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(-100, 100), min_size=2, max_size=30), st.integers(0, 5))
def test_a_bootstrap_interval_holds_its_figure(values: list[float], seed: int) -> None:
    low, high = bootstrap(values, mean, seed=seed, rounds=50)
    assert low <= mean(values) <= high
