"""What a search looks at: scales, tiers, conditions, grids, and what it refuses."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netwright.base.errors import RecipeError
from netwright.data import defaults
from netwright.searching import choose_space
from netwright.searching.report import ticks
from netwright.searching.space import Dimension, Space, dump, grid, load
from netwright.systems.classifier.recipe import ClassifierRecipe

ROWS = ClassifierRecipe().resolve(
    {
        "optimizer.name": "adamw",
        "optimizer.lr": 0.004,
        "model.name": "mlp",
        "model.hidden": [128, 64],
        "model.dropout": 0.1,
        "training.epochs": 20,
        "objective.label_smoothing": 0.0,
        "optimizer.weight_decay": 0.05,
        "training.batch_size": 32,
        "training.average": 0.98,
    }
)
"""A recipe as it is completed for rows."""

UNREAD = defaults.unread(ROWS)
"""What only images read of it."""


def of_rows(**wanted: Any) -> Space:
    return choose_space.space_of(ROWS, unread=UNREAD, **wanted)


BETA = Dimension("optimizer.beta2", 0.9, 0.9999, "one_minus_log")
RATE = Dimension("optimizer.lr", 1e-4, 1e-1, "log")
UNITS = Dimension("training.batch_size", 16, 1024, "log", integer=True)


class TestScales:
    def test_the_middle_of_a_log_scale_is_the_geometric_mean(self) -> None:
        assert RATE.value(sum(RATE.ends) / 2) == pytest.approx(math.sqrt(1e-4 * 1e-1), rel=1e-3)

    def test_half_of_the_points_for_beta_lie_above_the_notes_0_9968(self) -> None:
        """Between 0.9 and 0.9999 the middle of log(1 - beta) is 1 - 10**-2.5 (notes 2.3.2)."""
        assert BETA.value(sum(BETA.ends) / 2) == pytest.approx(1 - 10**-2.5, abs=1e-6)

    @given(st.floats(0, 1))
    def test_a_value_lies_in_its_range_and_back_at_its_place(self, place: float) -> None:
        for one in (BETA, RATE, Dimension("model.dropout", 0.0, 0.5)):
            low, high = one.ends
            value = one.value(low + place * (high - low))
            assert one.low <= value <= one.high
            assert one.unit(value) == pytest.approx(place, abs=2e-3)

    def test_every_whole_number_has_an_equal_part_of_the_scale(self) -> None:
        one = Dimension("k", 1, 4, integer=True)
        low, high = one.ends
        found = [one.value(low + (high - low) * k / 9999) for k in range(10_000)]
        assert {value: found.count(value) for value in {*found}} == pytest.approx(
            dict.fromkeys(range(1, 5), 2500), abs=10
        )

    def test_a_number_for_a_list_gives_every_layer_the_same(self) -> None:
        one = Dimension("model.hidden", 16, 256, "log", integer=True, layers=3)
        assert one.value(math.log10(64)) == [64, 64, 64]
        assert one.coordinate([64, 64, 64]) == pytest.approx(math.log10(64))

    def test_json_gives_the_same_space_back(self) -> None:
        space = (
            BETA,
            UNITS,
            Dimension(
                "model.hidden",
                scale="choice",
                choices=([64], [128, 64]),
                when=("model.name", ("mlp",)),
            ),
        )
        assert load(json.loads(json.dumps(dump(space)))) == space

    def test_ticks_are_round_and_inside(self) -> None:
        assert [text for _, text in ticks(RATE)] == ["0.0001", "0.001", "0.01", "0.1"]
        assert [text for _, text in ticks(Dimension("d", 0.0, 0.5))] == ["0", "0.2", "0.4"]
        assert all(BETA.ends[0] - 1e-9 <= place <= BETA.ends[1] + 1e-9 for place, _ in ticks(BETA))


class TestGrid:
    def test_equal_steps_on_the_scale_ends_included(self) -> None:
        assert [RATE.value(point["optimizer.lr"]) for point in grid((RATE,), 4)] == [
            1e-4,
            1e-3,
            1e-2,
            1e-1,
        ]

    def test_every_choice_and_no_more_points_than_allowed(self) -> None:
        optimizer = Dimension("optimizer.name", scale="choice", choices=("sgd", "adam", "adamw"))
        points = grid((optimizer, RATE), 10)
        assert len(points) == 9
        assert {point["optimizer.name"] for point in points} == {0.0, 1.0, 2.0}

    def test_a_condition_makes_points_only_if_it_holds(self) -> None:
        optimizer = Dimension("optimizer.name", scale="choice", choices=("sgd", "adam"))
        beta = Dimension(
            "optimizer.beta2", 0.9, 0.999, "one_minus_log", when=("optimizer.name", ("adam",))
        )
        points = grid((optimizer, beta), 4)
        assert [("optimizer.beta2" in point) for point in points] == [False, True, True, True]


class TestTiers:
    def test_who_names_nothing_searches_the_learning_rate(self) -> None:
        assert [(one.key, one.scale) for one in of_rows()] == [("optimizer.lr", "log")]

    def test_a_tier_holds_those_before_it_and_only_what_is_read(self) -> None:
        keys = [{one.key for one in of_rows(tier=tier)} for tier in (1, 2, 3, 4)]
        assert keys[0] < keys[1] < keys[2] < keys[3]
        assert keys[1] == {"optimizer.lr", "optimizer.beta1", "model.hidden", "training.batch_size"}
        assert not {"model.width", "augment.shift"} & keys[3], "rows and an MLP read neither"
        assert not any(key.startswith(("split.", "data.")) for key in keys[3])

    def test_a_table_searches_no_augmentation(self) -> None:
        assert not [one.key for one in of_rows(tier=4) if one.key.startswith("augment.")]

    def test_what_is_named_comes_before_the_knobs_own_range(self) -> None:
        (one,) = of_rows(tier=1, named={"optimizer.lr": [0.01, 0.1]})
        assert (one.low, one.high, one.scale) == (0.01, 0.1, "log")

    def test_a_knob_that_another_switches_on_is_conditional(self) -> None:
        space = of_rows(named={"optimizer.beta2": {}, "optimizer.name": ["sgd", "adamw"]})
        assert [one.key for one in space] == [
            "optimizer.name",
            "optimizer.beta2",
        ], "after the one that it depends on"
        assert space[1].when == ("optimizer.name", ("rmsprop", "adam", "adamw", "muon"))

    def test_a_condition_that_holds_anyway_is_dropped(self) -> None:
        entry = {"low": 0.9, "high": 0.99, "when": {"optimizer.name": ["adamw"]}}
        assert of_rows(named={"optimizer.beta1": entry})[0].when is None


REFUSED: dict[str, tuple[str, Any, str]] = {
    "reversed": ("optimizer.lr", [0.1, 0.001], "reversed; did you mean 0.001 to 0.1"),
    "empty": ("optimizer.lr", [0.1, 0.1], "the range is empty"),
    "log over zero": ("optimizer.lr", {"low": 0, "high": 1}, "a log scale holds no zero"),
    "log over negatives": (
        "optimizer.weight_decay",
        {"low": -1, "high": 1},
        "a log scale holds no zero",
    ),
    "one and above": ("optimizer.beta1", {"low": 0.9, "high": 1.0}, "only values below 1"),
    "unknown knob": ("optimizer.learning_rate", [0.1, 1], "did you mean 'optimizer.lr'"),
    "a section": ("optimizer", [0.1, 1], "optimizer"),
    "refused by the knob": ("optimizer.lr", [0.1, 1e9], "at most 1000"),
    "a choice refused by the knob": (
        "optimizer.name",
        ["adamw", "adamm"],
        "expected auto or one of sgd",
    ),
    "a choice twice": ("optimizer.name", ["adamw", "adamw"], "twice"),
    "one choice": ("optimizer.name", {"choices": ["adamw"]}, "at least two choices"),
    "no scale": ("optimizer.lr", {"scale": "lag"}, "did you mean 'log'"),
    "no field": ("optimizer.lr", {"lo": 1}, "did you mean 'low'"),
    "both": ("optimizer.lr", {"low": 0.1, "choices": [1, 2]}, "a range or choices"),
    "no number": ("optimizer.lr", {"low": "small"}, "expected a number"),
    "not finite": ("optimizer.lr", {"high": math.inf}, "expected a number"),
    "half a batch": ("training.batch_size", [16.5, 32], "whole numbers"),
    "the splits": ("split.dev", [0.1, 0.2], "the same dev examples"),
    "the seed": ("training.seed", [0, 9], "a lucky seed"),
    "no range": ("optimizer.epsilon", {}, "no range of its own"),
    "read by another net": (
        "model.width",
        [8, 16],
        "read with model.name = airbench or resnet-small or cnn-small, which is mlp",
    ),
    "read by other data": ("augment.shift", [0, 0.1], "neither these data nor this net"),
    "a condition on nothing": (
        "optimizer.lr",
        {"when": {"optimizer.nam": "sgd"}},
        "did you mean 'optimizer.name'",
    ),
    "not a range": ("optimizer.lr", "big", "expected {low, high, scale}"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_space_that_cannot_be_is_refused_in_a_sentence(name: str) -> None:
    key, entry, expected = REFUSED[name]
    with pytest.raises(RecipeError, match=r"^[^\n]+$") as refused:
        of_rows(named={key: entry})
    assert expected in str(refused.value)


def test_a_ring_of_conditions_is_refused() -> None:
    named = {
        "optimizer.name": {"choices": ["sgd", "adam"], "when": {"schedule.name": "cosine"}},
        "schedule.name": {"choices": ["cosine", "constant"], "when": {"optimizer.name": "sgd"}},
    }
    with pytest.raises(RecipeError, match="ring of conditions"):
        of_rows(named=named)


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("optimizer.lr=1e-4:1e-1:log", {"low": 1e-4, "high": 1e-1, "scale": "log"}),
        ("model.dropout=0:0.5", {"low": 0.0, "high": 0.5}),
        ("optimizer.name=sgd,adamw", {"choices": ["sgd", "adamw"]}),
    ],
)
def test_as_typed(text: str, entry: Any) -> None:
    assert choose_space.parse(text) == (text.partition("=")[0], entry)


@pytest.mark.parametrize(
    "text", ["optimizer.lr", "optimizer.lr=", "=1:2", "optimizer.lr=1:2:log:3", "optimizer.lr=a:b"]
)
def test_mistyped(text: str) -> None:
    with pytest.raises(RecipeError, match="expected"):
        choose_space.parse(text)
