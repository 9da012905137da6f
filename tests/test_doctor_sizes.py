"""Sample sizes against the formula, and against the intervals they promise."""

from __future__ import annotations

import json
import random

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from netwright.base.errors import NetwrightError
from netwright.cli.look.plan_splits import command
from netwright.doctor.sample_sizes import plan, reach
from netwright.metrics.intervals import newcombe, newcombe_paired, z_of


def run(*arguments: str) -> str:
    return (
        CliRunner().invoke(command, arguments, catch_exceptions=False, standalone_mode=False).output
    )


def test_one_point_at_10_percent_takes_6915_each() -> None:
    assert plan(error=0.1, resolve=0.01).independent == 6915
    assert "dev 6,915 and test 6,915" in run("--error", "0.1", "--resolve", "0.01")
    assert "dev 6,915 and test 6,915" in run("--error", "10%", "--resolve", "1%")


def test_newcombes_interval_agrees_with_the_plan() -> None:
    n = plan(error=0.1, resolve=0.01).independent
    low, _ = newcombe(0.105 * n, n, 0.095 * n, n)
    assert low == pytest.approx(0, abs=1e-4)


def test_paired_takes_fewer_and_newcombes_paired_interval_agrees() -> None:
    found = plan(error=0.1, resolve=0.01)
    assert found.paired == 3838 < found.independent  # z^2 (0.1 - 0.0001) / 0.0001
    n, differ, both = found.paired, found.disagree, 0.05
    wrong, worse, better = (
        round(fraction * n) for fraction in (both, (differ + 0.01) / 2, (differ - 0.01) / 2)
    )
    assert newcombe_paired(wrong, worse, better, n - wrong - worse - better)[0] == pytest.approx(
        0, abs=3e-4
    )


def test_at_the_larger_number_a_true_difference_is_seen_four_times_in_five() -> None:
    n, draw, seen, rounds = plan(error=0.1, resolve=0.05).independent_80, random.Random(3), 0, 400
    for _ in range(rounds):
        worse, better = (sum(draw.random() < p for _ in range(n)) for p in (0.125, 0.075))
        seen += newcombe(worse, n, better, n)[0] > 0
    assert 0.74 <= seen / rounds <= 0.86


@settings(deadline=None)
@given(st.floats(0.01, 0.5), st.floats(0.005, 0.1), st.floats(0.5, 0.99))
def test_what_a_plan_asks_for_reaches_the_difference_and_one_fewer_does_not(
    p: float, d: float, sure: float
) -> None:
    found = plan(error=p, resolve=d, confidence=sure, disagree=min(1.0, max(d, p)))
    for have, reaches in ((found.independent, True), (found.independent - 1, False)):
        if have >= 1:
            smallest = z_of(sure) * (2 * p * (1 - p) / have) ** 0.5
            assert (smallest <= d * (1 + 1e-9)) is reaches or have == 1
    smaller = reach(error=p, have=found.paired, confidence=sure, disagree=found.disagree)
    assert smaller.paired <= d * (1 + 1e-9)


def test_what_1000_examples_can_show() -> None:
    assert reach(error=0.1, have=3).paired is None  # they cannot be further apart than they differ
    found = reach(error=0.1, have=1000)
    assert found.independent == pytest.approx(1.959964 * (2 * 0.09 / 1000) ** 0.5)
    assert found.low < 0.1 < found.high
    assert "1,000 examples show a difference of 2.6 points" in run(
        "--error", ".1", "--have", "1000"
    )
    assert "1,000 examples show a difference of 2.0 points" in run(
        "--error", ".1", "--have", "1000", "--paired"
    )


def test_json_holds_the_plan() -> None:
    values = json.loads(
        run("--error", ".1", "--resolve", ".01", "--paired", "--have", "500", "--json")
    )
    assert (
        values["plan"]["dev"] == values["plan"]["test"] == 3838
        and values["plan"]["independent"] == 6915
    )
    assert values["have"]["have"] == 500
    assert "--disagree changes it" in run("--error", ".1", "--resolve", ".01")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--error", "0.1"], "needs --resolve"),
        (["--error", "12", "--resolve", "1%"], "for 12 percent write 12%"),
        (["--error", "0", "--resolve", ".01"], "--error 0: expected"),
        (["--error", ".1", "--resolve", "0"], "--resolve 0: expected"),
        (["--error", "x", "--resolve", ".01"], "'x' is no number"),
        (["--error", ".1", "--resolve", ".01", "--confidence", "1"], "--confidence 1: expected"),
        (["--error", ".1", "--resolve", ".05", "--disagree", ".01"], "give at least that"),
        (["--error", "10%", "--resolve", "50%"], "--resolve 50%: .* the error, 10%: resolve less"),
        (["--error", ".1", "--have", "0"], "--have 0: expected"),
        (["--error", ".1", "--have", "9" * 400], "--have 9+.*: expected .* from 1 to 10"),
        (["--error", ".1", "--resolve", "1e-300"], "--resolve 1e-300: expected .* at least 1e-06"),
        (["--error", ".1", "--resolve", "1e-7"], "--resolve 1e-7: expected .* at least 1e-06"),
    ],
)
def test_wrong_figures_end_in_one_sentence(arguments: list[str], message: str) -> None:
    with pytest.raises(NetwrightError, match=message):
        run(*arguments)
