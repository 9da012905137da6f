"""A recipe improved by itself: what is tried in which order, what is kept, kills, the notebook."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import click
import numpy as np
import pytest
from scipy.stats import norm
from sklearn.metrics import brier_score_loss

import netwright as nw
from netwright.api.studies import improve_sanity
from netwright.api.studies.improving import OpenedImprovement, plan
from netwright.base.errors import NetwrightError, RecipeError
from netwright.base.measure import Measure
from netwright.cli.main import main
from netwright.cli.train.improve import _is_wanted
from netwright.contract import Example
from netwright.data.labels import Label
from netwright.doctor.advice.knobs import BIAS, MISMATCH, OVERFIT, VARIANCE
from netwright.doctor.diagnose import diagnose
from netwright.doctor.gaps.figures import FigureFormat
from netwright.doctor.improve.changes import (
    Attempts,
    RecipeChange,
    changes_for,
    ranges,
    second_look,
)
from netwright.doctor.improve.judge import (
    AS_PROMISED,
    UNEXPECTED,
    Verdict,
    in_the_end,
    judged,
    needed,
    probability,
    standing,
)
from netwright.doctor.improve.open_gaps import OpenGap, open_gaps, reason, within_noise
from netwright.doctor.improve.promised import promised_gap
from netwright.metrics.intervals import wilson
from netwright.metrics.measure import Lead
from netwright.metrics.named import brier
from netwright.runs.store import every
from netwright.searching.nearby import nearby
from netwright.searching.space import Dimension
from netwright.studies import steps
from netwright.studies.improvement import (
    BASELINE,
    BY_HEART,
    Ended,
    ImproveState,
    NextChange,
    TriedChange,
    epochs_fraction,
    next_change,
)
from netwright.systems.classifier.recipe import ClassifierRecipe
from netwright.systems.classifier.system import SYSTEM

pytestmark = pytest.mark.usefixtures("no_pictures")


def diagnosis(train: float, dev: float, human: float | None = None, n: int = 10_000) -> object:
    measures = {
        split: Measure(value, n, unit="fraction", is_proportion=True)
        for split, value in (("train", train), ("dev", dev))
    }
    return diagnose(measures, human_error=human)


class TestOrder:
    def test_the_largest_gap_comes_first(self) -> None:
        found = open_gaps(diagnosis(0.08, 0.20, human=0.01))  # type: ignore[arg-type]
        assert [gap.name for gap in found] == [VARIANCE, BIAS]

    def test_without_a_human_level_bias_is_at_most_the_training_error(self) -> None:
        found = open_gaps(diagnosis(0.20, 0.25))  # type: ignore[arg-type]
        assert [(gap.name, gap.at_most) for gap in found] == [(BIAS, True), (VARIANCE, False)]

    def test_a_bound_below_a_gap_within_noise_is_left_alone(self) -> None:
        assert not open_gaps(diagnosis(1 / 341, 0.014, n=341))  # type: ignore[arg-type]
        found = open_gaps(diagnosis(0.05, 0.20))  # type: ignore[arg-type]
        assert [(gap.name, gap.at_most) for gap in found] == [(VARIANCE, False), (BIAS, True)]

    def test_the_reason_names_the_size_and_what_it_rests_on(self) -> None:
        words = FigureFormat()
        for one, expected in (
            (
                diagnosis(0.2, 0.25),
                ["the largest gap, at most 20.0 points, if people make no mistake",
                 "variance is a smaller gap, 5.0 points ("],
            ),
            (diagnosis(0.08, 0.08, human=0.01), ["bias is the largest gap, 7.0 points ("]),
        ):  # fmt: skip
            gaps = open_gaps(one)  # type: ignore[arg-type]
            for gap, text in zip(gaps, expected, strict=True):
                assert text in reason(gap, gaps, words)

    def test_gaps_within_noise_are_left_alone(self) -> None:
        assert not open_gaps(diagnosis(0.02, 0.03, human=0.02, n=100))  # type: ignore[arg-type]

    def test_the_untried_and_the_cheap_come_first(self) -> None:
        recipe = ClassifierRecipe().changed({
            "model.name": "mlp", "model.hidden": [16], "model.dropout": 0.2,
            "optimizer.lr": 0.01, "optimizer.name": "adamw", "training.epochs": 10,
        })  # fmt: skip
        gaps = open_gaps(diagnosis(0.20, 0.25))  # type: ignore[arg-type]
        found = changes_for(gaps, recipe, ())
        of_bias = [change for change in found if change.gap == BIAS]
        assert found[: len(of_bias)] == of_bias
        assert [change.time for change in of_bias] == sorted(change.time for change in of_bias)
        rates = [c.settings["optimizer.lr"] for c in found if "optimizer.lr" in c.settings]
        assert rates == [0.03, 0.0033]
        assert len({change.key for change in found}) == len(found)
        earlier = recipe.changed({"optimizer.lr": 0.03})
        again = changes_for(gaps, recipe, (), earlier=[earlier])
        assert [c.tried_before for c in again if c.gap == BIAS][-1]
        assert not any(c.tried_before for c in again if c.settings != {"optimizer.lr": 0.03})
        done = Attempts([c.key for c in found], [recipe.changed(c.settings) for c in found])
        assert not changes_for(gaps, recipe, (), done)
        # what failed on another recipe comes again, last; what the person refused does not
        refused = Attempts(refused=[change.key for change in found])
        assert not changes_for(gaps, recipe, (), refused)
        failed = Attempts([found[0].key])
        assert [c.key for c in changes_for(gaps, recipe, (), failed)] == [c.key for c in found[1:]]
        assert found[0].key in [c.key for c in second_look(gaps, recipe, (), failed)]

    def test_a_second_look_joins_changes(self) -> None:
        recipe = ClassifierRecipe().changed({
            "model.name": "mlp", "model.hidden": [64], "model.dropout": 0.2,
            "optimizer.lr": 0.01, "optimizer.name": "adamw", "training.epochs": 10,
        })  # fmt: skip
        gaps = open_gaps(diagnosis(0.20, 0.25))  # type: ignore[arg-type]
        found = second_look(gaps, recipe, ())
        together = next(change for change in found if "more regularization" in change.title)
        assert together.settings["training.epochs"] == 20
        assert together.settings["model.dropout"] == pytest.approx(0.3)
        done = Attempts(recipes=[recipe.changed(change.settings) for change in found])
        assert not second_look(gaps, recipe, (), done)

    def test_gaps_within_noise_are_worked_on_where_there_is_time(self) -> None:
        noise = diagnosis(0.03, 0.035, human=0.02, n=100)
        assert not open_gaps(noise)  # type: ignore[arg-type]
        found = within_noise(noise)  # type: ignore[arg-type]
        sizes = [(gap.name, round(gap.size, 9)) for gap in found]
        assert sizes == [(BIAS, 0.01), (VARIANCE, 0.005)]
        assert "variance is a smaller gap there may be, within noise, 0.5 points (-" in reason(
            found[1], found, FigureFormat()
        )
        state = ImproveState({}, "a", noise, ample=True)  # type: ignore[arg-type]
        assert state.gaps == found
        assert not replace(state, ample=False).gaps

    def test_a_larger_dev_set_is_no_change_of_a_recipe(self) -> None:
        gap = replace(open_gaps(diagnosis(0.2, 0.25))[0], name=OVERFIT)  # type: ignore[arg-type]
        assert not changes_for([gap], ClassifierRecipe(), ())

    def test_a_change_that_contradicts_the_recipe_is_none(self) -> None:
        recipe = ClassifierRecipe().changed({
            "model.name": "linear", "training.epochs": 10, "training.patience": 9,
        })  # fmt: skip
        gap = open_gaps(diagnosis(0.20, 0.25))[0]  # type: ignore[arg-type]
        some = [
            RecipeChange(gap.name, "Other", {"training.epochs": n}, {"training.epochs": 10}, 1, "")
            for n in (13, 8)
        ]
        assert [c.settings["training.epochs"] for c in Attempts().without(some, recipe)] == [13]

    def test_a_knob_of_a_system_of_ones_own_is_tried(self) -> None:
        import toy_tagger

        recipe = toy_tagger.SYSTEM.recipe().changed({"model.units": 16, "training.epochs": 4})
        gaps = open_gaps(diagnosis(0.20, 0.25))  # type: ignore[arg-type]
        found = [dict(change.settings) for change in changes_for(gaps, recipe, ())]
        assert {"model.units": 32} in found
        assert ranges(recipe, ())["model.units"] == {"low": 8, "high": 64}


class TestNearby:
    space = (
        Dimension("optimizer.lr", 1e-5, 0.3, "log"),
        Dimension("model.dropout", 0.0, 0.5),
        Dimension("model.hidden", 16, 256, "log", integer=True, layers=2),
        Dimension("optimizer.name", scale="choice", choices=("sgd", "adamw")),
        Dimension("model.dead", 0.0, 1.0, when=("optimizer.name", ("adamw",))),
    )
    values: ClassVar[dict[str, object]] = {
        "optimizer.lr": 0.01, "model.dropout": 0.0, "model.hidden": [64, 64],
        "optimizer.name": "sgd", "model.dead": 0.5,
    }  # fmt: skip

    def test_one_to_three_knobs_move_a_little_inside_of_their_ranges(self) -> None:
        found = [nearby(self.space, self.values, seed) for seed in range(2000)]
        assert {len(one) for one in found} == {1, 2, 3}
        assert not any("model.dead" in one for one in found), "nothing reads it"
        assert all(one.get("optimizer.name", "adamw") == "adamw" for one in found)
        steps_of = [math.log10(one["optimizer.lr"]) + 2 for one in found if "optimizer.lr" in one]
        width = math.log10(0.3) + 5
        assert np.mean(steps_of) == pytest.approx(0.0, abs=0.05 * width)
        assert np.std(steps_of) == pytest.approx(0.15 * width, rel=0.1)
        dropped = [one["model.dropout"] for one in found if "model.dropout" in one]
        assert min(dropped) == 0.0
        assert max(dropped) <= 0.5
        hidden = [one["model.hidden"] for one in found if "model.hidden" in one]
        assert all(a == b and 16 <= a <= 256 for a, b in hidden)
        assert nearby(self.space, self.values, 7) == nearby(self.space, self.values, 7)


class TestPromised:
    recipe = ClassifierRecipe().changed({
        "model.name": "mlp", "model.hidden": [16], "model.dropout": 0.2, "training.epochs": 10,
        "optimizer.lr": 0.01, "optimizer.name": "sgd", "optimizer.weight_decay": 0.01,
    })  # fmt: skip

    @pytest.mark.parametrize(
        ("settings", "gap"),
        [
            ({"optimizer.lr": 0.05}, BIAS),
            ({"optimizer.lr": 0.002}, BIAS),
            ({"model.hidden": [20]}, BIAS),
            ({"model.hidden": [8]}, None),
            ({"training.epochs": 11}, BIAS),
            ({"model.dropout": 0.1}, BIAS),
            ({"model.dropout": 0.4}, VARIANCE),
            ({"model.dropout": 0.4, "optimizer.weight_decay": 0.02}, VARIANCE),
            ({"model.dropout": 0.4, "training.epochs": 20}, None),
            ({"optimizer.name": "adamw"}, BIAS),
            ({"optimizer.name": "momentum"}, None),
            ({"training.seed": 1}, None),
            ({}, None),
        ],
    )
    def test_a_change_is_for_the_gap_that_the_doctor_would_make_it_for(
        self, settings: dict[str, object], gap: str | None
    ) -> None:
        assert promised_gap(self.recipe, settings) == gap


class TestKeeping:
    def test_kept_is_what_is_likely_to_help(self) -> None:
        before, after = diagnosis(0.2, 0.25), diagnosis(0.1, 0.15)
        for ahead, kept, words in (
            (
                Lead(0.1, 0.05, 0.15),
                True,
                "kept: dev is ahead by 10.0 points (5.0 to 15.0), beyond noise",
            ),
            (Lead(0.01, -0.0096, 0.0296), True, "better with a probability of 84%"),
            (Lead(0.001, -0.0186, 0.0206), False, "undone: dev is ahead by 0.1 points"),
            (
                Lead(-0.1, -0.15, -0.05),
                False,
                "dev is behind by 10.0 points (5.0 to 15.0), beyond noise",
            ),
            (None, False, "cannot be said"),
        ):
            found = judged(BIAS, ahead, before, after)  # type: ignore[arg-type]
            assert found.kept is kept
            assert words in found.sentence, found.sentence

    def test_no_sentence_is_ahead_by_less_than_nothing(self) -> None:
        before, after = diagnosis(0.2, 0.25), diagnosis(0.1, 0.15)
        for value in (-0.006, -0.1, -3.0):
            ahead = Lead(value, value - 0.014, value + 0.014)
            sentences = (
                judged(BIAS, ahead, before, after).sentence,
                judged(BIAS, ahead, before, after, short=True).sentence,
                in_the_end(ahead, 3, "fraction"),
                standing(ahead, "m", "it alone"),
            )
            for sentence in sentences:
                assert "behind" in sentence
                assert not re.search(r"ahead|by -", sentence), sentence
        assert standing(Lead(-0.006, -0.02, 0.008), "fraction") == (
            "behind by 0.6 points (-0.8 to 2.0)"
        )
        surely = in_the_end(Lead(-2, -3, -1), 7, "m")
        assert surely.startswith("behind the baseline on dev by 2.0 m (1.0 to 3.0), beyond noise;")

    def test_an_example_more_in_a_gap_asks_for_hardly_more(self) -> None:
        def gap(wrong: int, of: int = 1_000) -> OpenGap:
            return OpenGap(VARIANCE, wrong / of, *wilson(wrong, of))

        least = [needed(gap(50), gap(wrong)) for wrong in (40, 50, 51, 55, 60, 80, 120)]
        assert least[:2] == [AS_PROMISED, AS_PROMISED]
        assert least == sorted(least)
        assert least[2] - AS_PROMISED < 0.04  # of 1,000
        assert least[-1] == pytest.approx(UNEXPECTED, abs=1e-3)
        # the same growth of the gap, surer by more examples
        assert needed(gap(500, 10_000), gap(600, 10_000)) > needed(gap(50), gap(60))
        unsure = OpenGap(VARIANCE, 0.05, None, None)
        assert needed(unsure, replace(unsure, size=0.0501)) == UNEXPECTED  # its noise is unknown
        assert needed(unsure, replace(unsure, size=0.0499)) == AS_PROMISED
        assert needed(None, unsure) == needed(unsure, None) == UNEXPECTED

    def test_what_is_undone_though_likely_better_says_what_it_would_take(self) -> None:
        likely = Lead(0.01, -0.0096, 0.0296)  # better with a probability of 84%
        wider = judged(BIAS, likely, diagnosis(0.1, 0.15), diagnosis(0.2, 0.25))
        assert not wider.kept
        assert wider.sentence.endswith("; it would be kept with a probability of 90% or more.")
        worse = judged(BIAS, Lead(-0.1, -0.2, 0.0), diagnosis(0.1, 0.15), diagnosis(0.2, 0.25))
        assert "it would be kept" not in worse.sentence

    def test_within_noise_the_probabilities_decide(self) -> None:
        before, after = diagnosis(0.2, 0.25), diagnosis(0.1, 0.15)
        noise, sure = Lead(-0.01, -0.03, 0.01), Lead(-0.1, -0.15, -0.05)
        for ahead, finer, kept in (
            (noise, Lead(0.02, 0.01, 0.03), True),
            (noise, Lead(-0.02, -0.03, -0.01), False),
            (noise, None, False),
            (sure, Lead(0.02, 0.01, 0.03), False),
        ):
            found = judged(BIAS, ahead, before, after, finer)  # type: ignore[arg-type]
            assert found.kept is kept
            decided = finer is not None and ahead is noise
            assert ("the probabilities that it states decide" in found.sentence) is decided

    def test_the_brier_score_is_its_formula(self) -> None:
        truths = ["a", "b", "b"]
        stated = [[0.7, 0.3], [0.4, 0.6], [0.9, 0.1]]
        metric = brier(SYSTEM)
        values = [
            metric.per_example(Example(None, truth), Label(max(p, key=p.__getitem__), 1.0, p))
            for truth, row in zip(truths, stated, strict=True)
            for p in [dict(zip("ab", row, strict=True))]
        ]
        # for two classes twice what scikit-learn has, which counts one of them
        expected = 2 * brier_score_loss([t == "b" for t in truths], [row[1] for row in stated])
        assert metric.value(values) == pytest.approx(expected)

    def test_the_probability_is_that_of_the_normal_law(self) -> None:
        for z in (-2.0, -0.3, 0.0, 1.0, 2.5):
            ahead = Lead(z, z - 1.959964, z + 1.959964)
            assert probability(ahead) == pytest.approx(norm.cdf(z), abs=1e-6)
        assert probability(Lead(0.0, 0.0, 0.0)) == 0.5
        assert probability(Lead(0.1, None, None)) is None

    def test_all_of_it_is_held_against_noise_in_the_end(self) -> None:
        assert "beyond noise; dev chose among 7" in in_the_end(Lead(2, 1, 3), 7, "m")
        assert "the baseline may be as good" in in_the_end(Lead(1, -1, 3), 7, "m")

    def test_a_short_training_decides_nothing(self) -> None:
        before, after = diagnosis(0.2, 0.25), diagnosis(0.1, 0.15)
        lead = Lead(0.1, 0.05, 0.15)
        short = judged(BIAS, lead, before, after, short=True)  # type: ignore[arg-type]
        assert not short.kept
        assert "ahead in a short training: dev is ahead by 10" in short.sentence
        assert "is smaller: at most 20.0 points before, at most 10.0 points now" in short.sentence

    @pytest.mark.parametrize("known", [0, 1])
    def test_a_human_level_of_one_run_alone_does_not_make_bias_smaller(self, known: int) -> None:
        people = [0.15 if at == known else None for at in range(2)]
        before = diagnosis(0.19, 0.25, human=people[0])
        after = diagnosis(0.192, 0.25, human=people[1])
        found = judged(BIAS, Lead(0.0, -0.1, 0.1), before, after)  # type: ignore[arg-type]
        assert "is larger: at most 19.0 points before, at most 19.2 points now" in found.sentence
        assert (found.gap_before, found.gap_after) == (0.19, 0.192)

    def test_a_gap_of_two_human_levels_is_the_training_error_too(self) -> None:
        before, after = diagnosis(0.2, 0.25, human=0.01), diagnosis(0.2, 0.25, human=0.1)
        assert "is as large as before: at most 20" in judged(BIAS, None, before, after).sentence  # type: ignore[arg-type]

    def test_one_example_of_900_is_within_noise(self) -> None:
        before, after = (diagnosis(n / 900, 0.25, n=900) for n in (158, 159))
        found = judged(BIAS, None, before, after).sentence  # type: ignore[arg-type]
        assert (
            "is larger: at most 17.6 points before, at most 17.7 points now, within noise" in found
        )
        far = judged(BIAS, None, before, diagnosis(0.5, 0.6, n=900)).sentence  # type: ignore[arg-type]
        assert "within noise" not in far

    def test_of_a_gap_that_is_unknown_nothing_is_claimed(self) -> None:
        found = judged(MISMATCH, None, diagnosis(0.2, 0.25), diagnosis(0.1, 0.2))  # type: ignore[arg-type]
        assert "what became of data mismatch is unknown" in found.sentence


class TestNext:
    change = RecipeChange(BIAS, "Longer", {"training.epochs": 20}, {"training.epochs": 10}, 2, "")
    other = RecipeChange(BIAS, "Rate", {"optimizer.lr": 0.1}, {"optimizer.lr": 0.01}, 1, "")

    def standing(self, seconds: float = 10.0) -> ImproveState:
        return ImproveState(
            {}, "a", diagnosis(0.2, 0.25), seconds=seconds, of_run=10.0, of_baseline=10.0
        )  # type: ignore[arg-type]

    def possible(self, standing: ImproveState, done: Sequence[str]) -> list[list[RecipeChange]]:
        return [[one for one in (self.change, self.other) if one.key not in done]]

    def test_what_does_not_fit_is_passed_over(self) -> None:
        found = next_change(self.standing(), self.possible, 1000.0)
        assert isinstance(found, NextChange)
        assert (found.change, found.short, found.seconds) == (self.change, False, 20.0)
        found = next_change(self.standing(seconds=985.0), self.possible, 1000.0)
        assert isinstance(found, NextChange)
        assert found.change == self.other
        found = next_change(self.standing(seconds=995.0), self.possible, 1000.0)
        assert isinstance(found, Ended)
        assert "the budget is spent: 2 changes are left" in found.why

    def test_what_helped_comes_once_more(self) -> None:
        kept = Verdict(True, Lead(0.1, 0.05, 0.15), 0.2, 0.1, "kept")
        before = replace(self.other, settings={"optimizer.lr": 0.03})
        tried = TriedChange("step 1", "b", before, kept, False, diagnosis(0.2, 0.25))  # type: ignore[arg-type]
        failed = replace(tried, verdict=Verdict(False, None, None, None, "undone"))
        state = replace(self.standing(), tried=(failed, tried, failed))
        assert state.tried_here == [failed.change.key]
        found = next_change(replace(self.standing(), tried=(tried,)), self.possible, 1000.0)
        assert isinstance(found, NextChange)
        assert found.change == self.other
        assert found.why.startswith("it helped, so the same once more")

    def test_one_try_leaves_time_for_others(self) -> None:
        found = next_change(self.standing(seconds=960.0), self.possible, 1000.0)
        assert isinstance(found, NextChange)
        assert found.change == self.other  # the first takes half of what is left

    def test_another_kind_is_looked_at_only_where_nothing_of_the_first_fits(self) -> None:
        made: list[str] = []

        def kinds(*_: object) -> Iterator[list[RecipeChange]]:
            yield [self.change]
            made.append("other")
            yield [self.other]

        first = next_change(self.standing(seconds=970.0), kinds, 1000.0)
        assert isinstance(first, NextChange)
        assert (first.change, made) == (self.change, [])
        second = next_change(self.standing(seconds=985.0), kinds, 1000.0)
        assert isinstance(second, NextChange)
        assert second.change == self.other

    def test_few_whole_trainings_make_short_ones(self) -> None:
        assert epochs_fraction(self.standing(), None) == 1
        assert epochs_fraction(self.standing(), 1000.0) == 1
        assert epochs_fraction(self.standing(), 70.0) == pytest.approx(0.5)
        assert epochs_fraction(self.standing(), 20.0) == 0.25
        found = next_change(self.standing(), lambda *_: [[self.other]], 70.0)
        assert isinstance(found, NextChange)
        assert found.short
        assert found.seconds == pytest.approx(5)

    def test_it_ends_where_nothing_is_left(self) -> None:
        found = next_change(self.standing(), lambda *_: [[]], None)
        assert found == Ended("every change that the doctor knows was tried")
        healthy = replace(self.standing(), diagnosis=diagnosis(0.0, 0.0, human=0.0, n=50))  # type: ignore[arg-type]
        assert next_change(healthy, self.possible, None) == Ended("no gap is larger than its noise")


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two clouds that a line parts, with little noise."""
    rng = np.random.default_rng(0)
    path = tmp_path_factory.mktemp("improve") / "clouds.csv"
    kinds = rng.integers(0, 2, 1200)
    rows = rng.normal(size=(1200, 3)) + 2.2 * kinds[:, None] * np.array([1, -1, 0])
    lines = [f"{a:.4f},{b:.4f},{c:.4f},{'xy'[k]}" for (a, b, c), k in zip(rows, kinds, strict=True)]
    path.write_text("a,b,c,kind\n" + "\n".join(lines) + "\n")
    return path


def test_a_net_learns_by_heart_whatever_dev_says(tmp_path: Path) -> None:
    """Of noise, the best dev epoch is any: the last one has learned the 64 examples."""
    rng = np.random.default_rng(0)
    rows = [
        f"{','.join(f'{x:.3f}' for x in rng.normal(size=12))},{'xy'[rng.integers(2)]}"
        for _ in range(240)
    ]
    path = tmp_path / "noise.csv"
    path.write_text(",".join("abcdefghijkl") + ",kind\n" + "\n".join(rows) + "\n")
    lines: list[str] = []
    hindered = {"model.dropout": 0.5, "optimizer.weight_decay": 0.3, "training.patience": 1,
                "model.hidden": [64], "training.reference_seconds": 0, "training.threads": 1,
                "objective.label_smoothing": 0.2, "augment.mixup": 1.0, "training.keep": "best",
                "optimizer.lr": 0.01, "optimizer.name": "adamw"}  # fmt: skip
    found = nw.improve(
        path, target="kind", model="mlp", epochs=2, set=hindered, store=tmp_path / "runs",
        ask=lambda *_: False, log=lines.append,
    )  # fmt: skip
    assert "64 examples are learned by heart (error 0.0%" in found.result.learns_by_heart
    told = next(at for at, line in enumerate(lines) if "learned by heart" in line)
    assert lines[told].startswith(f"{BY_HEART}: ")
    markdown = found.notebook.with_suffix(".md").read_text()
    assert found.result.learns_by_heart in markdown.split(f"## {BY_HEART}")[1].split("## ")[0]


def test_nothing_hinders_learning_by_heart() -> None:
    recipe = ClassifierRecipe()
    off = improve_sanity.unhindered(recipe.changed({"augment.mirror": True}))
    assert off["augment.mirror"] is False
    assert off["training.keep"] == "last"
    for key in ("model.dropout", "optimizer.weight_decay", "optimizer.l1", "augment.shift",
                "augment.mixup", "objective.label_smoothing", "training.average"):  # fmt: skip
        assert off[key] == 0, key
    assert "augment.fill" not in off
    recipe.changed(off)


SLOW = {
    "optimizer.lr": 0.0003, "schedule.warmup": 0, "training.average": 0, "training.threads": 1,
    "training.batch_size": 64, "training.reference_seconds": 0, "training.precision": "float32",
}  # fmt: skip
"""A rate at which hardly anything is learned."""


def test_it_mends_a_poor_recipe_and_goes_on_after_kills(table: Path, tmp_path: Path) -> None:
    store = tmp_path / "runs"

    def improve(log: object = None) -> OpenedImprovement:
        return nw.improve(
            table, target="kind", model="linear", epochs=2, set=SLOW, human_error=0.03,
            store=store, log=log,
        )  # type: ignore[arg-type]  # fmt: skip

    said: list[str] = []

    def stop(line: str) -> None:
        said.append(line)
        if line.startswith("step 2:"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        improve(stop)
    before = {record.id for record in every(store)}
    found = improve(said.append)
    result = found.result
    verdicts = [line for line in said if line.startswith(("step 1: dev", BY_HEART))]
    assert len(verdicts) == 2, "what was said before the kill is not repeated"
    assert before <= {member["run"] for member in found.study.members().values()}
    assert len(nw.list_studies(store)) == 1
    baseline = nw.open(result.baseline, store=store).measures["dev"]["error"]
    kept = found.run.measures
    assert baseline["value"] > 0.15
    assert kept["dev"]["error"]["value"] < baseline["value"] - 0.08
    assert kept["test"]["error"]["value"] < baseline["value"] - 0.05
    assert found.run.test_openings == 1
    assert all(
        not record.events("test_opened") for record in every(store) if record.id != result.kept
    )
    # the nets that are best together on dev answer, one of which has the changes that were kept
    together = [member["run"] for member in found.run.info["members"]]
    assert together[0] == result.one != result.kept
    assert f"{len(together)} nets answer together: {result.one}" in result.ensemble
    assert 3 <= len(together) <= 8
    with pytest.raises(NetwrightError, match=f"netwright show {found.study.id}"):
        nw.train(repeat=result.kept, store=store)
    answers = nw.combine(together, store=store).evaluate(split="dev")
    assert answers["error"]["value"] == kept["dev"]["error"]["value"]
    assert any(one["kept"] for one in result.tried)
    assert any(not one["kept"] for one in result.tried)
    assert result.learns_by_heart
    # what was kept stands in the recipe of the kept run
    for key, value in result.settings.items():
        assert found.run.recipe.value(key) == value
    html, markdown = found.notebook.read_text(), found.notebook.with_suffix(".md").read_text()
    for text in (html, markdown):
        assert result.kept in text
        assert result.ensemble in text
        assert "netwright train --repeat" in text
    for one in result.tried:
        assert one["role"] in markdown
    # what was tried is known from then on
    planned = plan(nw.open(result.baseline, store=store))
    tried = [change.tried_before for change in planned if change.gap == planned[0].gap]
    assert tried == sorted(tried)
    assert any(tried)


def test_a_diagnosis_says_what_a_knob_turned_since_an_earlier_run_moved(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = tmp_path / "runs"

    def train(**changes: object) -> nw.Run:
        settings = {**SLOW, **{key.replace("__", "."): new for key, new in changes.items()}}
        return nw.train(
            table, target="kind", model="linear", epochs=2, set=settings, store=store
        )  # fmt: skip

    first = train()
    assert not first.diagnose().since
    second = train(optimizer__lr=0.01)
    since = second.diagnose().since
    assert since.startswith(f"Since {first.id}, with optimizer.lr 0.0003 -> 0.01: dev is ahead by")
    assert "beyond noise; avoidable bias, which it should close, is smaller" in since
    capsys.readouterr()
    main(["diagnose", second.id, "--store", str(store)])
    assert since in " ".join(capsys.readouterr().out.split())
    assert f"Since {first.id}" in (second.record.path / "report.html").read_text()
    # another split has other dev examples
    assert not train(optimizer__lr=0.02, split__seed=5).diagnose().since


def test_a_change_that_is_refused_is_not_tried(table: Path, tmp_path: Path) -> None:
    wanted: list[str] = []

    def ask(change: str, why: str) -> bool:
        wanted.append(change)
        return False

    found = nw.improve(
        table, target="kind", model="linear", epochs=1, set=SLOW, human_error=0.03,
        store=tmp_path / "runs", ask=ask, keep="one",
    )  # fmt: skip
    assert wanted
    assert not found.result.tried
    assert found.result.kept == found.result.baseline
    assert found.result.ended == "every change that the doctor knows was tried"
    assert f"Not wanted: {wanted[0]}" in found.notebook.with_suffix(".md").read_text()


def test_a_change_that_takes_longer_than_the_budget_is_given_up(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    monkeypatch.setattr(steps, "clock", lambda: now[0])

    def log(line: str) -> None:
        now[0] += 1.0 if line.startswith("step 1:") else 0.0

    def watch(progress: object) -> None:
        now[0] += 200.0 if now[0] else 0.0

    found = nw.improve(
        table, target="kind", model="linear", epochs=2, set=SLOW, human_error=0.03,
        budget=100.0, store=tmp_path / "runs", log=log, watch=watch,
    )  # fmt: skip
    assert found.result.ended.endswith("the last change took longer, and was given up")
    assert found.result.kept == found.result.baseline
    assert [member["role"] for member in found.study.info()["members"]] == [BY_HEART, BASELINE]
    assert {record.id for record in every(tmp_path / "runs")} == {
        member["run"] for member in found.study.info()["members"]
    }


def test_a_budget_too_small_for_one_training_is_refused(table: Path, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="one training alone takes about"):
        nw.improve(table, target="kind", epochs=2000, budget=1.5, store=tmp_path / "runs", set=SLOW)
    with pytest.raises(RecipeError) as caught:
        nw.improve(table, target="kind", budget=0.0001, store=tmp_path / "none", set=SLOW)
    assert "--sizes" not in str(caught.value), "it has none"
    assert [path.name for path in (tmp_path / "none").iterdir()] == ["studies"], "none was trained"
    assert not list((tmp_path / "none" / "studies").iterdir()), "nor is there a study to go on with"


def test_on_the_command_line(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = str(tmp_path / "runs")
    settings = [word for key, value in SLOW.items() for word in ("--set", f"{key}={value}")]
    main([
        "improve", str(table), "--target", "kind", "--model", "linear", "--epochs", "1",
        "--budget", "4s", "--store", store, "--json", *settings,
    ])  # fmt: skip
    found = json.loads(capsys.readouterr().out)
    assert found["test"]["n"] == 240
    main(["plan", found["baseline"], "--store", store])
    printed = capsys.readouterr().out
    assert "optimizer.lr 0.0003 -> 0.0009" in printed
    assert printed.startswith("avoidable bias is the largest gap, at most ")
    with pytest.raises((SystemExit, NetwrightError)):
        main(["improve", "--store", store])


def test_nobody_to_ask_is_answered_with_what_can_be_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: False)
    with pytest.raises(NetwrightError, match="There is nobody to ask: leave out --ask"):
        _is_wanted("Longer training", "variance")


def test_ask_without_a_terminal_is_refused_before_anything_is_trained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: False)
    with pytest.raises(SystemExit):
        main(["improve", "digits8", "--ask", "--store", str(tmp_path / "runs")])
    assert "There is nobody to ask: leave out --ask." in capsys.readouterr().err
    assert not (tmp_path / "runs").exists()


def test_ctrl_c_at_a_question_says_how_it_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def pressed(*_: object, **__: object) -> bool:
        raise click.Abort

    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("click.confirm", pressed)
    words = ["--model", "linear", "--epochs", "1", "--store", str(tmp_path / "runs")]
    with pytest.raises(SystemExit):
        main(["improve", "digits8", "--human-error", "1%", "--ask", *words])
    assert re.search(r"stopped; netwright improve .* goes on from there", capsys.readouterr().err)
