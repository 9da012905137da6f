"""Two sets of inputs: of one distribution or not."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import roc_auc_score

import netwright as nw
import small_runs
from netwright.base.errors import DataError
from netwright.cli.main import main
from netwright.metrics.two_sample import Samples, auc, combined, two_sample_test

pytestmark = pytest.mark.usefixtures("no_reports")


def names(count: int) -> list[str]:
    return [str(at) for at in range(count)]


def shifted(seed: int, by: float, count: int = 160) -> Samples:
    """Two samples of three columns, of which the first is shifted."""
    matrix = np.random.default_rng(seed).normal(size=(count, 3))
    is_second = np.arange(count) % 2 == 1
    matrix[is_second, 0] += by
    return Samples(matrix, is_second, names(count))


class TestTheTest:
    def test_auc_is_that_of_scikit_learn(self) -> None:
        rng = np.random.default_rng(0)
        scores, is_second = rng.integers(0, 9, 80) / 9, rng.random(80) < 0.4
        assert auc(scores, is_second) == pytest.approx(roc_auc_score(is_second, scores))

    def test_p_values_that_are_one_are_one_and_independent_ones_stay_uniform(self) -> None:
        assert combined([0.2, 0.2]) == pytest.approx(0.2)
        p = np.random.default_rng(0).random((2000, 2))
        assert stats.kstest([combined(row) for row in p], "uniform").pvalue > 0.01

    def test_p_is_uniform_on_equal_distributions(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """40 pairs of samples here; 400 with all trees gave 5.0% below 0.05 and 8.8% below 0.1."""
        monkeypatch.setattr("netwright.metrics.two_sample.PERMUTATIONS", 199)
        monkeypatch.setattr("netwright.metrics.two_sample.ROUNDS", 10)
        found = [two_sample_test(shifted(seed, 0.0), seed).p for seed in range(40)]
        assert stats.kstest(found, "uniform").pvalue > 0.001
        assert sum(p < 0.05 for p in found) <= stats.binom.ppf(0.999, 40, 0.05)

    def test_a_shift_is_found_and_its_column_named(self) -> None:
        found = two_sample_test(shifted(0, 1.0, 400), by_column=True)
        assert found.p < 0.01
        assert found.auc > found.seen_from > 0.5
        assert int(np.argmax(found.needs)) == 0
        assert max(found.needs[1:]) < 0.3 * found.needs[0]

    def test_groups_are_dealt_out_as_one(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Groups of ten alike, each wholly in one sample: row by row all would seem to differ."""
        monkeypatch.setattr("netwright.metrics.two_sample.PERMUTATIONS", 199)
        found: dict[str, list[float]] = {"rows": [], "groups": []}
        for seed in range(8):
            rng = np.random.default_rng(seed)
            group = np.repeat(np.arange(30), 10)
            matrix = rng.normal(size=(30, 2))[group] + 0.05 * rng.normal(size=(300, 2))
            is_second = group % 2 == 1
            found["groups"].append(two_sample_test(Samples(matrix, is_second, group.tolist())).p)
            found["rows"].append(two_sample_test(Samples(matrix, is_second, names(300))).p)
        assert sum(p < 0.05 for p in found["groups"]) <= 2
        assert sum(p < 0.05 for p in found["rows"]) > 3


def write(path: Path, shift: int, count: int, *, target: bool) -> Path:
    rng = np.random.default_rng(count)
    age, site = rng.uniform(18, 60, count).round(3) + shift, rng.choice(["north", "south"], count)
    with path.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(["age", "site", "kind"][: 2 + target])
        for one, place in zip(age, site, strict=True):
            lines.writerow([one, place, "old" if one > 40 else "young"][: 2 + target])
    return path


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, no_reports: None) -> nw.Run:
    place = tmp_path_factory.mktemp("drift")
    source = write(place / "now.csv", 0, 600, target=True)
    knobs = {**small_runs.QUICK, "training.epochs": 1}
    return nw.train(str(source), target="kind", model="linear", set=knobs, store=place / "runs")


class TestOfARun:
    def test_dev_and_test_and_test_stays_sealed(self, run: nw.Run) -> None:
        found = nw.drift(run)
        assert found.between == ("dev", "test")
        assert not found.differ
        assert not found.columns
        assert run.test_openings == 0
        (event,) = run.record.events("test_inputs_read")
        assert event["how"] == "drift between dev and test"

    def test_later_data(
        self, run: nw.Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        later = write(tmp_path / "later.csv", 25, 200, target=False)
        found = nw.drift(run, later)
        assert found.differ
        assert [one.name for one in found.columns] == ["age"]
        assert found.columns[0].first.startswith("median ")
        store = ["--store", str(run.record.path.parent)]
        main(["drift", run.id, str(later), *store])
        assert "are not of one distribution" in capsys.readouterr().out
        main(["drift", run.id, str(later), "--json", *store])
        assert json.loads(capsys.readouterr().out)["differ"] is True

    def test_other_splits(self, run: nw.Run, capsys: pytest.CaptureFixture[str]) -> None:
        before = len(run.record.events("test_inputs_read"))
        store = ["--store", str(run.record.path.parent)]
        main(["drift", run.id, "--split", "train", "--other", "dev", *store])
        assert "no difference found" in capsys.readouterr().out
        assert len(run.record.events("test_inputs_read")) == before

    @pytest.mark.parametrize(
        ("how", "message"),
        [
            ({"split": "dev", "other": "dev"}, "the split 'dev' is named twice"),
            ({"split": "dve"}, "there is no split 'dve'"),
            ({"other": "train_dev"}, "has no split 'train_dev'"),
            ({"source": "iris", "other": "dev"}, "leave one out"),
        ],
    )
    def test_what_cannot_be_held_against_each_other(
        self, run: nw.Run, how: dict[str, Any], message: str
    ) -> None:
        with pytest.raises(DataError, match=message):
            nw.drift(run, **how)

    def test_too_few(self, run: nw.Run, tmp_path: Path) -> None:
        few = write(tmp_path / "few.csv", 0, 5, target=False)
        with pytest.raises(
            DataError, match="5 examples that differ: to tell two sets apart takes 20"
        ):
            nw.drift(run, few)

    def test_of_pictures_and_of_texts(self, tmp_path: Path) -> None:
        knobs = {**small_runs.QUICK, "training.epochs": 1}
        images = nw.train("digits8", model="linear", set=knobs, store=tmp_path)
        assert not nw.drift(images).differ
        lines = ["the sea and the shore", "a lamp in the street"] * 60
        path = tmp_path / "said.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(["said", "kind"])
            rows.writerows(
                [f"{line} {at} we saw it then", "ab"[at % 2]] for at, line in enumerate(lines)
            )
        texts = nw.train(str(path), target="kind", system="text", set=knobs, store=tmp_path)
        other = tmp_path / "other.csv"
        other.write_text(
            "said\n" + "".join(f"a lamp on the shore and tram {at}\n" for at in range(60)),
            encoding="utf-8",
        )
        assert nw.drift(texts).p > 0.001
        assert nw.drift(texts, other).differ
