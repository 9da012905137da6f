"""Labels of which a net is not sure are held back, named all the same, and measured apart."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import netwright as nw
from netwright.base.errors import DataError, RunError
from netwright.cli.main import main
from netwright.metrics.intervals import wilson

pytestmark = pytest.mark.usefixtures("no_reports")


def rows(count: int, seed: int) -> pl.DataFrame:
    """Three places that overlap."""
    rng = np.random.default_rng(seed)
    kinds = rng.integers(0, 3, count)
    a, b = (np.array([[0, 0], [2, 0], [0, 2]])[kinds] + rng.normal(0, 0.9, (count, 2))).T
    return pl.DataFrame({"a": a.clip(-1, 3), "b": b.clip(-1, 3), "kind": [f"k{k}" for k in kinds]})


def train(folder: Path, seed: int) -> nw.Run:
    path = folder / "places.csv"
    rows(300, 0).write_csv(path)
    changes = {"training.seed": seed}
    return nw.train(
        str(path), target="kind", model="mlp", epochs=25, store=folder / "runs", set=changes
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("places")


@pytest.fixture(scope="module")
def run(folder: Path) -> nw.Run:
    return train(folder, 1)


NEW = rows(120, 1)


def test_a_label_below_the_threshold_is_none_and_its_probabilities_stay(run: nw.Run) -> None:
    whole, some = run.predict(NEW), run.predict(NEW, abstain=0.7)
    assert 10 < sum(one.label is None for one in some) < 110
    for full, one in zip(whole, some, strict=True):
        assert one.label == (None if full.probability < 0.7 else full.label)
        assert (one.probability, one.probabilities) == (full.probability, full.probabilities)
    unsure = [one.beside["unsure"] for one in run.answered_each(NEW, abstain=0.7)]
    assert unsure == [full.label if full.probability < 0.7 else None for full in whole]


def test_every_form_names_what_is_held_back(
    run: nw.Run, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    NEW.drop("kind").write_csv(folder / "new.csv")
    call = ["predict", run.id, str(folder / "new.csv"), "--store", str(folder / "runs")]
    whole = [one.label for one in run.predict(NEW)]
    printed = {}
    for form in ("--json", "--csv"):
        main([*call, "--abstain", "70%", form])
        printed[form] = capsys.readouterr().out
    found = json.loads(printed["--json"])
    assert [one["label"] or one["unsure"] for one in found] == whole
    assert all((one["label"] is None) == (one["unsure"] is not None) for one in found)
    cells = list(csv.DictReader(io.StringIO(printed["--csv"])))
    assert [one["label"] or one["unsure"] for one in cells] == whole
    main(call)
    assert "unsure" not in capsys.readouterr().out
    main([*call, "--abstain", "0.7"])
    assert "unsure" in capsys.readouterr().out.splitlines()[0]


def test_what_is_answered_and_its_error_are_measured(
    run: nw.Run, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = run.predict(NEW, abstain=0.7)
    pairs = list(zip(answers, NEW["kind"], strict=True))
    kept = [(one.label, truth) for one, truth in pairs if one.label is not None]
    wrong = sum(label != truth for label, truth in kept)
    found = run.evaluate(NEW, abstain=0.7)
    assert found["answered"]["value"] == pytest.approx(len(kept) / 120)
    assert found["answered"]["n"] == 120 and found["error_answered"]["n"] == len(kept)
    assert found["error_answered"]["value"] == pytest.approx(wrong / len(kept))
    ends = (found["error_answered"]["low"], found["error_answered"]["high"])
    assert ends == pytest.approx(wilson(wrong, len(kept)))
    assert found["error_answered"]["value"] < found["error"]["value"]
    assert "answered" not in run.evaluate(NEW)
    NEW.write_csv(folder / "measured.csv")
    call = ["evaluate", run.id, str(folder / "measured.csv"), "--store", str(folder / "runs")]
    main([*call, "--abstain", "0.7"])
    out = capsys.readouterr().out
    assert "answered from 70% on " in out and "error of those answered " in out


def test_dev_says_where_the_threshold_may_lie(run: nw.Run) -> None:
    dev = run.predictions("dev")
    found = run.evaluate(split="dev", abstain=0.7)
    sure = dev.filter(pl.col("stated") >= 0.7)
    assert found["answered"]["value"] == pytest.approx(len(sure) / len(dev), abs=1e-6)
    assert found["error_answered"]["value"] == pytest.approx(sure["wrong"].mean(), abs=1e-6)
    assert "answered" not in run.measures["dev"]


def test_several_runs_hold_back_what_they_are_unsure_of_together(run: nw.Run, folder: Path) -> None:
    both = nw.combine([run, train(folder, 2)])
    whole, some = both.predict(NEW), both.predict(NEW, abstain=0.7)
    assert [one.label is None for one in some] == [one.probability < 0.7 for one in whole]
    rate = sum(one.label is not None for one in some) / 120
    assert both.evaluate(NEW, abstain=0.7)["answered"]["value"] == pytest.approx(rate)


def test_where_no_answer_is_sure_none_has_an_error(run: nw.Run) -> None:
    found = run.evaluate(NEW, abstain=1 - 1e-12)
    assert found["answered"]["value"] == 0 and "error_answered" not in found


def test_what_cannot_be_held_back_is_refused(
    run: nw.Run, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for wrong in (0.0, 1.0, 60.0, -0.1):
        with pytest.raises(DataError, match=r"abstain .*: expected a fraction between 0 and 1"):
            run.predict(NEW, abstain=wrong)
    number = nw.train(NEW.drop("kind"), target="b", model="mlp", epochs=1, store=folder / "runs")
    for refused in (number.predict, number.evaluate):
        with pytest.raises(RunError, match="'regressor' answers with no label that has a prob"):
            refused(NEW, abstain=0.6)
    NEW.drop("kind").write_csv(folder / "new.csv")
    call = ["predict", run.id, str(folder / "new.csv"), "--store", str(folder / "runs")]
    for typed in ("60", "lots"):
        with pytest.raises(SystemExit):
            main([*call, "--abstain", typed])
        assert "abstain" in capsys.readouterr().err
