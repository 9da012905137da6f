"""Who wins, and how far to trust it: choice, bounds, the next region, edges, luck, moves."""

from __future__ import annotations

import itertools
import json
import math
from dataclasses import replace
from typing import Any

import numpy as np
import optuna
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netwright.base.errors import RecipeError
from netwright.base.measure import Measure
from netwright.runs.choosing.choice import Bound, Candidate, choose, rank
from netwright.searching import analysis, bounds
from netwright.searching.space import Dimension
from netwright.searching.study import Plan
from netwright.searching.trials import TrialRow, row_of
from netwright.systems.classifier.recipe import ClassifierRecipe
from netwright.systems.classifier.system import SYSTEM as CLASSIFIER

RECIPE = ClassifierRecipe()
RATE = Dimension("optimizer.lr", 1e-4, 1e-1, "log")
OPTIMIZER = Dimension("optimizer.name", scale="choice", choices=("sgd", "adam"))
BETA = Dimension("optimizer.beta2", 0.9, 0.999, "one_minus_log", when=("optimizer.name", ("adam",)))
PLAN = Plan(
    "s",
    "digits8",
    "f",
    {},
    [],
    {"name": "error", "unit": "fraction", "better": "lower"},
    "random",
    "none",
    [],
    0,
)
SMALL = Bound("size", "<=", 200.0, "size<=200B")


def row(number: int, value: float, **values: Any) -> TrialRow:
    """A complete trial; the learning rate is 1e-3 unless it is named."""
    wide = Measure(value, 100, value - 0.02, value + 0.02)
    return TrialRow(
        1,
        number,
        "complete",
        {"optimizer.lr": 1e-3, **values},
        value,
        curve={1: value},
        measured=wide,
    )


class TestChoice:
    @given(
        st.lists(
            st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 4)),
            min_size=1,
            max_size=8,
        )
    )
    def test_as_a_search_through_all(self, drawn: list[tuple[int, int, int]]) -> None:
        """The winner keeps to the bound, and no other that does is better, or as good with a lower
        tie, or both and earlier.
        """
        bound = Bound("size", "<=", 2.0, "size<=2")
        few = [
            Candidate(str(i), float(v), (float(t),), {"size": float(s)})
            for i, (v, t, s) in enumerate(drawn)
        ]
        for better, sign in (("lower", 1), ("higher", -1)):
            won = choose(few, better=better, bounds=[bound]).winner  # type: ignore[arg-type]
            fit = [(sign * v, t, i) for i, (v, t, s) in enumerate(drawn) if s <= 2]
            assert won == (min(fit)[2] if fit else None)

    def test_what_is_not_a_number_never_wins(self) -> None:
        assert choose([Candidate("a", math.nan), Candidate("b", 5.0)], better="lower").winner == 1
        assert choose([Candidate("a", math.nan)], better="higher").winner is None
        assert rank(1.0, (), "lower") < rank(math.nan, (), "lower")

    def test_the_nearest_is_named_when_none_meets_the_bounds(self) -> None:
        few = [
            Candidate("trial 1", 0.1, (), {"size": 400.0}),
            Candidate("trial 2", 0.3, (), {"size": 210.0}),
        ]
        found = choose(few, better="lower", bounds=[SMALL])
        assert (found.winner, found.nearest) == (None, 1)
        assert (
            found.message
            == "none meets the bound; nearest is trial 2, where size<=200B is missed by 5% of the"
            " limit."
        )

    def test_of_two_bounds_the_nearer_comes_first(self) -> None:
        two = [SMALL, Bound("accuracy", ">=", 0.9, "accuracy>=0.9")]
        message = choose(
            [Candidate("t", 0.1, (), {"size": 300.0, "accuracy": 0.81})],
            better="lower",
            bounds=two,
        ).message
        assert message.index("accuracy>=0.9 is missed by 10% of the limit") < message.index(
            "size<=200B is missed by 50% of the limit"
        )

    def test_an_unknown_figure_meets_no_bound(self) -> None:
        assert choose([Candidate("t", 0.1)], better="lower", bounds=[SMALL]).winner is None

    def test_ties_of_trials_go_to_the_lower_loss_then_the_smaller_net_then_the_earlier(
        self,
    ) -> None:
        rows = [
            replace(row(k, 0.1), loss=loss, figures={"size": size})
            for k, (loss, size) in enumerate([(0.5, 9), (0.4, 8), (0.4, 7), (0.4, 7)])
        ]
        best, _ = analysis.winner(rows, "lower")
        assert best is not None
        assert best.number == 2


METRICS = CLASSIFIER.metrics


class TestBounds:
    @pytest.mark.parametrize(
        ("text", "fact", "limit"),
        [
            ("latency<=5ms", "latency", 0.005),
            ("size <= 200kB", "size", 200_000.0),
            ("accuracy>=97%", "accuracy", 0.97),
            ("parameters<=1.5M", "parameters", 1.5e6),
            ("macro_f1>=.9", "macro_f1", 0.9),
        ],
    )
    def test_read_with_their_units(self, text: str, fact: str, limit: float) -> None:
        found = bounds.parse(text, METRICS)
        assert (found.figure, found.limit) == (fact, pytest.approx(limit))

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("latency<5ms", "<= or >="),
            ("latency<=5", "us, ms, s"),
            ("latencie<=5ms", "did you mean 'latency'"),
            ("error<=5", "for 5 percent write 5%"),
            ("accuracy>=95", "for 95 percent write 95%"),
            ("error<=-1", "is no fraction"),
            ("size<=1.2.3kB", "is no number with a unit"),
            ("", "for example"),
        ],
    )
    def test_refused(self, text: str, message: str) -> None:
        with pytest.raises(RecipeError, match="--satisfy") as refused:
            bounds.parse(text, METRICS)
        assert message in str(refused.value)


class TestRegion:
    def test_around_the_best_quarter_on_the_scale(self) -> None:
        """Rates 10**-4 .. 10**-1 in 16 steps, best in the middle: the best four span 0.6 decades,
        widened by 0.15 each way.
        """
        rates = [10 ** (-4 + 0.2 * k) for k in range(16)]
        rows = [
            row(k, 0.1 + abs(math.log10(rate) + 2.5), **{"optimizer.lr": rate})
            for k, rate in enumerate(rates)
        ]
        (finer,) = analysis.region(rows, (RATE,), "lower", RECIPE)
        assert math.log10(finer.low) == pytest.approx(-2.95, abs=0.01)
        assert math.log10(finer.high) == pytest.approx(-2.05, abs=0.01)

    def test_no_narrower_than_a_fifth_and_inside_the_range(self) -> None:
        rows = [row(k, 0.1 + k, **{"optimizer.lr": 1e-2}) for k in range(12)]
        (finer,) = analysis.region(rows, (RATE,), "lower", RECIPE)
        assert math.log10(finer.high / finer.low) == pytest.approx(0.6, abs=0.01)

    def test_reaches_beyond_an_edge_at_which_the_best_lies(self) -> None:
        rows = [row(k, 0.5 - k / 40, **{"optimizer.lr": 10 ** (-4 + 0.25 * k)}) for k in range(13)]
        (finer,) = analysis.region(rows, (RATE,), "lower", RECIPE)
        assert finer.high > RATE.high
        assert finer.low > RATE.low

    def test_a_choice_that_the_best_quarter_always_makes_is_fixed(self) -> None:
        rows = [
            row(k, 0.1 + k / 20, **{"optimizer.name": "adam", "optimizer.beta2": 0.99})
            for k in range(4)
        ]
        rows += [row(k, 0.8, **{"optimizer.name": "sgd"}) for k in range(4, 9)]
        space = (OPTIMIZER, RATE, BETA)
        finer = analysis.region(rows, space, "lower", RECIPE)
        assert [one.key for one in finer] == ["optimizer.lr", "optimizer.beta2"]
        assert finer[1].when is None, "its condition always holds now"
        assert analysis.fixed(space, finer, rows, "lower") == {"optimizer.name": "adam"}

    def test_only_trials_that_keep_to_the_bounds_count_when_they_are_enough(self) -> None:
        rows = [replace(row(k, 0.1), figures={"size": 150.0 if k % 2 else 900.0}) for k in range(6)]
        assert [one.number for one in analysis.allowed(rows, [SMALL])] == [1, 3, 5]
        assert analysis.allowed(rows[:4], [SMALL]) == rows[:4], "two are too few"

    def test_too_few_trials_leave_it_as_it_is(self) -> None:
        assert analysis.region([row(0, 0.1)], (RATE,), "lower", RECIPE) == (RATE,)


class TestRemarks:
    def test_an_edge_proposes_the_range_beyond_it(self) -> None:
        best = row(0, 0.1, **{"optimizer.lr": 0.099})
        messages = analysis.remarks([best], (RATE,), PLAN, RECIPE, best)
        assert messages[0].startswith("the best optimizer.lr, 0.099, lies at the high edge")
        assert "--space optimizer.lr=0.0001:3.16:log" in messages[0]

    def test_an_edge_of_what_the_knob_takes_is_named(self) -> None:
        dropout = Dimension("model.dropout", 0.0, 0.5)
        best = row(0, 0.1, **{"model.dropout": 0.0})
        assert "takes none beyond" in analysis.remarks([best], (dropout,), PLAN, RECIPE, best)[0]

    def test_few_points_near_the_best_are_counted_and_enough_are_not(self) -> None:
        near = [row(k, 0.1 + k, **{"optimizer.lr": 1e-3 * 1.1**k}) for k in range(4)]
        assert not any(
            "few other" in line for line in analysis.remarks(near, (RATE,), PLAN, RECIPE, near[0])
        )
        assert any(
            ": 1 along optimizer.lr;" in line
            for line in analysis.remarks(near[:2], (RATE,), PLAN, RECIPE, near[0])
        )

    def test_how_often_dev_was_used(self) -> None:
        rows = [replace(row(k, 0.1), curve={1: 0.3, 2: 0.2, 3: 0.1}) for k in range(4)]
        assert "consulted 12 times, by 4 complete trials" in analysis.consulted(rows, PLAN)

    def test_luck_is_what_a_simulation_gives(self) -> None:
        """The best of 20 equally good normal figures, drawn 20,000 times."""
        rows = [row(k, 0.1) for k in range(20)]
        spread = 0.04 / (2 * 1.96)
        drawn = np.random.default_rng(0).normal(0, spread, (20_000, 20)).max(axis=1).mean()
        assert analysis.luck_of(rows) == pytest.approx(drawn, rel=0.02)


class TestMoves:
    def test_apart_it_moved_and_overlapping_it_did_not(self) -> None:
        low = [row(k, 0.1 + k / 10, **{"optimizer.lr": 1e-4 * 1.1**k}) for k in range(4)]
        high = [row(k, 0.1 + k / 10, **{"optimizer.lr": 1e-2 * 1.1**k}) for k in range(4)]
        assert "moved by 66.7% of its range" in analysis.moved((RATE,), low, high, "lower")[0]
        assert "no clear move" in analysis.moved((RATE,), low, low[1:], "lower")[0]

    def test_a_choice(self) -> None:
        sets = [
            [row(k, 0.1 + k / 10, **{"optimizer.name": name}) for k in range(4)]
            for name in ("sgd", "adam")
        ]
        for (first, a), (second, b) in itertools.product(enumerate(sets), repeat=2):
            message = analysis.moved((OPTIMIZER,), a, b, "lower")[0]
            assert ("the same" if first == second else "moved") in message


def test_an_epoch_whose_figure_is_no_number_has_none() -> None:
    trial = optuna.trial.create_trial(
        value=1.0, intermediate_values={1: 0.5, 2: float("nan"), 3: float("inf")}
    )
    row = row_of(trial, 1)
    assert row.curve == {1: 0.5}
    json.dumps(row.as_json(), allow_nan=False)
