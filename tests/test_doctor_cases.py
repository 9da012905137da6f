"""The benchmark of the doctor counts as it says: planted against verdict, effects against noise."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest
from benchmarks.doctor.confusion import Judgement, table
from benchmarks.doctor.planted import plants
from benchmarks.doctor.planted.cases import every
from benchmarks.doctor.planted.diseases import DISEASES, GAPS
from benchmarks.doctor.planted.sources import Rows
from benchmarks.doctor.planted.trial import effect_of, true_gaps


def test_the_table_has_a_row_for_each_kind_and_a_column_for_each_verdict() -> None:
    cases = [
        Judgement("variance", "variance", True),
        Judgement("variance", "avoidable bias", False),
        Judgement("nothing wrong", "nothing wrong", True),
    ]
    found = table("two kinds", cases)
    assert found.columns == ("planted", "variance", "nothing wrong", "avoidable bias", "right")
    assert found.rows == (
        ("variance", "1", "", "1", "1 of 2"),
        ("nothing wrong", "", "1", "", "1 of 1"),
    )
    assert found.notes[0].startswith("first verdict right: 1 of 2, 50.0% (9.5% to 90.5%)")
    assert found.notes[1].startswith("healthy ones left alone: 1 of 1")


def test_an_effect_is_counted_in_standard_errors_and_must_be_the_largest_gap() -> None:
    figures = {"people": 0.02, "train": 0.1, "held": 0.25, "dev": 0.24}
    assert effect_of("too little data", figures, 0.01) == (pytest.approx(15.0), "")
    assert effect_of("too small", figures, 0.01)[1] == "variance is larger"
    assert effect_of("too small", figures, 0.05)[1] == "an effect of 1.6 standard errors"
    gaps = true_gaps({**figures, "general": 0.15, "other": 0.4})
    expected = (0.08, 0.05, 0.1, 0.16)
    assert gaps == {name: pytest.approx(size) for name, size in zip(GAPS, expected, strict=True)}


def test_a_healthy_net_has_no_gap_of_more_than_a_standard_error() -> None:
    figures = {"people": 0.1, "train": 0.1, "held": 0.105}
    assert effect_of("nothing wrong", figures, 0.01)[1] == ""
    assert "2.0 standard errors" in effect_of("nothing wrong", {**figures, "held": 0.12}, 0.01)[1]
    assert not math.isnan(effect_of("nothing wrong", figures, 0.01)[0])


def test_each_disease_is_planted_at_least_three_times() -> None:
    planted = [case.disease for case in every()]
    assert set(planted) == set(DISEASES)
    assert min(planted.count(name) for name in DISEASES) >= 3
    assert len({case.data for case in every()}) >= 8


def test_what_is_planted_is_there() -> None:
    rng = np.random.default_rng(0)
    x = pl.DataFrame({"a": rng.normal(size=300), "b": rng.normal(size=300)})
    rows = Rows(x, np.array(["cat", "dog", "cow"] * 100))
    slips = plants.slips(0.2)(rows, rows, rng)
    assert 0.1 < (slips.inside.y != rows.y).mean() < 0.3
    confused = plants.confused(0.4)(rows, rows, rng).inside
    changed = confused.y != rows.y
    assert len(set(np.char.add(rows.y[changed], confused.y[changed]).tolist())) == 1
    twins = plants.twins(rows, rows, rng).inside
    assert len(twins) == 300
    assert np.corrcoef(twins.x["a"][:100], twins.x["a"][100:200])[0, 1] > 0.999
    places = plants.two_places(plants.gained)(rows, rows, rng)
    assert places.inside.places.count("target") == 90
    assert places.outside["held"].x["a"].std() > places.outside["general"].x["a"].std()
