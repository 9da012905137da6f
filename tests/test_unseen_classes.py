"""Classes that training never saw, and classes that are written otherwise, in what is measured."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from PIL import Image

import netwright as nw
from netwright.api import ensembles
from netwright.base.errors import NetwrightWarning, UnlikeTrainingWarning
from netwright.cli.main import main
from netwright.data import labels

pytestmark = pytest.mark.usefixtures("no_reports")

RNG = np.random.default_rng(0)


def images(folder: Path, **counts: int) -> str:
    for at, (name, count) in enumerate(counts.items()):
        (folder / name).mkdir(parents=True)
        for number in range(count):
            pixels = RNG.integers(80 * at, 80 * at + 60, (8, 8), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{number}.png")
    return str(folder)


def table(path: Path, names: Any, count: int = 100) -> str:
    rows = [f"{at},{at % 7},{names[at % len(names)]}" for at in range(count)]
    path.write_text("a,b,y\n" + "\n".join(rows))
    return str(path)


def measured(run: Any, source: Any) -> tuple[dict[str, Any], str]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", NetwrightWarning)
        warnings.simplefilter("ignore", UnlikeTrainingWarning)
        found = run.evaluate(source)
    lines = [str(one.message) for one in caught if "trained on" not in str(one.message)]
    return found, " ".join(lines)


def test_images_of_unseen_classes_are_wrong_and_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = nw.train(
        images(tmp_path / "pets", cats=20, dogs=20), model="linear", epochs=9, store=tmp_path / "r"
    )
    assert measured(run, images(tmp_path / "same", cats=5, dogs=5))[1] == ""
    found, said = measured(run, images(tmp_path / "more", cats=5, dogs=5, birds=6))
    right = sum(one.label == "cats" for one in run.predict(str(tmp_path / "more" / "cats"))) + sum(
        one.label == "dogs" for one in run.predict(str(tmp_path / "more" / "dogs"))
    )
    assert found["error"]["value"] == pytest.approx(1 - right / 16) and found["error"]["n"] == 16
    assert said == (
        "6 of these 16 examples are of a class that training never saw (birds 6): counted as wrong."
    )
    found, said = measured(run, images(tmp_path / "others", cows=3, birds=1))
    assert found["error"]["value"] == 1 and "(cows 3, birds 1)" in said
    assert measured(run, images(tmp_path / "one", cats=4))[0]["error"]["n"] == 4
    capsys.readouterr()
    main(["evaluate", run.id, str(tmp_path / "more"), "--store", str(tmp_path / "r"), "--json"])
    printed = capsys.readouterr()
    assert any("(birds 6)" in line for line in json.loads(printed.out)["warnings"])
    assert "(birds 6): counted as wrong" in printed.err


def test_rows_of_unseen_classes_are_wrong_and_said(tmp_path: Path) -> None:
    run = nw.train(
        table(tmp_path / "t.csv", ["red", "blue"]), target="y", epochs=2, store=tmp_path / "r"
    )
    found, said = measured(run, table(tmp_path / "u.csv", ["red", "green", "blue"], 30))
    assert found["error"]["n"] == 30 and found["error"]["value"] >= 1 / 3
    assert "(green 10)" in said
    for names in (["green"], ["red"]):  # all rows alike are measured, if not learned from
        assert measured(run, table(tmp_path / "v.csv", names, 8))[0]["error"]["n"] == 8
    other = nw.train(
        str(tmp_path / "t.csv"),
        target="y",
        epochs=1,
        store=tmp_path / "r",
        set={"optimizer.lr": 0.01},
    )
    both = ensembles.combine([run, other])
    found, said = measured(both, str(tmp_path / "u.csv"))
    assert found["error"]["n"] == 30 and "(green 10)" in said


FORMS = [
    (["1", "0"], ["yes", "no"]),
    (["yes", "no"], ["1", "0"]),
    (["yes", "no"], ["True", "False"]),
    (["Yes", "No"], ["y", "N"]),
    (["true", "false"], ["TRUE", "FALSE"]),
    (["1", "2"], ["1.0", "2.0"]),
    (["1", "2", "3"], ["1", "2", "3"]),
]


@pytest.mark.parametrize(("trained", "written"), FORMS)
def test_labels_written_otherwise_are_the_same(
    trained: list[str], written: list[str], tmp_path: Path
) -> None:
    run = nw.train(
        table(tmp_path / "t.csv", trained),
        target="y",
        model="linear",
        epochs=1,
        store=tmp_path / "r",
        set={"data.task": "classification"},
    )
    wanted, _ = measured(run, str(tmp_path / "t.csv"))
    assert measured(run, table(tmp_path / "u.csv", written)) == (wanted, "")


def test_booleans_of_parquet_are_the_same_as_words(tmp_path: Path) -> None:
    frame = pl.DataFrame({"a": range(100), "y": [at % 2 == 0 for at in range(100)]})
    frame.write_parquet(tmp_path / "t.parquet")
    run = nw.train(
        str(tmp_path / "t.parquet"), target="y", model="linear", epochs=1, store=tmp_path / "r"
    )
    wanted, _ = measured(run, str(tmp_path / "t.parquet"))
    words = frame.with_columns(pl.when("y").then(pl.lit("yes")).otherwise(pl.lit("no")).alias("y"))
    words.write_csv(tmp_path / "u.csv")
    assert measured(run, str(tmp_path / "u.csv")) == (wanted, "")


def test_a_few_rows_are_labels_or_numbers_as_in_training(tmp_path: Path) -> None:
    """Of ten rows with ten digits nobody could tell; of five houses at two prices neither."""
    digits = nw.train(
        table(tmp_path / "d.csv", list(range(10)), 200), target="y", epochs=1, store=tmp_path / "r"
    )
    found, said = measured(digits, table(tmp_path / "e.csv", list(range(10)), 10))
    assert found["error"]["n"] == 10 and said == ""
    prices = nw.train(
        table(tmp_path / "p.csv", [at * 7 for at in range(60)], 120),
        target="y",
        epochs=1,
        store=tmp_path / "r",
    )
    found, _ = measured(prices, table(tmp_path / "q.csv", [14, 21], 6))
    assert found["rmse"]["n"] == 6


@pytest.mark.parametrize(
    ("name", "classes", "found"),
    [
        ("a", ("a", "b"), "a"),
        ("A", ("a", "b"), "A"),
        ("1.0", ("1", "2"), "1"),
        ("yes", ("1", "2"), "yes"),
        ("yes", ("no", "true", "x"), "yes"),
        ("nan", ("nan", "inf"), "nan"),
        (None, ("a", "b"), None),
    ],
)
def test_which_class_a_label_stands_for(
    name: str | None, classes: tuple[str, ...], found: str | None
) -> None:
    assert labels.same(name, classes) == found
