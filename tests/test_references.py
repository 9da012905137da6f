"""Usual methods beside the net of a table: fitted as scikit-learn fits them, compared pair by pair,
kept in the run, shown, and made again where they are lost.
"""

from __future__ import annotations

import itertools
import json
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegression, Ridge

import netwright as nw
from netwright import systems
from netwright.cli.main import command
from netwright.contract import Examples, Reference
from netwright.data.tables.reference_models import methods, offered
from netwright.data.tables.reference_models.methods import Line, Size, Trees
from netwright.data.tables.reference_models.offered import Task, beside
from netwright.data.tables.rows import Rows
from netwright.doctor import reference_findings
from netwright.metrics.labels import ERROR, MACRO_F1
from netwright.metrics.measure import lead
from netwright.metrics.regression import RMSE
from netwright.recipe import Training
from netwright.runs.keeping import promises

pytestmark = pytest.mark.usefixtures("with_references")

OF_ROWS = ("regressor", "tags", "multi_regressor")


def table(count: int, seed: int = 0) -> tuple[Examples, np.ndarray]:
    """Rows of a number with gaps, one without, a word with gaps; and 0 or 1 for each."""
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=(2, count))
    word = rng.choice(["red", "green", "blue"], count)
    truth = (a + (word == "red") - b + rng.normal(0, 0.5, count) > 0).astype(float)
    gaps = rng.uniform(size=(2, count)) < 0.1
    frame = pl.DataFrame(
        {
            "a": [None if gap else value for gap, value in zip(gaps[0], a.tolist(), strict=True)],
            "b": b,
            "word": [None if gap else w for gap, w in zip(gaps[1], word.tolist(), strict=True)],
        }
    )
    names = [f"{seed}-{at}" for at in range(count)]
    return Examples(Rows(frame), truth.tolist(), names, names), truth


def fitted(
    train: Examples,
    examples: Examples,
    truth: np.ndarray,
    classes: int,
    seconds: float = 60,
    memory: int = 2048,
) -> dict[str, tuple[str, np.ndarray]]:
    """Name -> how it was fitted, and what it says."""
    task = Task(truth[:, None], classes, lambda found: found[0].tolist())
    training = Training(seed=0, memory=memory)
    return {
        one.name: (one.how, np.array(one.answers))
        for one in beside(train, examples, task, training, seconds)
    }


def by_hand(train: Examples, examples: Examples) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """What a line and what trees read, of both, by pandas-like steps."""
    known = train.inputs.frame
    mean, deviation = known["a"].mean(), known["a"].std(ddof=0)
    lines, trees = [], []
    for some in (train, examples):
        frame = some.inputs.frame
        a, b = frame["a"].to_numpy(), frame["b"].to_numpy()
        lines.append(
            np.stack(
                [
                    np.nan_to_num((a - mean) / deviation),
                    np.isnan(a),
                    (b - known["b"].mean()) / known["b"].std(ddof=0),
                    *(
                        (frame["word"] == w).fill_null(False).to_numpy()
                        for w in set(known["word"])
                        if w is not None
                    ),
                ],
                axis=1,
            ).astype(float)
        )
        often = Counter(known["word"].drop_nulls()).most_common()
        order = {None: math.nan, **{word: float(at) for at, (word, _) in enumerate(often)}}
        trees.append(np.stack([a, b, [order[w] for w in frame["word"]]], axis=1))
    return lines, trees


class TestFitted:
    @pytest.mark.parametrize("weighted", [False, True])
    def test_classes_as_scikit_learn_does(self, weighted: bool) -> None:
        train, truth = table(400)
        examples, _ = table(100, 1)
        heavy = np.random.default_rng(2).uniform(0.1, 5, 400) if weighted else None
        if heavy is not None:
            train = replace(train, weights=heavy.tolist())
            heavy = heavy / heavy.mean()
        found = fitted(train, examples, truth, 2)
        lines, trees = by_hand(train, examples)
        line = LogisticRegression(max_iter=200).fit(lines[0], truth, heavy)
        expected = line.predict_proba(lines[1])
        assert found["logistic regression"][1] == pytest.approx(expected, abs=1e-3)
        boosted = HistGradientBoostingClassifier(
            categorical_features=[False, False, True], early_stopping=False
        ).fit(trees[0], truth, heavy)
        expected = boosted.predict_proba(trees[1])
        assert found["gradient boosting"][1] == pytest.approx(expected, abs=1e-9)

    def test_numbers_as_scikit_learn_does(self) -> None:
        train, truth = table(400)
        examples, _ = table(100, 1)
        numbers = 1e6 + 1e3 * (truth + np.random.default_rng(0).normal(size=400))
        found = fitted(train, examples, numbers, 0)
        lines, trees = by_hand(train, examples)
        expected = Ridge().fit(lines[0], numbers).predict(lines[1])
        assert found["ridge regression"][1][:, 0] == pytest.approx(expected, rel=1e-5)
        boosted = HistGradientBoostingRegressor(
            categorical_features=[False, False, True], early_stopping=False
        ).fit(trees[0], numbers)
        expected = boosted.predict(trees[1])
        assert found["gradient boosting"][1][:, 0] == pytest.approx(expected, rel=1e-9)

    def test_what_weighs_nothing_is_not_learned_from(self) -> None:
        train, truth = table(200)
        wrong = np.where(np.arange(200) < 100, truth, 1 - truth)
        half = replace(train, weights=[1.0] * 100 + [0.0] * 100)
        for name, (_, found) in fitted(half, train, wrong, 2).items():
            _, alone = fitted(train.take(range(100)), train, truth[:100], 2)[name]
            assert found == pytest.approx(alone, abs=1e-6), name

    def test_unknown_targets_are_not_learned_from(self) -> None:
        train, truth = table(200)
        gaps = np.where(np.arange(200) < 150, truth, math.nan)
        for name, (_, found) in fitted(train, train, gaps, 2).items():
            assert np.isfinite(found).all(), name

    @pytest.mark.parametrize("classes", [0, 3])
    def test_what_is_always_the_same_is_said_of_all(self, classes: int) -> None:
        train, _ = table(50)
        expected = [0, 0, 1] if classes else [2.0]
        for _, found in fitted(train, train, np.full(50, 2.0), classes).values():
            assert (found == expected).all()

    def test_a_table_of_no_known_cell_offers_none(self) -> None:
        names = [str(at) for at in range(20)]
        empty = Rows(pl.DataFrame({"a": [None] * 20, "b": [math.nan] * 20}))
        train = Examples(empty, names, names, names)
        assert not fitted(train, train, np.arange(20.0), 0)

    def test_many_categories_and_columns_of_every_type(self) -> None:
        count = 2000
        rng = np.random.default_rng(0)
        days = pl.Series(rng.integers(0, 5000, count)).cast(pl.Date)
        frame = pl.DataFrame(
            {
                "many": [f"w{value}" for value in rng.integers(0, 1500, count)],
                "day": days,
                "yes": rng.uniform(size=count) > 0.5,
                "infinite": np.where(rng.uniform(size=count) > 0.9, np.inf, 1.0),
                "huge": rng.normal(size=count) * 1e90,
            }
        )
        names = [str(at) for at in range(count)]
        train = Examples(Rows(frame), names, names, names)
        target = days.cast(pl.Int32).to_numpy().astype(float)
        for name, (_, found) in fitted(train, train, target, 0).items():
            apart = np.abs(found[:, 0] - target).mean()
            assert apart < 0.2 * target.std(), name

    def test_a_date_is_taken_apart(self) -> None:
        """What hangs on the day of the week alone, a line cannot say by the days gone by."""
        count = 1400
        days = pl.Series(np.arange(count)).cast(pl.Int32).cast(pl.Date)
        names = [str(at) for at in range(count)]
        train = Examples(Rows(pl.DataFrame({"day": days})), names, names, names)
        weekday = days.dt.weekday().to_numpy().astype(float)
        for name, (_, found) in fitted(train, train, weekday, 0).items():
            assert found[:, 0] == pytest.approx(weekday, abs=0.05), name

    def test_a_large_table_is_sampled_and_said(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """By its size: a clock that stands still cuts nothing."""
        monkeypatch.setattr(methods, "LEAST_ROWS", 300)
        monkeypatch.setattr(methods, "time", SimpleNamespace(monotonic=lambda: 0.0))
        train, truth = table(4000)
        found = fitted(train, train, truth, 2, seconds=0.1501)
        assert found["logistic regression"][0].endswith(" on 3,002 of 4,000 examples")
        trees = "13 rounds of rate 0.4 for lack of time on 300 of 4,000 examples"
        assert found["gradient boosting"][0].endswith(trees)
        again = fitted(train, train, truth, 2, seconds=0.1501)
        assert all((found[name][1] == again[name][1]).all() for name in found)

    def test_the_clock_cuts_what_takes_longer(self, monkeypatch: pytest.MonkeyPatch) -> None:
        clock = itertools.count(step=100)
        monkeypatch.setattr(methods, "time", SimpleNamespace(monotonic=clock.__next__))
        train, truth = table(4000)
        how, _ = fitted(train, train, truth, 2)["gradient boosting"]
        assert "10 rounds of rate 0.1 for lack of time" in how

    @pytest.mark.parametrize("kind", [Line, Trees])
    def test_more_columns_or_classes_leave_fewer_rows(self, kind: Any) -> None:
        def rows(columns: int, classes: int) -> int:
            return int(kind(Size(10**7, columns, 1, classes, 10.0, 2.0**40), 0).rows)

        assert rows(10, 2) > rows(100, 2) >= rows(100, 4) >= methods.LEAST_ROWS
        assert rows(1000, 1000) == 0

    def test_no_more_rows_than_fit_into_the_memory(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A quarter of 1 MiB holds 2,184 rows of three columns."""
        train, truth = table(4000)
        for how, _ in fitted(train, train, truth, 2, memory=1).values():
            assert how.endswith(" on 2,184 of 4,000 examples")
        monkeypatch.setattr(offered, "PART_OF_MEMORY", 0.2)  # fewer than any figure is worth
        assert not fitted(train, train, truth, 2, memory=1)

    def test_what_has_no_time_at_all_is_not_offered(self) -> None:
        train, truth = table(100)
        assert not fitted(train, train, truth, 2, seconds=1e-9)

    @pytest.mark.parametrize("name", OF_ROWS)
    def test_every_system_of_rows_offers_them(self, name: str) -> None:
        system = systems.load(name)
        train, dev = system.sample(300, 0), system.sample(200, 1)
        recipe = system.completed(system.recipe(), train)
        codec = system.fit(train, recipe)
        assert system.references is not None
        found = list(system.references(train, dev, recipe, codec, 60.0))
        assert [one.name for one in found][1:] == ["gradient boosting"]
        for one in found:
            assert len(one.answers) == len(dev)
            better = lead(system.metrics[0], dev, one.answers, [*map(system.baseline(train), dev)])
            assert better is not None and better.low is not None and better.low > 0, one.name

    def test_images_have_none(self) -> None:
        system = systems.load("classifier")
        train = system.sample(60, 0)
        recipe = system.completed(system.recipe(), train)
        assert "training.reference_seconds" in system.unread(recipe)
        assert system.references is not None
        assert not list(system.references(train, train, recipe, system.fit(train, recipe), 60.0))


# --- how far one is ahead


@dataclass(frozen=True)
class Said:
    label: str = ""
    value: float = 0.0


def examples_of(targets: Sequence[Any], groups: Sequence[str] | None = None) -> Examples:
    names = [str(at) for at in range(len(targets))]
    return Examples([None] * len(targets), targets, names, names, groups)


class TestLead:
    def test_rates_by_newcombe(self) -> None:
        """Newcombe 1998c, table III, example (b): 36 of 50 and 32 of 50, of which 14 agree."""
        cells = {(1, 1): 36, (1, 0): 0, (0, 1): 4, (0, 0): 10}
        pairs = [pair for pair, count in cells.items() for _ in range(count)]
        own, other = zip(*pairs, strict=True)
        found = lead(
            ERROR,
            examples_of(["1"] * 50),
            [Said(str(1 - wrong)) for wrong in own],
            [Said(str(1 - wrong)) for wrong in other],
        )
        assert found is not None and found.low is not None and found.high is not None
        assert found.value == pytest.approx(0.08)
        assert 0 < found.high < 0.2 and found.low < 0.02

    @pytest.mark.usefixtures("all_resamples")
    def test_others_by_drawing_pairs(self) -> None:
        rng = np.random.default_rng(0)
        hard = rng.normal(0, 10, 2000)  # what is hard for one is hard for the other
        own, other = hard + rng.normal(0, 0.1, 2000), 1.01 * hard + rng.normal(0, 0.1, 2000)
        some = examples_of([0.0] * 2000)
        found = lead(RMSE, some, [Said(value=x) for x in own], [Said(value=x) for x in other])
        expected = math.sqrt((other**2).mean()) - math.sqrt((own**2).mean())
        assert found is not None and found.low is not None and found.high is not None
        assert found.value == pytest.approx(expected)
        assert 0.05 < found.low < expected < found.high < 0.15
        turned = lead(RMSE, some, [Said(value=x) for x in other], [Said(value=x) for x in own])
        assert turned is not None and turned.high is not None and turned.high < 0

    def test_more_may_be_better(self) -> None:
        some, right = examples_of(["a", "b"] * 50), [Said("a"), Said("b")] * 50
        found = lead(MACRO_F1, some, right, [Said("a")] * 100)
        assert found is not None and found.value > 0

    def test_the_same_answers_are_no_lead(self) -> None:
        some = [Said("a"), Said("b")] * 10
        found = lead(ERROR, examples_of(["a"] * 20), some, some)
        assert found is not None and found.value == 0 and math.copysign(1, found.value) == 1
        assert found.low is not None and found.high is not None and found.low < 0 < found.high

    def test_groups_are_drawn_as_one(self) -> None:
        """Ten people of a hundred rows each say no more than ten rows."""
        people = [f"p{at // 100}" for at in range(1000)]
        own = [Said("a" if at // 100 < 6 else "b") for at in range(1000)]
        other = [Said("a" if at // 100 > 4 else "b") for at in range(1000)]
        targets = ["a"] * 1000
        alone = lead(ERROR, examples_of(targets), own, other)
        grouped = lead(ERROR, examples_of(targets, people), own, other)
        assert alone is not None and alone.low is not None and alone.low > 0
        assert grouped is not None and grouped.low is not None and grouped.low < 0

    def test_unknown_targets_and_no_weight_do_not_count(self) -> None:
        own, other = [Said("a"), Said("a"), Said("b"), Said("a")], [Said("b")] * 4
        some = replace(examples_of(["a", "a", "a", None]), weights=[1.0, 1.0, 0.0, 1.0])
        found = lead(ERROR, some, own, other)
        assert found is not None and found.value == 1.0
        assert lead(ERROR, examples_of([None]), own[:1], other[:1]) is None


# --- the run


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, with_references: None) -> nw.api.Run:
    """Whose net has learned next to nothing, on a table that a line reads well; read only."""
    store = tmp_path_factory.mktemp("store")
    return nw.train("wine", set={"training.epochs": 1, "optimizer.lr": 1e-7}, store=store)


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name not in ("run.json", "events.jsonl")
    }


class TestOfARun:
    def test_they_are_kept_with_their_figures(self, run: nw.api.Run) -> None:
        first, second = run.references
        assert first["name"] == "logistic regression" and second["name"] == "gradient boosting"
        for one in run.references:
            kept = pl.read_parquet(run.record.path / "references" / one["file"])
            assert len(kept) == run.measures["dev"]["error"]["n"] == one["measure"]["n"]
            assert one["measure"]["value"] == pytest.approx(kept["wrong"].mean())
            ahead = one["measure"]["value"] - run.measures["dev"]["error"]["value"]
            assert one["lead"]["value"] == pytest.approx(ahead)

    def test_they_are_promised(self, run: nw.api.Run) -> None:
        promised = run.info["promised"]
        assert {"references.json", "references/00.parquet", "references/01.parquet"} <= {*promised}

    def test_a_person_sees_them(self, run: nw.api.Run) -> None:
        store = str(run.record.path.parent)
        shown = CliRunner().invoke(command, ["show", run.id, "--store", store]).output
        assert "beside the net" in shown and "logistic regression" in shown
        assert "NW116 reference-is-better" in shown
        told = CliRunner().invoke(command, ["show", run.id, "--store", store, "--json"]).output
        assert json.loads(told)["references"] == run.references
        page = run.report.read_text(encoding="utf-8")
        assert "Beside the net" in page and "Gradient boosting" in page
        assert "the net is worse" in page

    def test_they_stand_in_a_report_to_pass_on(self, run: nw.api.Run, tmp_path: Path) -> None:
        page = run.write_report(tmp_path / "r.html", examples=False).read_text(encoding="utf-8")
        assert "Gradient boosting" in page

    @pytest.mark.parametrize("lost", ["references.json", "references/01.parquet"])
    def test_what_is_lost_is_made_again_to_the_byte(self, run: nw.api.Run, lost: str) -> None:
        folder = run.record.path
        before = contents(folder)
        (folder / lost).unlink()
        assert promises.missing(run.record) == [lost]
        nw.train(resume=run.id, store=folder.parent)
        assert contents(folder) == before

    def test_test_is_not_looked_at(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        seen: list[Examples] = []
        system = systems.load("classifier")

        def references(train: Examples, dev: Examples, *given: Any) -> list[Reference]:
            seen.extend((train, dev))
            return []

        monkeypatch.setattr(systems, "load", lambda name: replace(system, references=references))
        run = nw.train("iris", set={"training.epochs": 1}, store=tmp_path)
        assert [len(some) for some in seen] == [
            run.info["splits"][name] for name in ("train", "dev")
        ]
        assert not run.references and not run.record.has("references.json")

    def test_a_setting_leaves_them_out(self, tmp_path: Path) -> None:
        off = {"training.epochs": 1, "training.reference_seconds": 0}
        run = nw.train("iris", set=off, store=tmp_path)
        assert not run.references and "references.json" not in run.info["promised"]

    def test_what_cannot_be_fitted_is_said(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fails(*given: Any) -> None:
            raise ValueError("no such luck")

        monkeypatch.setattr(Line, "fitted", fails)
        with pytest.warns(UserWarning, match="kept without them: ValueError: no such luck"):
            run = nw.train("iris", set={"training.epochs": 1}, store=tmp_path)
        assert run.info["status"] == "complete" and not run.references


def one(low: float | None, high: float | None, name: str = "trees") -> Any:
    value = 0.0 if low is None or high is None else (low + high) / 2
    measured = {"value": 0.1, "n": 100, "unit": "fraction"}
    ahead = {"value": value, "low": low, "high": high}
    return {"name": name, "how": "", "file": "00.parquet", "measure": measured, "lead": ahead}


class TestFinding:
    @pytest.mark.parametrize(("low", "high"), [(0.01, 0.02), (-0.01, 0.02), (None, None)])
    def test_nothing_is_said_within_noise(self, low: float | None, high: float | None) -> None:
        assert not reference_findings.find([one(low, high)])

    def test_the_best_is_named_with_its_interval(self) -> None:
        found = reference_findings.find([one(-0.03, -0.01, "a line"), one(-0.05, -0.02)])
        assert [finding.code for finding in found] == ["NW116"]
        assert "Trees does better" in found[0].message
        assert "3.5 points (2.0 to 5.0)" in found[0].message
        assert not reference_findings.find([one(-0.05, -0.02)], {"NW116"})
