"""A recipe improved by itself: what is tried in which order, what is kept, kills, the notebook."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import netwright as nw
from netwright.api.studies.improving import OpenedImprovement, plan
from netwright.base.errors import NetwrightError, RecipeError
from netwright.base.measure import Measure
from netwright.cli.main import main
from netwright.doctor.advice.knobs import BIAS, OVERFIT, VARIANCE
from netwright.doctor.diagnose import diagnose
from netwright.doctor.improve.changes import RecipeChange, changes_for, open_gaps
from netwright.doctor.improve.judge import judged
from netwright.metrics.measure import Lead
from netwright.runs.store import every
from netwright.studies.improvement import (
    Ended,
    ImproveState,
    NextChange,
    epochs_fraction,
    next_change,
)
from netwright.systems.classifier.recipe import ClassifierRecipe

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

    def test_gaps_within_noise_are_left_alone(self) -> None:
        assert not open_gaps(diagnosis(0.02, 0.03, human=0.02, n=100))  # type: ignore[arg-type]

    def test_the_untried_and_the_cheap_come_first(self) -> None:
        recipe = ClassifierRecipe().changed({
            "model.name": "mlp", "model.hidden": [16], "model.dropout": 0.2,
            "optimizer.lr": 0.01, "optimizer.name": "adamw", "training.epochs": 10,
        })  # fmt: skip
        gaps = open_gaps(diagnosis(0.20, 0.25))  # type: ignore[arg-type]
        found = changes_for(gaps, recipe, (), ())
        of_bias = [change for change in found if change.gap == BIAS]
        assert found[: len(of_bias)] == of_bias
        assert [change.time for change in of_bias] == sorted(change.time for change in of_bias)
        rates = [c.settings["optimizer.lr"] for c in found if "optimizer.lr" in c.settings]
        assert rates == [0.03, 0.0033]
        assert len({change.key for change in found}) == len(found)
        earlier = recipe.changed({"optimizer.lr": 0.03})
        again = changes_for(gaps, recipe, (), (), [earlier])
        assert [c.tried_before for c in again if c.gap == BIAS][-1]
        assert not any(c.tried_before for c in again if c.settings != {"optimizer.lr": 0.03})
        done = [change.key for change in found]
        assert not changes_for(gaps, recipe, (), done)

    def test_a_larger_dev_set_is_no_change_of_a_recipe(self) -> None:
        gap = replace(open_gaps(diagnosis(0.2, 0.25))[0], name=OVERFIT)  # type: ignore[arg-type]
        assert not changes_for([gap], ClassifierRecipe(), (), ())


class TestKeeping:
    def test_kept_is_what_helps_beyond_noise(self) -> None:
        before, after = diagnosis(0.2, 0.25), diagnosis(0.1, 0.15)
        for ahead, kept, words in (
            (Lead(0.1, 0.05, 0.15), True, "kept: dev is better, by 10"),
            (Lead(0.01, -0.01, 0.03), False, "within noise"),
            (Lead(-0.1, -0.15, -0.05), False, "dev is worse"),
            (None, False, "cannot be said"),
        ):
            found = judged(BIAS, ahead, before, after)  # type: ignore[arg-type]
            assert found.kept is kept
            assert words in found.sentence
        lead = Lead(0.1, 0.05, 0.15)
        short = judged(BIAS, lead, before, after, short=True)  # type: ignore[arg-type]
        assert not short.kept
        assert "better in a short training, by 10" in short.sentence
        assert "is smaller: 20.0 points before, 10.0 points now" in found.sentence


class TestNext:
    change = RecipeChange(BIAS, "Longer", {"training.epochs": 20}, {"training.epochs": 10}, 2, "")
    other = RecipeChange(BIAS, "Rate", {"optimizer.lr": 0.1}, {"optimizer.lr": 0.01}, 1, "")

    def standing(self, seconds: float = 10.0) -> ImproveState:
        return ImproveState({}, "a", diagnosis(0.2, 0.25), seconds=seconds, of_baseline=10.0)  # type: ignore[arg-type]

    def possible(self, standing: ImproveState, done: Sequence[str]) -> list[RecipeChange]:
        return [one for one in (self.change, self.other) if one.key not in done]

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

    def test_few_whole_trainings_make_short_ones(self) -> None:
        assert epochs_fraction(self.standing(), None) == 1
        assert epochs_fraction(self.standing(), 1000.0) == 1
        assert epochs_fraction(self.standing(), 70.0) == pytest.approx(0.5)
        assert epochs_fraction(self.standing(), 20.0) == 0.25
        found = next_change(self.standing(), lambda *_: [self.other], 70.0)
        assert isinstance(found, NextChange)
        assert found.short
        assert found.seconds == pytest.approx(5)

    def test_it_ends_where_nothing_is_left(self) -> None:
        found = next_change(self.standing(), lambda *_: [], None)
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
    assert any(one["kept"] for one in result.tried)
    assert any(not one["kept"] for one in result.tried)
    assert result.learns_by_heart
    # what was kept stands in the recipe of the kept run
    for key, value in result.settings.items():
        assert found.run.recipe.value(key) == value
    html, markdown = found.notebook.read_text(), found.notebook.with_suffix(".md").read_text()
    for text in (html, markdown):
        assert result.kept in text
        assert "netwright train --repeat" in text
    for one in result.tried:
        assert one["role"] in markdown
    # what was tried is known from then on
    planned = plan(nw.open(result.baseline, store=store))
    tried = [change.tried_before for change in planned if change.gap == planned[0].gap]
    assert tried == sorted(tried)
    assert any(tried)


def test_a_change_that_is_refused_is_not_tried(table: Path, tmp_path: Path) -> None:
    wanted: list[str] = []

    def ask(change: str, why: str) -> bool:
        wanted.append(change)
        return False

    found = nw.improve(
        table, target="kind", model="linear", epochs=1, set=SLOW, human_error=0.03,
        store=tmp_path / "runs", ask=ask,
    )  # fmt: skip
    assert wanted
    assert not found.result.tried
    assert found.result.kept == found.result.baseline
    assert found.result.ended == "every change that the doctor knows was tried"
    assert f"Not wanted: {wanted[0]}" in found.notebook.with_suffix(".md").read_text()


def test_a_budget_too_small_for_one_training_is_refused(table: Path, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="one training alone takes about"):
        nw.improve(table, target="kind", epochs=2000, budget=1.5, store=tmp_path / "runs", set=SLOW)
    with pytest.raises(RecipeError) as caught:
        nw.improve(table, target="kind", budget=0.0001, store=tmp_path / "none", set=SLOW)
    assert "--sizes" not in str(caught.value), "it has none"
    assert [path.name for path in (tmp_path / "none").iterdir()] == ["studies"], "none was trained"


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
    assert "optimizer.lr 0.0003 -> 0.0009" in capsys.readouterr().out
    with pytest.raises((SystemExit, NetwrightError)):
        main(["improve", "--store", store])
