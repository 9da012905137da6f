"""Slices of dev: each against the rest, corrected for looking at many."""

from __future__ import annotations

import csv
import datetime
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from scipy import stats

import netwright as nw
import small_runs
from netwright.base.errors import NetwrightError, RecipeError, RunError
from netwright.cli.main import main
from netwright.contract import Examples
from netwright.data.labels import Label
from netwright.doctor.slices import discovered
from netwright.doctor.slices.by_value import by_column, by_words
from netwright.doctor.slices.slices import Slice, Yardstick, compared, yardstick
from netwright.metrics.contrasts import contrast, holm
from netwright.metrics.labels import ERROR

pytestmark = pytest.mark.usefixtures("no_reports")


class TestContrasts:
    def test_holm_by_hand(self) -> None:
        """Holm 1979, and the example of R's p.adjust."""
        assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
        assert holm([0.9, 0.8]) == [1.0, 1.0]
        assert holm([]) == []

    @pytest.mark.parametrize("seed", range(5))
    def test_holm_rejects_what_the_sequential_rule_does(self, seed: int) -> None:
        """Step by step: the smallest against 0.05 / m, the next against 0.05 / (m - 1), ..."""
        p = np.random.default_rng(seed).random(12) ** 4
        rejected = set()
        for place, at in enumerate(np.argsort(p)):
            if p[at] > 0.05 / (12 - place):
                break
            rejected.add(int(at))
        assert {at for at, one in enumerate(holm(p.tolist())) if one <= 0.05} == rejected

    def test_means_by_welch(self) -> None:
        rng = np.random.default_rng(0)
        values, inside = rng.exponential(size=200), np.arange(200) < 30
        found = contrast(values, inside)
        theirs = stats.ttest_ind(values[inside], values[~inside], equal_var=False)
        assert found.value == pytest.approx(values[inside].mean() - values[~inside].mean())
        assert found.p == pytest.approx(theirs.pvalue)
        ends = theirs.confidence_interval()
        assert (found.low, found.high) == pytest.approx((ends.low, ends.high))

    def test_rates_by_fisher(self) -> None:
        values, inside = np.array([1.0] * 9 + [0.0] * 91), np.arange(100) < 20
        table = [[9, 11], [0, 80]]
        assert contrast(values, inside).p == pytest.approx(stats.fisher_exact(table).pvalue)

    def test_a_group_counts_as_one(self) -> None:
        rng = np.random.default_rng(1)
        once, inside = rng.normal(size=60), np.arange(60) < 20
        names = [str(at) for at in range(60)]
        alone = contrast(once, inside, names)
        thrice = contrast(
            np.repeat(once, 3),
            np.repeat(inside, 3),
            names * 0 + [name for name in names for _ in range(3)],
        )
        assert alone.p == pytest.approx(contrast(once, inside).p)
        assert (thrice.low, thrice.high, thrice.p) == pytest.approx(
            (alone.low, alone.high, alone.p)
        )

    def test_where_nothing_varies_nothing_is_said(self) -> None:
        found = contrast(np.array([2.0] * 5 + [1.0] * 5), np.arange(10) < 5)
        assert (found.value, found.low, found.high, found.p) == (1.0, None, None, 1.0)


def judged(wrong: Any, slices: list[Slice], **columns: Any) -> Any:
    count = len(wrong)
    names = [str(at) for at in range(count)]
    examples = Examples([None] * count, ["a"] * count, names, names, **columns)
    answers = [Label("b" if bad else "a", 1.0, {"a": 1.0}) for bad in wrong]
    by = Yardstick("error", "fraction", np.asarray(wrong, float))
    return compared(slices, by, ERROR, examples, answers)


class TestSlices:
    def test_a_planted_slice_is_named_and_the_others_are_not(self) -> None:
        rng = np.random.default_rng(0)
        color = rng.choice(["red", "blue", "green"], 900)
        wrong = rng.random(900) < np.where(color == "red", 0.3, 0.1)
        found = judged(wrong, list(by_words("color", color.tolist())))
        assert [one.value for one in found if one.is_worse] == ["red"]
        assert found[0].figure.value == pytest.approx(wrong[color == "red"].mean())
        assert found[0].n == (color == "red").sum()

    def test_where_nothing_is_there_one_in_twenty_runs_names_something(self) -> None:
        """100 runs of 15 slices each; without the correction about half name one."""
        rng = np.random.default_rng(0)
        named = plain = 0
        for _ in range(100):
            wrong = (rng.random(300) < 0.2).astype(float)
            p = []
            for _ in range(5):
                column = rng.integers(0, 3, 300)
                p += [contrast(wrong, column == at).p for at in range(3)]
            named += min(holm(p)) < 0.05
            plain += min(p) < 0.05
        assert named <= stats.binom.ppf(0.999, 100, 0.05)
        assert plain > 30

    def test_too_small_ones_are_left_out_and_groups_count_as_one(self) -> None:
        wrong = [True] * 9 + [False] * 91
        assert not judged(wrong, [Slice("a", "b", tuple(range(9)))])
        assert judged(wrong, [Slice("a", "b", tuple(range(10)))])
        groups = [str(at // 10) for at in range(100)]
        assert not judged(wrong, [Slice("a", "b", tuple(range(50)))], groups=groups)

    def test_weights_count(self) -> None:
        wrong = [at % 3 == 0 for at in range(60)]
        weights = [2.0 if at % 2 else 0.0 for at in range(60)]
        (found,) = judged(wrong, [Slice("a", "b", tuple(range(40)))], weights=weights)
        assert found.n == 20

    def test_without_right_and_wrong_losses_are_the_yardstick(self) -> None:
        assert yardstick([None, None], [0.5, float("nan")]).name == "loss"
        assert yardstick([None, True], [0.5, 0.1]).name == "error"

    def test_columns_of_numbers_dates_and_words(self) -> None:
        numbers = [None] * 10 + [float(at) for at in range(90)]
        found = list(by_column("x", numbers))
        assert found[0].value.startswith("0")
        assert [len(one.rows) for one in found] == [23, 22, 22, 23, 10]
        assert found[-1].value == "missing"
        days = [datetime.date(2024, 1, 1) + datetime.timedelta(at) for at in range(100)]
        assert next(iter(by_column("day", days))).value == "2024-01-01 to 2024-01-25"
        assert [one.value for one in by_column("yes", [True, False] * 20)] == ["no", "yes"]
        assert not list(by_column("id", [f"C{at}" for at in range(100)]))

    def test_the_tree_finds_a_planted_cluster_and_measures_it_elsewhere(self) -> None:
        rng = np.random.default_rng(0)
        age, sex = rng.integers(18, 80, 800), rng.choice(["f", "m"], 800)
        hard = ((age > 60) & (sex == "f") & (rng.random(800) < 0.8)).astype(float)
        columns = {"age": age.tolist(), "sex": sex.tolist(), "other": rng.normal(size=800).tolist()}
        halves = range(400), range(400, 800)
        first = next(iter(discovered.by_tree(columns, hard, halves)))
        assert first.value.startswith("age > ")
        assert first.value.endswith(" and sex is not m")
        assert min(first.rows) >= 400
        assert first.among == tuple(range(400, 800))

    def test_clusters_of_probabilities(self) -> None:
        rng = np.random.default_rng(0)
        sure = rng.random(400) < 0.7
        stated = np.array([(0.95, 0.05) if one else (0.52, 0.48) for one in sure])
        hard = (~sure & (rng.random(400) < 0.5)).astype(float)
        name = discovered.by_probabilities(["cat", "dog"])
        (found, *_) = discovered.by_clusters(stated, name, hard, (range(200), range(200, 400)))
        assert found.value == "answers like cat 0.52, dog 0.48"
        assert set(found.rows) == {at for at in range(200, 400) if not sure[at]}

    def test_clusters_of_what_a_net_makes_of_examples(self) -> None:
        rng = np.random.default_rng(0)
        kind = rng.integers(0, 3, 600)
        features = np.eye(3)[kind] * 5 + rng.normal(size=(600, 3))
        hard = ((kind == 1) & (rng.random(600) < 0.6)).astype(float)
        name = discovered.like_one([f"{kind[at]}/{at}.png" for at in range(600)])
        found = [*discovered.by_clusters(features, name, hard, (range(300), range(300, 600)))]
        assert all(one.value.startswith("alike to the net, such as 1/") for one in found)
        inside = {row for one in found for row in one.rows}
        assert np.mean(kind[[*inside]] == 1) > 0.9


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory, no_reports: None) -> nw.Run:
    """Dark and light pictures, of which one camera's are labelled at random."""
    rng, folder = np.random.default_rng(0), tmp_path_factory.mktemp("pictures")
    rows = ["file,kind,camera,seen"]
    for at in range(400):
        light, camera = rng.random() < 0.5, "ab"[int(rng.random() < 0.4)]
        pixels = rng.integers(0, 60, (8, 8), dtype=np.uint8) + np.uint8(180 * light)
        Image.fromarray(pixels).save(folder / f"{at}.png")
        known = light if camera == "a" else rng.random() < 0.5
        rows.append(f"{at}.png,{'light' if known else 'dark'},{camera},{at % 9}")
    (folder / "t.csv").write_text("\n".join(rows), encoding="utf-8")
    return nw.train(
        folder / "t.csv", target="kind", model="linear", epochs=8, store=folder / "runs",
        set={**small_runs.QUICK, "training.epochs": 8, "split.dev": 0.5},
    )  # fmt: skip


class TestOfPictures:
    def test_by_the_other_columns_of_their_table(self, pictures: nw.Run) -> None:
        found = nw.slices(pictures)
        assert {one.by for one in found.slices} >= {"class", "camera", "seen"}
        (worst,) = (one for one in found.slices if (one.by, one.value) == ("camera", "b"))
        assert worst.is_worse
        assert {one.by for one in nw.slices(pictures, by="camera").slices} == {"camera"}
        lines = Path(pictures.recipe.data.source).read_text(encoding="utf-8").splitlines()
        cameras = {line.split(",")[0]: line.split(",")[2] for line in lines[1:]}
        of = [cameras[Path(one).name] for one in pictures.predictions("dev")["source"].to_list()]
        assert worst.n == of.count("b")

    def test_by_what_the_net_makes_of_them(self, pictures: nw.Run) -> None:
        found = nw.slices(pictures, by="discovered").slices
        assert any(one.value.startswith("alike to the net, such as ") for one in found)


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Illness by x, which is random where a woman is older than 55; a column that is ignored."""
    rng = np.random.default_rng(0)
    count = 2400
    age, sex = rng.integers(18, 80, count), rng.choice(["f", "m"], count)
    x = rng.normal(size=count)
    site = rng.choice(["north", "south"], count)
    ill = np.where((sex == "f") & (age > 55), rng.random(count) < 0.5, x > 0)
    path = tmp_path_factory.mktemp("table") / "people.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(["age", "sex", "x", "site", "ill"])
        lines.writerows(zip(age, sex, x.round(3), site, np.where(ill, "yes", "no"), strict=True))
    return path


@pytest.fixture(scope="module")
def run(table: Path, tmp_path_factory: pytest.TempPathFactory, no_reports: None) -> nw.Run:
    return nw.train(
        str(table),
        target="ill",
        model="linear",
        epochs=5,
        set={**small_runs.QUICK, "training.epochs": 5, "data.columns": {"site": "ignore"}},
        store=tmp_path_factory.mktemp("runs"),
    )


class TestOfARun:
    def test_of_a_table(self, run: nw.Run) -> None:
        found = nw.slices(run)
        worse = {(one.by, one.value) for one in found.worse}
        assert ("sex", "f") in worse
        assert any(by == "discovered" for by, _ in worse)
        assert {one.by for one in found.slices} == {
            *("class", "age", "sex", "x", "discovered"),
            "site",  # which the net does not learn from
        }
        assert not [one for one in found.worse if one.by == "site"]
        (south,) = [one for one in found.slices if one.value == "south"]
        dev = run.predictions("dev")
        lines = Path(run.recipe.data.source).read_text(encoding="utf-8").splitlines()
        of = [int(source.rpartition(":")[2]) - 1 for source in dev["source"].to_list()]
        inside = np.array([",south," in lines[at] for at in of])
        wrong = dev["wrong"].to_numpy()
        assert south.n == inside.sum()
        assert south.excess.value == pytest.approx(wrong[inside].mean() - wrong[~inside].mean())

    def test_by_what_is_named(self, run: nw.Run) -> None:
        assert {one.by for one in nw.slices(run, by=["class", "sex"]).slices} == {"class", "sex"}
        assert {one.by for one in nw.slices(run, by="class").slices} == {"class"}
        with pytest.raises(
            RecipeError, match=r"--by sx: .* has no such column; did you mean 'sex'"
        ):
            nw.slices(run, by=["sx"])

    def test_printed_and_as_json(self, run: nw.Run, capsys: pytest.CaptureFixture[str]) -> None:
        store = ["--store", str(run.record.path.parent)]
        main(["slices", run.id, *store])
        text = capsys.readouterr().out
        assert "are worse than the rest beyond chance: " in text
        main(["slices", run.id, "--json", *store])
        read = json.loads(capsys.readouterr().out)
        assert read["yardstick"] == "error"
        assert read["looked_at"] == len(read["slices"])

    def test_where_the_data_are_gone_classes_are_left(self, run: nw.Run, table: Path) -> None:
        moved = table.rename(table.with_suffix(".away"))
        try:
            found = nw.slices(run)
            assert {one.by for one in found.slices} <= {"class", "discovered"}
            assert any(note.startswith("columns: not looked at: ") for note in found.notes)
            with pytest.raises(NetwrightError, match="are not there any more"):
                nw.slices(run, by=["sex"])
        finally:
            moved.rename(table)

    def test_a_run_without_answers_on_dev(self, tmp_path: Path) -> None:
        left = small_runs.left_by_a_kill("regressor", tmp_path, {}, 3)
        with pytest.raises(RunError, match="holds no answers on dev"):
            nw.slices(left.id, store=tmp_path)

    def test_a_corrected_label_counts(self, run: nw.Run) -> None:
        dev = run.predictions("dev")
        wrong = dev.filter(dev["wrong"]).row(0, named=True)
        before, labels = nw.slices(run, by="class").whole, run.labels()
        labels.correct(wrong["id"], wrong["answer"])
        try:
            after = nw.slices(run, by="class").whole
        finally:
            labels.undo(wrong["id"])
        assert before is not None
        assert after is not None
        assert after.value == pytest.approx(before.value - 1 / before.n)

    @pytest.mark.parametrize(
        "system", ["tags", "regressor", "multi_regressor", "localizer", "text"]
    )
    def test_of_every_system(self, system: str, tmp_path: Path) -> None:
        made = small_runs.finished(system, tmp_path, {"training.epochs": 1})
        found = nw.slices(made.record.id, store=tmp_path)
        assert found.whole is not None
        assert found.slices or found.notes
