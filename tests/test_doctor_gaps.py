"""The judgement of a ladder: the golden cases, the rules, and what always holds."""

from __future__ import annotations

import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netwright.base.errors import NetwrightError, RunError
from netwright.doctor.advice.knobs import prescribe
from netwright.doctor.gaps.figures import round_up
from netwright.doctor.gaps.intervals import at_count, examples_to_resolve, gap_interval, ladder_of
from netwright.doctor.gaps.judgement import Diagnosis, Gap, Rung, diagnose_ladder
from netwright.doctor.gaps.ladder import RUNGS
from netwright.metrics.intervals import newcombe, wilson


def ladder(**figures: float | tuple[float, int]) -> list[Rung]:
    """Rungs from ``train=0.088`` or ``train=(0.088, 940000)``."""
    return [
        Rung(name, *(figure if isinstance(figure, tuple) else (figure,)))
        for name, figure in figures.items()
    ]


def gap(diagnosis: Diagnosis, name: str) -> Gap:
    return next(gap for gap in diagnosis.gaps if gap.name == name)


def verdicts(diagnosis: Diagnosis) -> dict[str, str]:
    return {gap.name: gap.verdict for gap in diagnosis.gaps}


def codes(diagnosis: Diagnosis) -> list[str]:
    return [finding.code for finding in diagnosis.findings]


FULL = ladder(
    human=0.005,
    train=(0.088, 940_000),
    train_dev=(0.091, 20_000),
    dev=(0.143, 20_000),
    test=(0.148, 20_000),
)


def test_golden_full_ladder_bias_first_then_mismatch_the_rest_is_noise() -> None:
    diagnosis = diagnose_ladder(FULL)
    assert verdicts(diagnosis) == {
        "avoidable bias": "first",
        "variance": "noise",
        "data mismatch": "next",
        "overfit to dev": "noise",
    }
    assert diagnosis.verdict.startswith("Avoidable bias first: ")
    assert "; then data mismatch, 5.2 points" in diagnosis.verdict
    assert codes(diagnosis) == ["NW101", "NW103"]


@pytest.mark.parametrize(
    ("name", "points", "half"), [("variance", 0.3, 0.4), ("overfit to dev", 0.5, 0.7)]
)
def test_golden_noise_is_0_3_give_or_take_0_4_and_0_5_give_or_take_0_7(
    name: str, points: float, half: float
) -> None:
    one = gap(diagnose_ladder(FULL), name)
    assert one.low is not None and one.high is not None
    assert 100 * one.size == pytest.approx(points, abs=0.001)
    assert round(100 * (one.high - one.low) / 2, 1) == half


def test_golden_no_human_figure_cannot_tell_bias() -> None:
    diagnosis = diagnose_ladder(ladder(train=0.04, dev=0.045))
    assert "first" not in verdicts(diagnosis).values()
    assert diagnosis.verdict.startswith("Cannot tell whether training 4.0% is avoidable bias")
    assert "below 3.5% bias comes first" in diagnosis.verdict and "0.5 points" in diagnosis.verdict
    assert codes(diagnosis)[0] == "NW105" and "NW101" not in codes(diagnosis)


@pytest.mark.parametrize(
    ("figures", "first"),
    [
        ({"human": 0.001, "train": 0.02, "dev": 0.021}, "avoidable bias"),
        ({"human": 0.001, "train": 0.02, "dev": 0.021, "test": 0.07}, "overfit to dev"),
        ({"human": 0.01, "train": 0.08, "dev": 0.10}, "avoidable bias"),
        ({"human": 0.075, "train": 0.08, "dev": 0.10}, "variance"),
    ],
)
def test_golden_typed_ladders(figures: dict[str, float], first: str) -> None:
    diagnosis = diagnose_ladder(ladder(**figures))
    assert gap(diagnosis, first).verdict == "first"
    assert diagnosis.verdict.lower().startswith(f"{first} first: ")
    assert diagnosis.findings[0].severity == "problem"
    assert "NW111" in codes(diagnosis)


def test_golden_past_human_level_claims_no_bias() -> None:
    diagnosis = diagnose_ladder(ladder(human=0.001, train=0.0005, dev=0.0005))
    assert verdicts(diagnosis) == {"avoidable bias": "negative", "variance": "small"}
    assert (
        diagnosis.verdict.startswith("Past human level")
        and "avoidable bias is not claimed" in diagnosis.verdict
    )
    assert "NW106" in codes(diagnosis) and "NW101" not in codes(diagnosis) and not diagnosis.knobs


def test_training_below_human_level_by_heart_is_not_past_human_level() -> None:
    diagnosis = diagnose_ladder(ladder(human=0.01, train=(0.0002, 5000), dev=(0.05, 1000)))
    assert gap(diagnosis, "variance").verdict == "first"
    assert "NW106" not in codes(diagnosis) and "NW108" in codes(diagnosis)
    assert "by heart" in gap(diagnosis, "avoidable bias").why


def test_past_human_level_with_a_real_variance_names_the_variance() -> None:
    diagnosis = diagnose_ladder(ladder(human=0.10, train=(0.01, 50_000), dev=(0.04, 20_000)))
    assert (
        diagnosis.verdict.startswith("Variance first") and "past human level" in diagnosis.verdict
    )
    assert codes(diagnosis)[:2] == ["NW102", "NW106"]


@pytest.mark.parametrize(
    ("figures", "name", "word"),
    [
        ({"human": 0.001, "train": (0.09, 9000), "dev": (0.05, 9000)}, "variance", "dropout"),
        (
            {"human": 0.001, "train": (0.01, 9000), "train_dev": (0.09, 9000), "dev": (0.05, 9000)},
            "data mismatch",
            "easier",
        ),
        (
            {"human": 0.001, "train": (0.01, 9000), "dev": (0.09, 9000), "test": (0.05, 9000)},
            "overfit to dev",
            "one distribution",
        ),
    ],
)
def test_a_negative_gap_is_explained(
    figures: dict[str, float | tuple[float, int]], name: str, word: str
) -> None:
    diagnosis = diagnose_ladder(ladder(**figures))
    one = gap(diagnosis, name)
    assert (
        one.size < 0
        and one.verdict == "negative"
        and word in one.why
        and "is better than" in one.why
    )
    finding = next(finding for finding in diagnosis.findings if finding.code == "NW108")
    assert finding.figures["size"] == one.size and finding.do


def test_a_gap_below_0_within_its_noise_is_noise() -> None:
    diagnosis = diagnose_ladder(ladder(human=0.0, train=(0.05, 1000), dev=(0.045, 1000)))
    assert gap(diagnosis, "variance").verdict == "noise" and "NW108" not in codes(diagnosis)


def test_within_the_noise_says_how_many_dev_examples_would_resolve_it() -> None:
    rungs = ladder(human=0.02, train=(0.02, 100_000), dev=(0.025, 1000))
    diagnosis = diagnose_ladder(rungs)
    assert diagnosis.verdict.startswith(
        "Within the noise: the largest gap, variance, is 0.5 points"
    )
    finding = next(finding for finding in diagnosis.findings if finding.code == "NW107")
    needed = finding.figures["dev_needed"]
    assert (
        f"about {round_up(needed):,} dev examples ({round_up(needed) - 1000:,} more) would"
        " resolve it" in diagnosis.verdict
    )
    assert newcombe(0.025 * needed, needed, 2000, 100_000)[0] > 0
    fewer = round(needed * 0.99)
    assert newcombe(0.025 * fewer, fewer, 2000, 100_000)[0] <= 0
    resolved = diagnose_ladder(ladder(human=0.02, train=(0.02, 100_000), dev=(0.025, needed)))
    assert gap(resolved, "variance").verdict == "first"


def test_a_bias_within_its_noise_is_resolved_by_measuring_training_on_more() -> None:
    rungs = ladder(human=0.015, train=(0.016, 5000), dev=(0.016, 5000))
    diagnosis = diagnose_ladder(rungs)
    needed = examples_to_resolve(
        gap(diagnosis, "avoidable bias"), ladder_of(rungs, unit="fraction"), unit="fraction"
    )
    assert set(needed) == {"train"} and wilson(0.016 * needed["train"], needed["train"])[0] > 0.015
    assert f"about {round_up(needed['train']):,} measured training examples" in diagnosis.verdict


def test_a_bias_that_people_hide_is_resolved_by_more_of_their_answers() -> None:
    rungs = ladder(human=(0.08, 50), train=(0.1, 1_000_000), dev=(0.1, 1_000_000))
    found, levels = diagnose_ladder(rungs), ladder_of(rungs, unit="fraction")
    needed = examples_to_resolve(gap(found, "avoidable bias"), levels, unit="fraction")
    assert set(needed) == {"human"}
    for n, is_enough in ((needed["human"], True), (round(0.99 * needed["human"]), False)):
        assert (newcombe(100_000, 1_000_000, 0.08 * n, n)[0] > 0) is is_enough
    enough = round_up(needed["human"])
    assert f"about {enough:,} examples answered by people ({enough - 50:,} more)" in found.verdict
    steps = next(finding for finding in found.findings if finding.code == "NW107").do
    assert f"netwright human RUN --examples {enough}" in steps[0]


def test_a_bias_that_both_hide_takes_more_of_both() -> None:
    rungs = ladder(human=(0.09, 50), train=(0.1, 300), dev=(0.1, 300))
    found = diagnose_ladder(rungs)
    needed = examples_to_resolve(
        gap(found, "avoidable bias"), ladder_of(rungs, unit="fraction"), unit="fraction"
    )
    assert set(needed) == {"human", "train"}
    assert "no number of" not in found.verdict
    steps = next(finding for finding in found.findings if finding.code == "NW107").do
    assert steps[0].startswith("a larger dev set, of which people answer")


def test_what_has_no_count_is_not_said_to_be_hopeless() -> None:
    people = Rung("human", 0.08, None, 0.02, 0.2)
    found = diagnose_ladder([people, Rung("train", 0.1, 1000), Rung("dev", 0.1, 1000)])
    assert "without their counts nobody can say how many" in found.verdict


def test_overfit_to_dev_is_resolved_by_dev_and_test_alike() -> None:
    rungs = ladder(dev=(0.10, 1000), test=(0.11, 1000))
    found = ladder_of(rungs, unit="fraction")
    needed = examples_to_resolve(
        gap(diagnose_ladder(rungs), "overfit to dev"), found, unit="fraction"
    )
    # z^2 (p(1-p) + q(1-q)) / d^2
    assert needed["dev"] == needed["test"] == pytest.approx(7225, rel=0.01)
    assert (
        "dev examples" in diagnose_ladder(rungs).verdict
        and "test examples" in diagnose_ladder(rungs).verdict
    )


def test_what_to_do_repeats_no_message() -> None:
    found = diagnose_ladder(ladder(human=0.02, train=(0.02, 100_000), dev=(0.025, 1000)))
    for finding in found.findings:
        assert not any(step in finding.message for step in finding.do), finding.code


@pytest.mark.parametrize(
    ("unit", "flipped", "train", "expected"),
    [
        ("fraction", False, 0.04, ["--human-error 0.01 ", "netwright human RUN "]),
        ("", False, 31_632.0, ["--human-error X ", "give the RMSE", "measures the RMSE"]),
        ("m", True, -0.512, ["--human-error X ", "measures the RMSE"]),
    ],
)
def test_the_human_level_is_asked_for_in_the_unit_of_the_figures(
    unit: str, flipped: bool, train: float, expected: list[str]
) -> None:
    rungs = [Rung("train", train), Rung("dev", train + 0.001)]
    found = diagnose_ladder(rungs, unit=unit, metric="rmse", flipped=flipped).findings
    steps = " ".join(next(finding for finding in found if finding.code == "NW105").do)
    assert all(text in steps for text in expected), steps
    assert ("0.01 " in steps) == (unit == "fraction")


def test_what_no_dev_set_can_resolve_asks_for_more_measured_training_examples_too() -> None:
    rungs = ladder(human=0.1, train=(0.10, 300), dev=(0.11, 300))
    needed = examples_to_resolve(
        gap(diagnose_ladder(rungs), "variance"), ladder_of(rungs, unit="fraction"), unit="fraction"
    )
    assert set(needed) == {"train", "dev"} and needed["train"] > 5000


@pytest.mark.parametrize(("n", "half"), [(4000, 0.5), (250, 2.0)])
def test_any_other_interval_narrows_with_the_square_root(n: int, half: float) -> None:
    rung = at_count(Rung("dev", 3.0, 1000, 2.0, 5.0), n, unit="m")
    assert (rung.low, rung.high) == pytest.approx((3 - half, 3 + 2 * half))


def test_without_a_human_figure_a_large_variance_is_named_all_the_same() -> None:
    sure = diagnose_ladder(ladder(train=(0.002, 5000), dev=(0.05, 1000)))
    assert (
        gap(sure, "variance").verdict == "first" and "leaves less than that to bias" in sure.verdict
    )
    likely = diagnose_ladder(ladder(train=(0.06, 5000), dev=(0.10, 1000)))
    assert gap(likely, "variance").verdict == "first" and "were it below 2.0%" in likely.verdict
    assert next(f for f in likely.findings if f.code == "NW105").severity == "note"


def test_a_count_that_is_missing_on_one_side_is_reported() -> None:
    one = gap(diagnose_ladder(ladder(human=0.0, train=0.02, dev=(0.1, 1000))), "variance")
    assert "the noise of training is unknown" in one.why
    assert (one.low, one.high) == pytest.approx(tuple(end - 0.02 for end in wilson(100, 1000)))


def test_a_small_dev_set_that_hides_a_rival_is_reported() -> None:
    rungs = ladder(human=0.0, train=(0.05, 50_000), dev=(0.08, 60))
    diagnosis = diagnose_ladder(rungs)
    assert gap(diagnosis, "avoidable bias").verdict == "first"
    finding = next(finding for finding in diagnosis.findings if finding.code == "NW109")
    assert "60 dev examples are few" in finding.message and finding.figures["n"] == 60
    large = diagnose_ladder(ladder(human=0.0, train=(0.05, 50_000), dev=(0.052, 6000)))
    assert "NW109" not in codes(large)


@pytest.mark.parametrize(
    ("dev", "few"),
    [((0.0, 20), True), ((0.0, 2000), False), ((0.3, 100), False), ((0.02, 100), True)],
)
def test_a_dev_set_that_knows_its_own_error_to_half_of_itself_is_small(
    dev: tuple[float, int], few: bool
) -> None:
    diagnosis = diagnose_ladder(ladder(human=dev[0], train=(dev[0], 100_000), dev=dev))
    assert ("NW109" in codes(diagnosis)) is few


@pytest.mark.parametrize(("train", "verdict"), [(0.019, "next"), (0.0179, "small")])
def test_without_counts_a_tenth_of_the_largest_gap_is_too_little(
    train: float, verdict: str
) -> None:
    diagnosis = diagnose_ladder(ladder(human=0.01, train=train, dev=train + 0.081))
    assert verdicts(diagnosis) == {"avoidable bias": verdict, "variance": "first"}


def test_without_counts_a_twentieth_of_the_error_is_too_little() -> None:
    assert verdicts(diagnose_ladder(ladder(human=0.96, train=1.0))) == {"avoidable bias": "small"}
    assert verdicts(diagnose_ladder(ladder(human=0.94, train=1.0))) == {"avoidable bias": "first"}


def test_a_net_that_does_not_beat_the_baseline_has_no_gap_worth_work() -> None:
    rungs = ladder(human=0.01, train=(0.5, 1000), dev=(0.52, 1000))
    diagnosis = diagnose_ladder(rungs, baseline=0.53)
    assert codes(diagnosis)[0] == "NW110" and diagnosis.findings[0].severity == "problem"
    assert "does not beat the baseline, 53.0%" in diagnosis.verdict
    assert "NW110" not in codes(diagnose_ladder(rungs, baseline=0.9))


def test_a_muted_gap_is_not_named_and_a_muted_finding_is_left_out() -> None:
    diagnosis = diagnose_ladder(FULL, muted={"NW101"})
    assert gap(diagnosis, "avoidable bias").verdict == "muted"
    assert diagnosis.verdict.startswith("Data mismatch first") and codes(diagnosis) == ["NW103"]
    assert {knob.gap for knob in diagnosis.knobs} == {"data mismatch"}
    assert "NW105" not in codes(diagnose_ladder(ladder(train=0.04, dev=0.045), muted={"NW105"}))


def test_one_rung_alone_gives_no_gap_and_says_what_is_missing() -> None:
    diagnosis = diagnose_ladder(ladder(dev=(0.1, 100)))
    assert not diagnosis.gaps and diagnosis.verdict.endswith("got dev: give train too.")


@pytest.mark.parametrize(
    ("rungs", "message"),
    [
        ([Rung("trian", 0.1)], "no rung 'trian'; did you mean 'train'"),
        ([Rung("dev", 0.1), Rung("dev", 0.2)], "'dev' is given twice"),
        ([Rung("dev", 1.1)], "expected a fraction from 0 to 1"),
        ([Rung("dev", float("nan"))], "expected a finite number"),
        ([Rung("dev", 0.1, 0)], "1 or more"),
        ([Rung("dev", 0.1, 10, 0.2, 0.3)], "outside its own interval"),
    ],
)
def test_an_impossible_rung_is_refused(rungs: list[Rung], message: str) -> None:
    with pytest.raises(NetwrightError, match=message):
        diagnose_ladder(rungs)


def test_a_diagnosis_comes_back_from_json() -> None:
    for diagnosis in (
        diagnose_ladder(FULL),
        diagnose_ladder(ladder(train=0.04, dev=0.045)),
        diagnose_ladder(ladder(dev=0.1)),
    ):
        text = json.dumps(diagnosis.as_json(), allow_nan=False)
        assert Diagnosis.from_json(json.loads(text)) == diagnosis
    with pytest.raises(RunError, match="diagnose the run again"):
        Diagnosis.from_json({"verdict": "fine"})


def test_the_knobs_are_those_of_the_named_gaps() -> None:
    diagnosis = diagnose_ladder(FULL)
    assert diagnosis.knobs == (*prescribe("avoidable bias"), *prescribe("data mismatch"))


fractions = st.integers(0, 1000).map(lambda n: n / 1000)
sizes = st.one_of(st.none(), st.integers(1, 100_000))


@st.composite
def ladders(draw: st.DrawFn) -> list[Rung]:
    names = draw(st.lists(st.sampled_from(RUNGS), unique=True, min_size=1, max_size=5))
    return [Rung(name, draw(fractions), draw(sizes)) for name in names]


@settings(deadline=None, max_examples=150)
@given(ladders(), st.integers(0, 1000), st.one_of(st.none(), fractions))
def test_what_always_holds(rungs: list[Rung], shuffle: int, baseline: float | None) -> None:
    diagnosis = diagnose_ladder(rungs, baseline=baseline)
    errors = {rung.name: rung.error for rung in rungs}
    assert [rung.name for rung in diagnosis.rungs] == [name for name in RUNGS if name in errors]
    for one in diagnosis.gaps:
        assert one.size == errors[one.to] - errors[one.from_] and one.why
        if one.low is not None and one.high is not None:
            assert one.low - 1e-12 <= one.size <= one.high + 1e-12
            assert (one.verdict == "noise") == (one.low <= 0 <= one.high)
        assert one.verdict not in ("first", "next") or one.size > 0
        assert one.verdict != "negative" or one.size < 0
    named = [gap for gap in diagnosis.gaps if gap.verdict in ("first", "next")]
    firsts = [gap for gap in named if gap.verdict == "first"]
    assert len(firsts) <= 1 and all(gap.size <= firsts[0].size for gap in named if firsts)
    assert all(
        finding.figures and finding.do and finding.message.endswith(".")
        for finding in diagnosis.findings
    )
    assert (
        diagnosis.verdict.endswith(".")
        and "nan" not in diagnosis.verdict
        and "  " not in diagnosis.verdict
    )
    mixed = list(rungs)
    random.Random(shuffle).shuffle(mixed)
    assert diagnose_ladder(mixed, baseline=baseline) == diagnosis
    assert (
        Diagnosis.from_json(json.loads(json.dumps(diagnosis.as_json(), allow_nan=False)))
        == diagnosis
    )


@settings(deadline=None)
@given(fractions, st.integers(1, 5000), fractions, st.integers(1, 5000))
def test_a_gap_of_two_proportions_has_newcombes_interval(
    p: float, n: int, q: float, m: int
) -> None:
    found = ladder_of([Rung("dev", p, n), Rung("test", q, m)], unit="fraction")
    assert gap_interval(found["dev"], found["test"]) == pytest.approx(
        newcombe(q * m, m, p * n, n), abs=1e-12
    )


def test_noise_is_called_a_gap_in_about_1_of_20_at_most() -> None:
    draw, named, rounds = random.Random(7), 0, 400
    for _ in range(rounds):
        dev, test = (sum(draw.random() < 0.1 for _ in range(500)) / 500 for _ in range(2))
        diagnosis = diagnose_ladder(ladder(dev=(dev, 500), test=(test, 500)))
        named += gap(diagnosis, "overfit to dev").verdict != "noise"
    assert named / rounds <= 0.075
