"""The judgement of a run from its measures, whatever the metric."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from netwright.base.measure import Measure
from netwright.doctor.diagnose import diagnose
from netwright.doctor.gaps.figures import FigureFormat, round_up
from netwright.doctor.gaps.judgement import Rung, diagnose_ladder
from netwright.systems.classifier.recipe import ClassifierRecipe


def proportion(value: float, n: int, **more: Any) -> Measure:
    return replace(Measure(value, n, unit="fraction", is_proportion=True), **more)


def figure(value: float, low: float, high: float, **more: Any) -> Measure:
    return replace(Measure(value, 100, low, high), **more)


def test_the_measures_of_a_run_are_judged_like_a_typed_ladder() -> None:
    measures = {
        "train": proportion(0.02, 5000),
        "dev": proportion(0.06, 1000),
        "elsewhere": proportion(0.5, 10),
    }
    found = diagnose(measures, human_error=0.01, baseline=0.9)
    typed = diagnose_ladder(
        [Rung("human", 0.01), Rung("train", 0.02, 5000), Rung("dev", 0.06, 1000)], baseline=0.9
    )
    assert found == typed


def test_accuracy_gives_the_same_judgement_as_error() -> None:
    errors = {"train": proportion(0.25, 512), "dev": proportion(0.5, 256)}
    accuracies = {
        "train": proportion(0.75, 512, better="higher"),
        "dev": proportion(0.5, 256, better="higher"),
    }
    assert diagnose(accuracies, metric="accuracy", human_error=0.125, baseline=0.1) == diagnose(
        errors, human_error=0.125, baseline=0.9
    )


def test_rmse_is_judged_by_the_square_root_rule_on_its_own_intervals() -> None:
    measures = {"train": figure(2.0, 1.7, 2.4), "dev": figure(3.0, 2.6, 3.3)}
    (gap,) = diagnose(measures).gaps
    assert gap.size == pytest.approx(1.0)
    assert (gap.low, gap.high) == pytest.approx(
        (1 - (0.4**2 + 0.4**2) ** 0.5, 1 + (0.3**2 + 0.3**2) ** 0.5)
    )
    assert gap.verdict == "first" and "by 1.0 (" in gap.why and "%" not in gap.why


def test_a_metric_of_which_more_is_better_keeps_its_sign_in_words() -> None:
    kinds = {"better": "higher", "unit": "BLEU"}
    measures = {
        "train": figure(40.0, 39.0, 41.0, **kinds),
        "dev": figure(30.0, 29.0, 31.5, **kinds),
    }
    found = diagnose(measures, human_error=45.0, baseline=2.0)
    assert found.gaps[0].size == pytest.approx(5.0) and found.gaps[1].size == pytest.approx(10.0)
    assert found.verdict.startswith(
        "Variance first: dev 30 BLEU is worse than training 40 BLEU by 10 BLEU"
    )
    assert "avoidable bias, 5.0 BLEU" in found.verdict and "NW110" not in [
        f.code for f in found.findings
    ]
    assert diagnose(measures, baseline=31.0).findings[0].code == "NW110"
    assert "the human level is unknown" in diagnose(measures).verdict


def test_a_fraction_that_is_no_proportion_gets_no_interval_from_its_count() -> None:
    measures = {
        split: proportion(0.3, 50, better="higher", is_proportion=False)
        for split in ("train", "dev")
    }
    found = diagnose(measures, metric="macro_f1", human_error=0.1)
    assert all(rung.interval is None for rung in found.rungs)
    assert found.metric == "1 - macro_f1" and found.gaps[0].size == pytest.approx(0.6)


def test_an_error_fraction_above_1_is_taken_with_its_interval() -> None:
    rates = {
        "train": figure(0.9, 0.8, 1.0, unit="fraction"),
        "dev": figure(1.3, 1.2, 1.4, unit="fraction"),
    }
    found = diagnose(rates, metric="wer", human_error=0.05)
    assert found.gaps[1].verdict == "next"


def test_an_interval_that_misses_its_figure_by_rounding_is_widened() -> None:
    measures = {
        "train": proportion(0.1, 10, low=0.1 + 1e-17, high=0.3),
        "dev": proportion(0.2, 10, low=0.1, high=0.2 - 1e-12),
    }
    assert diagnose(measures).gaps


def test_the_knobs_speak_of_the_runs_own_recipe() -> None:
    recipe = ClassifierRecipe().changed(
        {"training.epochs": 30, "model.name": "resnet-small", "model.width": 16}
    )
    found = diagnose(
        {"train": proportion(0.2, 5000), "dev": proportion(0.21, 5000)},
        human_error=0.0,
        recipe=recipe,
    )
    assert any(knob.change == {"training.epochs": "30 -> 60"} for knob in found.knobs)
    assert any("model.width 16 -> 32" in step for step in found.findings[0].do)


@pytest.mark.parametrize("measures", [{}, {"dev": proportion(0.1, 100)}])
def test_too_few_splits_are_no_error(measures: dict[str, Measure]) -> None:
    found = diagnose(measures)
    assert not found.gaps and "give train too" in found.verdict


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0.083, "8.3 points"),
        (0.0005, "0.05 points"),
        (0.00004, "0.004 points"),
        (-0.02, "-2.0 points"),
        (0.0, "0.0 points"),
    ],
)
def test_points_are_short_and_never_vanish(size: float, text: str) -> None:
    assert FigureFormat().size(size) == text


def test_an_interval_is_written_with_the_decimals_of_its_gap() -> None:
    assert FigureFormat().sized(0.003, -0.00095, 0.0072) == "0.3 points (-0.1 to 0.7)"
    assert FigureFormat().sized(0.003, -0.0001, 0.0072) == "0.3 points (0.0 to 0.7)"
    assert FigureFormat("m").sized(0.5, 0.25, 0.75) == "0.50 m (0.25 to 0.75)"
    assert FigureFormat("").sized(6.1, -0.745, 11.3) == "6.1 (-0.7 to 11.3)"
    assert FigureFormat().signed(0.003, -0.001, 0.007) == "+0.3 ± 0.4"


@pytest.mark.parametrize(
    ("exact", "plan"), [(6915, 7000), (7000, 7000), (7001, 7100), (9.2, 10), (101, 110), (99, 99)]
)
def test_a_plan_is_rounded_up_to_two_digits(exact: float, plan: int) -> None:
    assert round_up(exact) == plan


def test_printed_it_is_the_verdict_the_figures_and_what_to_do() -> None:
    measures = {"train": proportion(0.10, 5000), "dev": proportion(0.12, 5000)}
    found = diagnose(measures, human_error=0.01)
    first, figures, *steps = str(found).splitlines()
    assert first == found.verdict
    assert figures == "error: human 1.0%, train 10.0%, dev 12.0%"
    assert steps == list(dict.fromkeys(step for f in found.findings for step in f.do))
